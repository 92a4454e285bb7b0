import type { Collection, mongo } from 'mongoose';
import { isOn } from '../faults.js';
import { bounded } from '../mongo/deadline.js';

/** A collection whose documents carry an outbox. */
export interface OutboxSource {
  readonly name: string;
  collection(): Collection;
}

interface Waiting {
  readonly id: string;
  readonly rev: number;
  /** True when the whole outbox of that revision was handled. */
  readonly whole: boolean;
  readonly events: readonly string[];
  readonly settle: (error?: unknown) => void;
}

const COLLECT_MS = 2;
const MOST = 200;

/**
 * Removes handled entries, many documents with one command. A document that nobody has updated since its insert loses
 * its whole outbox; every other one loses exactly the entries that were handled, since somebody may have added more.
 */
export class Clearing {
  private readonly waiting = new Map<OutboxSource, Waiting[]>();
  private readonly timers = new Map<OutboxSource, NodeJS.Timeout>();

  clear(
    {
      source,
      id,
      rev,
      entries,
    }: { source: OutboxSource; id: string; rev: number; entries: readonly unknown[] },
    events: readonly string[],
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const list = this.waiting.get(source) ?? [];
      this.waiting.set(source, list);
      const whole = events.length === entries.length;
      list.push({
        id,
        rev,
        whole,
        events,
        settle: (error) =>
          error === undefined ? resolve() : reject(error instanceof Error ? error : new Error(String(error))),
      });
      if (list.length >= MOST) this.flush(source);
      else if (!this.timers.has(source))
        this.timers.set(
          source,
          setTimeout(() => this.flush(source), COLLECT_MS),
        );
    });
  }

  private flush(source: OutboxSource): void {
    clearTimeout(this.timers.get(source));
    this.timers.delete(source);
    const list = this.waiting.get(source) ?? [];
    this.waiting.delete(source);
    if (list.length > 0) void this.write(source, list);
  }

  private async write(source: OutboxSource, list: readonly Waiting[]): Promise<void> {
    try {
      const fresh = list.filter(({ rev, whole }) => rev === 1 && whole);
      const cleared = fresh.length === 0 ? 0 : await this.unsetFresh(source, fresh);
      // A miss means that somebody updated one of them meanwhile: then each is cleared precisely.
      const precise = cleared === fresh.length ? list.filter((one) => !fresh.includes(one)) : list;
      if (precise.length > 0) await this.pull(source, precise);
      for (const { settle } of list) settle();
    } catch (error) {
      for (const { settle } of list) settle(error);
    }
  }

  private async unsetFresh(source: OutboxSource, list: readonly Waiting[]): Promise<number> {
    const filter = {
      _id: { $in: list.map(({ id }) => id) },
      rev: 1,
    } as unknown as mongo.Filter<mongo.Document>;
    const { matchedCount } = await bounded((maxTimeMS) =>
      source.collection().updateMany(filter, { $unset: { outbox: '' } }, { maxTimeMS }),
    );
    return matchedCount;
  }

  private async pull(source: OutboxSource, list: readonly Waiting[]): Promise<void> {
    const operations = list.map(({ id, events }) => ({
      updateOne: {
        filter: { _id: id } as unknown as mongo.Filter<mongo.Document>,
        update: isOn('precise pull')
          ? ({
              $pull: { outbox: { id: { $in: [...events] } } },
            } as unknown as mongo.UpdateFilter<mongo.Document>)
          : { $unset: { outbox: '' } },
      },
    }));
    await bounded((maxTimeMS) => source.collection().bulkWrite(operations, { ordered: false, maxTimeMS }));
  }
}
