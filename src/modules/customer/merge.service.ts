import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import { PERSON } from '../../contracts/events.js';
import { systemActor, type Actor } from '../../platform/actor.js';
import { Standings } from '../../platform/auth/standings.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import { CLOCK } from '../../platform/tokens.js';
import { absorb, changeTo, noProfile } from './customer.fields.js';
import { CustomerRepository } from './customer.repository.js';
import type { CustomerDocument } from './customer.schema.js';
import { CustomerService } from './customer.service.js';

/** After so long whoever began a merge has finished it, or is gone. */
const FINISHED_BY_ITSELF_MS = 15_000;
const MOST_REMEMBERED = 200;

/**
 * A visitor turns out to be a known customer. One write decides: the visitor becomes a tombstone that points there, so
 * that of many who merge at once one wins. Then the customer takes over what it lacks, once, and the tombstone loses
 * it; should the process die between these, a timer goes on.
 */
@Injectable()
export class MergeService {
  constructor(
    private readonly customers: CustomerService,
    private readonly repository: CustomerRepository,
    private readonly standings: Standings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Answers the customer. The same merge again changes nothing and answers the same. */
  async merge(actor: Actor, id: string, into: string): Promise<CustomerDocument> {
    const target = await this.customers.get(actor, into);
    if (target.kind !== 'customer')
      throw new DomainError('impossible_transition', 'A visitor is merged into a known customer only.');
    const visitor = await this.repository.update(actor, id, (current) => {
      if (current.merged_into === target._id) return null;
      if (current.kind === 'merged')
        throw new DomainError('conflict', 'This visitor was merged into another customer.');
      if (current.kind === 'erased') throw new DomainError('gone', 'This customer was erased.');
      if (current.kind === 'customer')
        throw new DomainError('impossible_transition', 'Only a visitor is merged, not a known customer.');
      const merged = draft(actor, 'customer.merged', {
        data: { id, rev: current.rev + 1, into: target._id },
        subjects: [
          { kind: PERSON, id },
          { kind: PERSON, id: target._id },
        ],
      });
      const dueAt = new Date(this.clock.now().getTime() + FINISHED_BY_ITSELF_MS);
      const set = { kind: 'merged' as const, merged_into: target._id, words: [], dueAt };
      return { set, events: [merged] };
    });
    this.standings.forget('customer', id);
    await this.finishAmongOthers(actor, visitor);
    return this.customers.get(actor, target._id);
  }

  /** For the timers: what a process that died has left. */
  async resume(visitor: CustomerDocument): Promise<void> {
    await this.finish(systemActor(visitor.business, 'timer'), visitor);
  }

  /** Many visitors may become one customer at the same time; what still fails then is left to the timer. */
  private async finishAmongOthers(actor: Actor, visitor: CustomerDocument): Promise<void> {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      try {
        return await this.finish(actor, visitor);
      } catch (error) {
        if (!(error instanceof DomainError && error.code === 'busy')) throw error;
      }
    }
  }

  private async finish(actor: Actor, visitor: CustomerDocument): Promise<void> {
    const { merged_into: into, dueAt, _id } = visitor;
    if (into === null || dueAt === null) return;
    await this.repository.update(actor, into, (target) => {
      if (target.kind !== 'customer' || target.merged_from.includes(_id)) return null;
      const merged_from = [...target.merged_from, _id].slice(-MOST_REMEMBERED);
      const last_seen_at = latest(target.last_seen_at, visitor.last_seen_at);
      return changeTo(actor, target, absorb(target, visitor), { merged_from, last_seen_at });
    });
    await this.repository.update(actor, _id, (current) =>
      current.dueAt === null
        ? null
        : { set: { ...noProfile, visitor_token: null, last_seen_at: null, dueAt: null }, events: [] },
    );
  }
}

function latest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}
