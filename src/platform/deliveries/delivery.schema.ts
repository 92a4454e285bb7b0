import { Schema } from 'mongoose';

export type DeliveryState = 'waiting' | 'sent' | 'failed';

/** One call to the outside. It is stored with the decision to make it, and made by whichever pod claims it. */
export interface Delivery {
  readonly _id: string;
  readonly business: string;
  /** Which sender makes the call. */
  readonly kind: string;
  readonly payload: unknown;
  /** Customers whom the payload may tell of; absent when there are none. */
  readonly persons?: readonly string[];
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When it is tried next; while a pod holds it, when that pod is given up. Null once it is over. */
  readonly nextAt: Date | null;
  /** Proves who holds the lease. */
  readonly lease: string | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export const deliverySchema = new Schema<Delivery>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    kind: { type: String, required: true },
    payload: { type: Schema.Types.Mixed, required: true } as never,
    persons: { type: [String], default: undefined } as never,
    state: { type: String, required: true },
    attempts: { type: Number, required: true },
    nextAt: { type: Date, default: null },
    lease: { type: String, default: null },
    error: { type: String, default: null },
    createdAt: { type: Date, required: true },
    finishedAt: { type: Date, default: null },
  },
  { collection: 'deliveries', versionKey: false, autoIndex: false },
);
deliverySchema.index({ state: 1, nextAt: 1 });
deliverySchema.index({ business: 1, createdAt: 1 });
deliverySchema.index(
  { business: 1, persons: 1 },
  { partialFilterExpression: { persons: { $exists: true } } },
);
