import { Controller, Headers } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { ClientAddress, CurrentActor, Input } from '../../platform/http/input.js';
import { Origins } from '../../platform/http/origins.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Route } from '../../platform/http/route.js';
import {
  changeSelfInput,
  selfView,
  sessionInput,
  sessionView,
  toSelfView,
  type ChangeSelfInput,
  type SessionInput,
} from './widget.dto.js';
import { WidgetService } from './widget.service.js';

@Controller('api/v1/widget')
export class WidgetController {
  constructor(
    private readonly service: WidgetService,
    private readonly origins: Origins,
    private readonly limits: RateLimits,
  ) {}

  @Route({
    method: 'POST',
    path: 'sessions',
    access: 'public',
    summary: 'Let a visitor or a proven customer in',
    description:
      'The public key names the business. Without an identity, or with one that is not proven, it is an anonymous visitor, ' +
      'who stays the same by the visitor_token. `identity.hmac` is the HMAC-SHA-256 of the user id under the hmac_secret, ' +
      'in hexadecimal; `identity.jwt` is signed with HS256 under the jwt_secret and has `sub` and an `exp` at most an hour ahead.',
    body: sessionInput,
    answer: sessionView,
    limit: 'visitor-token',
    errors: ['unauthenticated', 'token_expired', 'origin_not_allowed', 'business_suspended'],
  })
  async open(
    @Input('body') input: SessionInput,
    @ClientAddress() ip: string,
    @Headers('origin') origin: string | undefined,
    @Headers('host') host: string | undefined,
  ): Promise<z.infer<typeof sessionView>> {
    const access = await this.service.enter(input.widget_key);
    await this.limits.take('widget-key', access.business);
    await this.origins.admitTo(access.business, origin, host);
    const { token, expires, visitorToken, customer } = await this.service.open(access, input, ip);
    return {
      token,
      expires_at: expires.toISOString(),
      visitor_token: visitorToken,
      customer: toSelfView(customer),
    };
  }

  @Route({
    method: 'GET',
    path: 'me',
    access: 'customer',
    summary: 'Show who the customer is',
    answer: selfView,
  })
  async me(@CurrentActor() actor: Actor): Promise<z.infer<typeof selfView>> {
    return toSelfView(await this.service.self(actor));
  }

  @Route({
    method: 'PATCH',
    path: 'me',
    access: 'customer',
    summary: 'Say what one is called',
    description: 'It is shown to staff as unverified.',
    body: changeSelfInput,
    answer: selfView,
  })
  async change(
    @CurrentActor() actor: Actor,
    @Input('body') input: ChangeSelfInput,
  ): Promise<z.infer<typeof selfView>> {
    return toSelfView(await this.service.change(actor, input));
  }
}
