import type { Model } from 'mongoose';
import type { DomainEvent } from '../../contracts/events.js';
import type { Clock } from '../clock.js';
import { insertOncePerEvent } from '../events/listener-writes.js';
import { personsConcerned } from '../events/persons.js';
import { crashPoint } from '../faults.js';
import { newId } from '../mongo/ids.js';
import type { Logger } from '../logging.js';
import type { Metrics } from '../metrics.js';
import { bounded } from '../mongo/deadline.js';
import { unscoped } from '../mongo/unscoped.js';
import type { Delivery } from './delivery.schema.js';

/** Makes one kind of call. It may be made twice, so the other side gets the delivery's id to recognise it by. */
export interface Sender {
  readonly kind: string;
  /** Resolves when the other side took it. `PermanentFailure` ends it; any other error tries again later. */
  send(delivery: Delivery): Promise<void>;
}

export class PermanentFailure extends Error {}

export interface DeliveryRules {
  readonly leaseMs: number;
  readonly callMs: number;
  readonly mostAttempts: number;
  readonly backoffMs: (attempts: number) => number;
}

export const defaultDeliveryRules: DeliveryRules = {
  leaseMs: 60_000,
  callMs: 15_000,
  mostAttempts: 12,
  // 2 s, 4 s, ... at most 6 h: about a day and a half in all.
  backoffMs: (attempts) => Math.min(6 * 3_600_000, 1_000 * 2 ** attempts) * (0.8 + Math.random() * 0.4),
};
const MOST_PER_ROUND = 20;
/** Calls of one kind that a pod has under way at once. */
const MOST_OF_A_KIND = 20;

export interface DeliveryParts {
  readonly model: Model<Delivery>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly pod: string;
  readonly rules?: DeliveryRules;
}

/**
 * Calls to the outside, at least once, never inside a listener. A pod claims a delivery with a lease, makes the call
 * and writes the outcome; a pod that dies in between leaves the lease to run out, and another one calls again.
 */
export class Deliveries {
  private readonly senders = new Map<string, Sender>();
  private readonly underWay = new Map<Promise<void>, string>();

  private readonly rules: DeliveryRules;

  constructor(private readonly parts: DeliveryParts) {
    this.rules = parts.rules ?? defaultDeliveryRules;
  }

  register(sender: Sender): void {
    if (this.senders.has(sender.kind)) throw new Error(`Two senders for deliveries of kind ${sender.kind}.`);
    this.senders.set(sender.kind, sender);
  }

  /** For listeners: the same event asks for the same call once. */
  async request(event: DomainEvent, listener: string, kind: string, payload: unknown): Promise<boolean> {
    const now = this.parts.clock.now();
    const persons = personsConcerned(event);
    return insertOncePerEvent<Delivery>(this.parts.model, event, listener, {
      kind,
      payload,
      ...(persons.length === 0 ? {} : { persons }),
      state: 'waiting',
      attempts: 0,
      nextAt: now,
      lease: null,
      error: null,
      createdAt: now,
      finishedAt: null,
    });
  }

  /** One round: claims what is due, makes the calls side by side and waits for them. Returns how many were made. */
  async run(): Promise<number> {
    const calls = await this.take();
    await Promise.all(calls);
    return calls.length;
  }

  /** The same without the wait, for a loop: a call that hangs holds up nobody. Returns how many were begun. */
  async begin(): Promise<number> {
    return (await this.take()).length;
  }

  /** Resolves when the calls under way are over. */
  async idle(): Promise<void> {
    await Promise.all(this.underWay.keys());
  }

  /** Tries one again now, whatever became of it. False when it is not there. */
  async replay(business: string, id: string): Promise<boolean> {
    const reset = {
      state: 'waiting',
      nextAt: this.parts.clock.now(),
      lease: null,
      attempts: 0,
      finishedAt: null,
    } as const;
    const { matchedCount } = await bounded((maxTimeMS) =>
      this.parts.model.updateOne({ _id: id, business }, { $set: reset }).maxTimeMS(maxTimeMS),
    );
    return matchedCount === 1;
  }

  private async take(): Promise<Promise<void>[]> {
    const calls: Promise<void>[] = [];
    while (calls.length < MOST_PER_ROUND) {
      const delivery = await this.claim();
      if (delivery === null) break;
      calls.push(this.track(delivery));
    }
    return calls;
  }

  private track(delivery: Delivery): Promise<void> {
    const call = this.call(delivery).finally(() => this.underWay.delete(call));
    this.underWay.set(call, delivery.kind);
    return call;
  }

  /** The kinds that may have another call under way: a receiver that hangs must not use up what others need. */
  private freeKinds(): string[] {
    const busy = [...this.underWay.values()];
    return [...this.senders.keys()].filter(
      (kind) => busy.filter((one) => one === kind).length < MOST_OF_A_KIND,
    );
  }

  private async claim(): Promise<Delivery | null> {
    const kinds = this.freeKinds();
    if (kinds.length === 0) return null;
    const now = this.parts.clock.now();
    const lease = newId();
    return bounded((maxTimeMS) =>
      unscoped(this.parts.model, 'delivery claim')
        .findOneAndUpdate(
          { state: 'waiting', nextAt: { $lte: now }, kind: { $in: kinds } },
          { $set: { lease, nextAt: new Date(now.getTime() + this.rules.leaseMs) }, $inc: { attempts: 1 } },
          { sort: { nextAt: 1 }, returnDocument: 'after' },
        )
        .maxTimeMS(maxTimeMS)
        .lean<Delivery>(),
    );
  }

  private async call(delivery: Delivery): Promise<void> {
    const error = await this.attempt(delivery);
    await crashPoint('delivery.after-call', this.parts.pod);
    const now = this.parts.clock.now();
    const over =
      error === undefined ||
      error instanceof PermanentFailure ||
      delivery.attempts >= this.rules.mostAttempts;
    const outcome = error === undefined ? 'sent' : over ? 'failed' : 'retried';
    this.parts.metrics.deliveries.inc({ kind: delivery.kind, outcome });
    if (outcome !== 'sent')
      this.parts.logger.warn(
        { err: error, delivery: delivery._id, kind: delivery.kind, outcome },
        'Delivery',
      );
    const nextAt = over ? null : new Date(now.getTime() + this.rules.backoffMs(delivery.attempts));
    // Only with the lease still ours: a pod that stood still must not undo what its successor wrote.
    await bounded((maxTimeMS) =>
      this.parts.model
        .updateOne(
          { _id: delivery._id, business: delivery.business, lease: delivery.lease },
          {
            $set: {
              state: outcome === 'retried' ? 'waiting' : outcome,
              nextAt,
              lease: null,
              error: error === undefined ? null : String(error.message).slice(0, 500),
              finishedAt: over ? now : null,
            },
          },
        )
        .maxTimeMS(maxTimeMS),
    ).catch((failure: unknown) =>
      this.parts.logger.warn({ err: failure, delivery: delivery._id }, 'Outcome not stored'),
    );
  }

  private async attempt(delivery: Delivery): Promise<Error | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const hanging = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`No answer within ${this.rules.callMs} ms`)),
        this.rules.callMs,
      );
    });
    try {
      const sender = this.senders.get(delivery.kind);
      if (sender === undefined) throw new PermanentFailure(`Nobody sends ${delivery.kind}.`);
      await Promise.race([sender.send(delivery), hanging]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      clearTimeout(timer);
    }
  }
}
