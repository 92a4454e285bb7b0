import { randomBytes } from 'node:crypto';
import type { Model } from 'mongoose';
import { DomainError } from '../../contracts/errors.js';
import type { Clock } from '../clock.js';
import { crashPoint, isOn } from '../faults.js';
import { newId } from '../mongo/ids.js';
import type { Logger } from '../logging.js';
import type { Metrics } from '../metrics.js';
import { bounded, withoutDeadline } from '../mongo/deadline.js';
import { isDuplicateKey } from '../mongo/failures.js';
import { insertUnordered } from '../mongo/insert-group.js';
import { HEAD_TRUSTED_MS, Heads, type Head } from './heads.js';
import type { JournalChunk, JournalEvent, JournalTrim } from './journal.schema.js';

export const MAX_CHUNK_EVENTS = 200;
const MAX_CHUNK_BYTES = 1024 * 1024;
const COLLECT_MS = 2;
const MOST_REFUSALS = 200;

/** An event on its way into the journal; it resolves when the event is there, by whomever it was put there. */
interface Pending {
  /** How often its chunk was refused; others kept winning, or something is wrong. */
  refusals: number;
  readonly event: JournalEvent;
  readonly bytes: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export type AppendListener = (business: string, chunk: JournalChunk) => void;

interface Attempt {
  readonly business: string;
  readonly head: Head;
  readonly items: readonly Pending[];
  readonly chunk: JournalChunk;
}

/**
 * The per-business sequence. `append` puts each event there exactly once, whatever any pod remembers or forgets:
 * two unique indexes decide, there is no counter, lease or transaction. Numbers are 1..N without a gap.
 */
export class Journal {
  private readonly queues = new Map<string, Pending[]>();
  private readonly inFlight = new Map<string, Promise<void>>();
  private readonly busy = new Set<string>();
  private readonly heads: Heads;
  private timer: NodeJS.Timeout | undefined;
  private readonly listeners: AppendListener[] = [];

  constructor(
    private readonly model: Model<JournalChunk>,
    private readonly trims: Model<JournalTrim>,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly pod: string,
  ) {
    this.heads = new Heads(() => clock.monotonic());
  }

  /** Called in this process after each chunk that this pod appended: the hub delivers without a read. */
  onAppended(listener: AppendListener): void {
    this.listeners.push(listener);
  }

  /** Resolves when all of `events` are in the journal, in this order where they are new. */
  async append(business: string, events: readonly JournalEvent[]): Promise<void> {
    await Promise.all(events.map((event) => this.enqueue(business, event)));
  }

  /** An id that is already on its way is not put into a second chunk: a unique key does not look inside one document. */
  private enqueue(business: string, event: JournalEvent): Promise<void> {
    const key = `${business}/${event.id}`;
    const known = this.inFlight.get(key);
    if (known !== undefined && isOn('in-flight ids')) return known;
    const promise = new Promise<void>((done, failed) => {
      const bytes = Buffer.byteLength(JSON.stringify(event.data) ?? '') + 512;
      const queue = this.queues.get(business);
      const item = { event, bytes, done, failed, refusals: 0 };
      if (queue === undefined) this.queues.set(business, [item]);
      else queue.push(item);
      this.flushIn(COLLECT_MS);
    }).finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, promise);
    return promise;
  }

  private flushIn(milliseconds: number): void {
    this.timer ??= withoutDeadline(() => setTimeout(() => void this.flush(), milliseconds));
  }

  /** One command for the next chunk of every business that waits and has none under way. */
  private async flush(): Promise<void> {
    this.timer = undefined;
    const businesses = [...this.queues.keys()].filter((business) => !this.busy.has(business));
    if (businesses.length === 0) return;
    for (const business of businesses) this.busy.add(business);
    const attempts: Attempt[] = [];
    await Promise.all(
      businesses.map(async (business) => {
        const items = this.take(business);
        try {
          const head = this.heads.trusted(business) ?? (await this.readHead(business));
          attempts.push({ business, head, items, chunk: this.chunkOf(business, head, items) });
        } catch (error) {
          this.settle(business, items, error);
        }
      }),
    );
    if (attempts.length > 0) await this.write(attempts);
  }

  private take(business: string): Pending[] {
    const queue = this.queues.get(business) ?? [];
    let bytes = 0;
    let count = 0;
    while (count < queue.length && count < MAX_CHUNK_EVENTS) {
      bytes += queue[count]?.bytes ?? 0;
      if (count > 0 && bytes > MAX_CHUNK_BYTES) break;
      count += 1;
    }
    const items = queue.splice(0, count);
    if (queue.length === 0) this.queues.delete(business);
    return items;
  }

  private chunkOf(business: string, head: Head, items: readonly Pending[]): JournalChunk {
    return {
      _id: newId(),
      business,
      epoch: head.epoch,
      first: head.last + 1,
      last: head.last + items.length,
      at: this.clock.now(),
      bytes: items.reduce((sum, item) => sum + item.bytes, 0),
      events: items.map((item) => item.event),
    };
  }

  private async write(attempts: readonly Attempt[]): Promise<void> {
    const startedAt = this.clock.monotonic();
    let refused: ReadonlyMap<number, Error>;
    try {
      await crashPoint('journal.before-append', this.pod);
      const chunks = attempts.map(({ chunk }) => chunk);
      refused = await insertUnordered(this.model.collection, chunks);
      await crashPoint('journal.after-append', this.pod);
    } catch (error) {
      // Unknown outcome: the heads are not to be believed, and the relay comes again.
      for (const attempt of attempts) this.fail(attempt, error);
      return;
    }
    for (const [at, attempt] of attempts.entries()) {
      const error = refused.get(at);
      if (error === undefined) void this.appended(attempt, startedAt);
      else if (isDuplicateKey(error)) void this.retry(attempt);
      else this.fail(attempt, error);
    }
  }

  private fail({ business, items }: Attempt, error: unknown): void {
    this.heads.forget(business);
    this.settle(business, items, error);
  }

  private async appended(attempt: Attempt, startedAt: number): Promise<void> {
    const { business, head, items, chunk } = attempt;
    try {
      const late = this.clock.monotonic() - head.seenAt > HEAD_TRUSTED_MS && isOn('trusted heads');
      if (late && (await this.usedTrimmedNumbers(chunk))) {
        return await this.retry(attempt);
      }
    } catch (error) {
      return this.fail(attempt, error);
    }
    this.heads.remember(business, { epoch: chunk.epoch, last: chunk.last, seenAt: startedAt });
    this.metrics.journalled.inc(items.length);
    // Before it is settled, so that chunks are told of in order.
    for (const listener of this.listeners) this.tell(listener, business, chunk);
    this.settle(business, items);
  }

  /** A hub that fails must not hold up the journal. */
  private tell(listener: AppendListener, business: string, chunk: JournalChunk): void {
    try {
      listener(business, chunk);
    } catch (error) {
      this.logger.error({ err: error, business }, 'Told of an appended chunk, and failed');
    }
  }

  /**
   * This pod stood still between its look at the head and the insert. Retention writes down how far it trims before
   * it trims: a number up to there had been used by others, and nothing refused ours. Then our chunk goes again,
   * unless a trim has taken it already: either way its events are to be appended anew.
   */
  private async usedTrimmedNumbers(chunk: JournalChunk): Promise<boolean> {
    const trim = await bounded((maxTimeMS) =>
      this.trims.findOne({ _id: chunk.business }).maxTimeMS(maxTimeMS).lean(),
    );
    if (trim === null || trim.through < chunk.first) return false;
    await bounded((maxTimeMS) => this.model.deleteOne({ _id: chunk._id }, { maxTimeMS }));
    return true;
  }

  /** A unique index refused the chunk: drop what is there already, and try again behind the new head. */
  private async retry({ business, items }: Attempt): Promise<void> {
    this.metrics.journalConflicts.inc();
    try {
      this.heads.forget(business);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      const there = await this.alreadyThere(
        business,
        items.map((item) => item.event.id),
      );
      await this.readHead(business);
      const missing = items.filter((item) => !there.has(item.event.id));
      for (const item of missing) {
        item.refusals += 1;
        if (item.refusals > MOST_REFUSALS) throw new DomainError('busy');
      }
      for (const item of items) if (there.has(item.event.id)) item.done();
      if (missing.length > 0) this.queues.set(business, [...missing, ...(this.queues.get(business) ?? [])]);
      this.release(business);
    } catch (error) {
      this.settle(business, items, error);
    }
  }

  private settle(business: string, items: readonly Pending[], error?: unknown): void {
    for (const item of items) {
      if (error === undefined) item.done();
      else item.failed(error);
    }
    this.release(business);
  }

  private release(business: string): void {
    this.busy.delete(business);
    if (this.queues.has(business)) this.flushIn(0);
  }

  private async alreadyThere(business: string, ids: readonly string[]): Promise<Set<string>> {
    const chunks = await bounded((maxTimeMS) =>
      this.model
        .find({ business, 'events.id': { $in: ids } })
        .select({ 'events.id': 1 })
        .maxTimeMS(maxTimeMS)
        .lean(),
    );
    return new Set(chunks.flatMap((chunk) => chunk.events.map((event) => event.id)));
  }

  private async readHead(business: string): Promise<Head> {
    const seenAt = this.clock.monotonic();
    const newest = await bounded((maxTimeMS) =>
      this.model
        .findOne({ business })
        .sort({ first: -1 })
        .select({ epoch: 1, last: 1 })
        .maxTimeMS(maxTimeMS)
        .lean(),
    );
    const head = { epoch: newest?.epoch ?? newEpoch(), last: newest?.last ?? 0, seenAt };
    this.heads.remember(business, head);
    return head;
  }
}

export function newEpoch(): string {
  return randomBytes(6).toString('base64url');
}
