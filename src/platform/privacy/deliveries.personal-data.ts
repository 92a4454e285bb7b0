import type { Model } from 'mongoose';
import type { Actor } from '../actor.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../deliveries/delivery.schema.js';
import { withoutDeadline } from '../mongo/deadline.js';
import type { PersonalData, Person } from './personal-data.js';

/** Calls to the outside, made or waiting. One that told of an erased person is not made any more. */
export class DeliveriesPersonalData implements PersonalData {
  readonly name = 'deliveries';

  constructor(
    private readonly deliveries: Model<Delivery>,
    private readonly clock: Clock,
  ) {}

  async *export({ business }: Actor, { ids }: Person): AsyncIterable<unknown> {
    const found = this.deliveries
      .find({ business, persons: { $in: [...ids], $exists: true } })
      .sort({ _id: 1 })
      .lean<Delivery[]>()
      .cursor({ batchSize: 100 });
    for await (const { _id, kind, payload, state, createdAt } of found as AsyncIterable<Delivery>)
      yield { id: _id, kind, payload, state, created_at: createdAt };
  }

  async erase({ business }: Actor, { ids }: Person): Promise<void> {
    const those = { business, persons: { $in: [...ids], $exists: true } };
    const stopped = { state: 'failed', nextAt: null, lease: null, finishedAt: this.clock.now() } as const;
    await withoutDeadline(() =>
      this.deliveries.updateMany({ ...those, state: 'waiting' }, { $set: stopped }),
    );
    await withoutDeadline(() =>
      this.deliveries.updateMany(those, { $set: { payload: null, error: null }, $unset: { persons: '' } }),
    );
  }
}
