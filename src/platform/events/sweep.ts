import type { Model } from 'mongoose';
import { catalogue } from '../../contracts/events.js';
import type { Metrics } from '../metrics.js';
import { bounded } from '../mongo/deadline.js';
import { unscoped } from '../mongo/unscoped.js';
import type { OutboxSource } from './clearing.js';
import type { OutboxEntry } from './outbox.js';
import type { Relay } from './relay.js';

export interface SweptDocument {
  readonly _id: string;
  readonly business: string;
  readonly rev: number;
  readonly outbox: OutboxEntry[];
}
export interface SweptSource extends OutboxSource {
  readonly model: Model<SweptDocument>;
}

/** At most so many documents of one collection in one sweep; the rest waits for the next second. */
const MOST = 500;

/**
 * Finds what a crashed or stopped pod left behind. An entry is taken over by a pod that saw it in two of its own
 * sweeps: a writer that is merely busy has cleared it by then, and no clock has to be believed.
 */
export class Sweep {
  private readonly sources: SweptSource[] = [];
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly relay: Relay,
    private readonly metrics: Metrics,
  ) {}

  watch(source: SweptSource): void {
    this.sources.push(source);
  }

  /** One round over all collections. Returns how many documents were taken over. */
  async run(): Promise<number> {
    let taken = 0;
    const seenNow = new Map<string, string>();
    for (const source of this.sources) {
      for (const document of await this.waiting(source)) {
        const key = `${source.name}/${document._id}`;
        const first = document.outbox[0]?.id ?? '';
        if (this.relay.isWorkingOn(source, document._id)) continue;
        seenNow.set(key, first);
        if (this.seen.get(key) !== first) continue;
        taken += 1;
        this.relay.handOver({
          source,
          id: document._id,
          business: document.business,
          rev: document.rev,
          entries: document.outbox,
        });
      }
    }
    this.seen.clear();
    for (const [key, first] of seenNow) this.seen.set(key, first);
    this.metrics.swept.inc(taken);
    return taken;
  }

  /** Businesses with an entry that waits since before the given time: their journal must not be trimmed. */
  async businessesPendingSince(before: Date): Promise<ReadonlySet<string>> {
    const businesses = new Set<string>();
    for (const { model } of this.sources) {
      const found: unknown[] = await unscoped(model, 'relay sweep').distinct('business', {
        'outbox.at': { $lt: before },
        'outbox.0': { $exists: true },
      });
      for (const business of found) businesses.add(String(business));
    }
    return businesses;
  }

  /** Only documents whose first entry this build knows: others wait for a newer pod and must not fill the page. */
  private async waiting(source: SweptSource): Promise<SweptDocument[]> {
    return bounded((maxTimeMS) =>
      unscoped(source.model, 'relay sweep')
        .find({
          'outbox.at': { $gt: new Date(0) },
          'outbox.0': { $exists: true },
          'outbox.0.name': { $in: Object.keys(catalogue) },
        })
        .select({ business: 1, rev: 1, outbox: 1 })
        .limit(MOST)
        .maxTimeMS(maxTimeMS)
        .lean<SweptDocument[]>(),
    );
  }
}
