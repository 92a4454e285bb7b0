import type { Collection, mongo } from 'mongoose';
import { isOn } from '../faults.js';
import { Batcher } from '../mongo/batcher.js';
import { bounded } from '../mongo/deadline.js';

/** A collection whose documents carry an outbox. */
export interface OutboxSource {
  readonly name: string;
  collection(): Collection;
}

interface Handled {
  readonly id: string;
  readonly rev: number;
  /** True when the whole outbox of that revision was handled. */
  readonly whole: boolean;
  readonly events: readonly string[];
}

const NONE: ReadonlyMap<number, Error> = new Map();

/**
 * Removes handled entries, many documents with one command. A document that nobody has updated since its insert loses
 * its whole outbox; every other one loses exactly the entries that were handled, since somebody may have added more.
 */
export class Clearing {
  private readonly batchers = new Map<OutboxSource, Batcher<Handled>>();

  clear(
    document: { source: OutboxSource; id: string; rev: number; entries: readonly unknown[] },
    events: readonly string[],
  ): Promise<void> {
    const { source, id, rev, entries } = document;
    let batcher = this.batchers.get(source);
    if (batcher === undefined) {
      batcher = new Batcher((list) => this.write(source, list), 200, 2);
      this.batchers.set(source, batcher);
    }
    return batcher.add({ id, rev, whole: events.length === entries.length, events });
  }

  private async write(source: OutboxSource, list: readonly Handled[]): Promise<ReadonlyMap<number, Error>> {
    const fresh = list.filter(({ rev, whole }) => rev === 1 && whole);
    const cleared = fresh.length === 0 ? 0 : await this.unsetFresh(source, fresh);
    // A miss means that somebody updated one of them meanwhile: then each is cleared precisely.
    const precise = cleared === fresh.length ? list.filter((one) => !fresh.includes(one)) : list;
    if (precise.length > 0) await this.pull(source, precise);
    return NONE;
  }

  private async unsetFresh(source: OutboxSource, list: readonly Handled[]): Promise<number> {
    const filter = {
      _id: { $in: list.map(({ id }) => id) },
      rev: 1,
    } as unknown as mongo.Filter<mongo.Document>;
    const { matchedCount } = await bounded((maxTimeMS) =>
      source.collection().updateMany(filter, { $unset: { outbox: '' } }, { maxTimeMS }),
    );
    return matchedCount;
  }

  private async pull(source: OutboxSource, list: readonly Handled[]): Promise<void> {
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
