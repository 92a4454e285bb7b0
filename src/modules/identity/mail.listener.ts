import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Settings } from '../../config/env.js';
import type { DomainEvent } from '../../contracts/events.js';
import { systemActor } from '../../platform/actor.js';
import { Deliveries, PermanentFailure } from '../../platform/deliveries/deliveries.js';
import type { Delivery } from '../../platform/deliveries/delivery.schema.js';
import { On } from '../../platform/events/bus.js';
import { SETTINGS } from '../../platform/tokens.js';
import { pageUrl, RecordedMail, resetMail, type MailRequest } from './mail.js';
import { PasswordService } from './password.service.js';
import { UserRepository } from './user.repository.js';

/** Mails: asked for by an event, made and sent by a delivery. */
@Injectable()
export class MailListener implements OnModuleInit {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly passwords: PasswordService,
    private readonly users: UserRepository,
    private readonly transport: RecordedMail,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.deliveries.register({ kind: 'mail', send: (delivery) => this.send(delivery) });
  }

  @On('user.reset-requested', { stage: 'reaction' })
  async mailLinkWhenPasswordResetIsRequested(event: DomainEvent<'user.reset-requested'>): Promise<void> {
    const { id: user, nonce } = event.data;
    const request: MailRequest = { template: 'password-reset', user, nonce };
    await this.deliveries.request(event, 'mailLinkWhenPasswordResetIsRequested', 'mail', request);
  }

  private async send(delivery: Delivery): Promise<void> {
    const { user: id, nonce } = delivery.payload as MailRequest;
    const user = await this.users.find(systemActor(delivery.business), id);
    if (user?.email === undefined) throw new PermanentFailure('Nobody is there to get it.');
    const link = pageUrl(this.settings, `/reset-password#${this.passwords.resetToken(id, nonce)}`);
    await this.transport.send(resetMail(delivery, user.email, link));
  }
}
