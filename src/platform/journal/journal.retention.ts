import { setTimeout as pause } from 'node:timers/promises';
import type { Model } from 'mongoose';
import type { Clock } from '../clock.js';
import { isOn } from '../faults.js';
import { withoutDeadline } from '../mongo/deadline.js';
import { businessesWithJournal } from './businesses.js';
import type { JournalChunk, JournalTrim } from './journal.schema.js';

export interface RetentionRules {
  /** Events older than this go. */
  readonly maxAgeMs: number;
  /** Above this many events, or this many bytes, the oldest go earlier, */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** but never one that is younger than this: a pod may hold a head for a minute, a client a cursor for longer. */
  readonly minAgeMs: number;
}

const HOUR = 3_600_000;
export const defaultRetention: RetentionRules = {
  maxAgeMs: 24 * HOUR,
  maxEvents: 1_000_000,
  maxBytes: 1024 * 1024 * 1024,
  minAgeMs: HOUR,
};

/**
 * Trims the journal of every business. Not a TTL index: the newest chunk of a business is never deleted, so that its
 * numbers go on, and a business with an event pending for longer than `minAgeMs` is left alone, because that event's
 * id must still be found when it is appended. Two pods that trim at once do the same thing twice.
 */
export class JournalRetention {
  constructor(
    /** Both by the patient connection: a trim may take longer than a request may. */
    private readonly journal: Model<JournalChunk>,
    private readonly trims: Model<JournalTrim>,
    private readonly clock: Clock,
    /** Businesses with an entry that has waited since before the given time. */
    private readonly pendingSince: (before: Date) => Promise<ReadonlySet<string>>,
    private readonly rules: RetentionRules = defaultRetention,
  ) {}

  /** Returns how many chunks went. */
  run(): Promise<number> {
    return withoutDeadline(async () => {
      const now = this.clock.now().getTime();
      const held = await this.pendingSince(new Date(now - this.rules.minAgeMs));
      let removed = 0;
      for await (const business of businessesWithJournal(this.journal)) {
        if (!held.has(business)) removed += await this.trim(business, now);
        await pause(1);
      }
      return removed;
    });
  }

  private async trim(business: string, now: number): Promise<number> {
    const through = await this.lastToRemove(business, now);
    if (through === 0) return 0;
    await this.trims.updateOne({ _id: business }, { $max: { through } }, { upsert: true });
    const { deletedCount } = await this.journal.deleteMany({ business, first: { $lte: through } });
    return deletedCount;
  }

  /** Walks from the newest chunk backwards, without the events themselves, until one of the bounds is met. */
  private async lastToRemove(business: string, now: number): Promise<number> {
    let events = 0;
    let bytes = 0;
    let newest = isOn('newest chunk kept');
    const chunks = this.journal
      .find({ business })
      .sort({ first: -1 })
      .select({ first: 1, last: 1, at: 1, bytes: 1 })
      .lean()
      .cursor({ batchSize: 1000 });
    for await (const chunk of chunks) {
      events += chunk.last - chunk.first + 1;
      bytes += chunk.bytes;
      const age = now - chunk.at.getTime();
      const over = age > this.rules.maxAgeMs || events > this.rules.maxEvents || bytes > this.rules.maxBytes;
      if (!newest && over && age >= this.rules.minAgeMs) return chunk.last;
      newest = false;
    }
    return 0;
  }
}
