import { Inject, Injectable } from '@nestjs/common';
import { PERSON } from '../../contracts/events.js';
import { systemActor, type Actor } from '../../platform/actor.js';
import { Standings } from '../../platform/auth/standings.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import type { Logger } from '../../platform/logging.js';
import { PersonalDataRegistry } from '../../platform/privacy/personal-data.js';
import { CLOCK, LOGGER } from '../../platform/tokens.js';
import { noProfile } from './customer.fields.js';
import { CustomerRepository } from './customer.repository.js';
import type { CustomerDocument } from './customer.schema.js';
import { personOf } from './customer.personal-data.js';

const MINUTE = 60_000;
/**
 * When everything is looked through again after each time: an event that was on its way when the customer was erased
 * may be journalled behind the first one, by a pod that stood still even much later.
 */
const AGAIN_AFTER_MS = [MINUTE, 60 * MINUTE];
const TRY_AGAIN_MS = 10_000;

/**
 * Removes a person. One write makes the customer a tombstone without what it held and stores that the rest is to be
 * done; a timer does it, over everybody who registered, and goes on after a crash. Each part can run twice.
 */
@Injectable()
export class ErasureService {
  constructor(
    private readonly repository: CustomerRepository,
    private readonly registry: PersonalDataRegistry,
    private readonly standings: Standings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Answers the tombstone; asked again, it answers how far it is. */
  async erase(actor: Actor, id: string): Promise<CustomerDocument> {
    const found = await this.repository.find(actor, id);
    const target = found?.merged_into ?? id;
    const erased = await this.repository.update(actor, target, (current) => {
      if (current.kind === 'erased') return null;
      const now = this.clock.now();
      const event = draft(actor, 'customer.erased', {
        data: { id: target, rev: current.rev + 1 },
        subjects: [{ kind: PERSON, id: target }],
      });
      return {
        set: {
          ...noProfile,
          kind: 'erased',
          words: [],
          visitor_token: null,
          last_seen_at: null,
          erasure: { requested_at: now, passes: 0, finished_at: null },
          dueAt: now,
        },
        // A key may name a person, and its hash was made from what the person is called.
        unset: ['idempotencyKey', 'idempotencyHash'],
        events: [event],
      };
    });
    this.standings.forget('customer', target);
    return erased;
  }

  /** For the timers: looks through everything once, and says when it is to be done again. */
  async resume(customer: CustomerDocument): Promise<void> {
    const { business, _id: id } = customer;
    const actor = systemActor(business, 'timer');
    try {
      const person = await personOf(this.repository, actor, id);
      for (const owner of this.registry.all()) await owner.erase(actor, person);
    } catch (error) {
      this.logger.warn({ err: error, business, customer: id }, 'An erasure goes on later');
      await this.note(actor, id, (_erasure, now) => ({ dueAt: new Date(now.getTime() + TRY_AGAIN_MS) }));
      return;
    }
    await this.note(actor, id, (erasure, now) => {
      const again = AGAIN_AFTER_MS[erasure.passes];
      return {
        erasure: { ...erasure, passes: erasure.passes + 1, finished_at: erasure.finished_at ?? now },
        dueAt: again === undefined ? null : new Date(now.getTime() + again),
      };
    });
  }

  private async note(
    actor: Actor,
    id: string,
    next: (erasure: NonNullable<CustomerDocument['erasure']>, now: Date) => Partial<CustomerDocument>,
  ): Promise<void> {
    await this.repository.update(actor, id, ({ erasure, dueAt }) => {
      const now = this.clock.now();
      // Another pod was faster with this round.
      if (erasure === null || dueAt === null || dueAt > now) return null;
      return { set: next(erasure, now), events: [] };
    });
  }
}
