import { Schema } from 'mongoose';
import { idempotencyFields, indexIdempotency } from '../../platform/events/once.js';
import { indexOutbox, outboxField } from '../../platform/events/outbox.js';
import type { TenantDocument } from '../../platform/events/tenant.repository.js';
import { indexDue } from '../../platform/timers/timers.js';

/**
 * A customer is known: by phone, by the host page's own user id, or because staff said so. A visitor is a browser and
 * whatever it told us. The other two are tombstones: one points to the customer whom a visitor turned out to be.
 */
export type CustomerKind = 'customer' | 'visitor' | 'merged' | 'erased';
export type Scalar = string | number | boolean;
export type Attributes = Readonly<Record<string, Scalar>>;

export interface CustomerDocument extends TenantDocument {
  readonly kind: CustomerKind;
  readonly name: string | null;
  readonly email: string | null;
  /** International digits without plus; one customer of a business has it. Never what a visitor typed. */
  readonly phone_number: string | null;
  /** The host page's own user id, proven; one customer of a business has it. */
  readonly external_id: string | null;
  /** A user id that a host page named without proving it: shown to staff, and good for nothing else. */
  readonly claimed_id: string | null;
  readonly attributes: Attributes;
  readonly labels: readonly string[];
  /** Fields that the person typed or the browser sent: `name`, `email`, `attributes.<key>`. */
  readonly unverified: readonly string[];
  /** See search-words.ts. */
  readonly words: readonly string[];
  readonly created_at: Date;
  readonly last_seen_at: Date | null;
  /** The hash of the token by which a browser stays the same visitor. */
  readonly visitor_token: string | null;
  readonly merged_into: string | null;
  /** Visitors whose data this customer has taken over, the newest ones: each is taken over once. */
  readonly merged_from: readonly string[];
  readonly erasure: Erasure | null;
  /** A merge or an erasure that is not finished goes on then. */
  readonly dueAt: Date | null;
  readonly idempotencyKey?: string;
  readonly idempotencyHash?: string;
}

export interface Erasure {
  readonly requested_at: Date;
  /** How often everything was looked through; the later times are for what was under way at the first. */
  readonly passes: number;
  readonly finished_at: Date | null;
}

export const customerSchema = new Schema<CustomerDocument>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    kind: { type: String, required: true },
    name: { type: String, default: null },
    email: { type: String, default: null },
    phone_number: { type: String, default: null },
    external_id: { type: String, default: null },
    claimed_id: { type: String, default: null },
    attributes: { type: Schema.Types.Mixed, required: true } as never,
    labels: { type: [String], required: true },
    unverified: { type: [String], required: true },
    words: { type: [String], required: true },
    created_at: { type: Date, required: true },
    last_seen_at: { type: Date, default: null },
    visitor_token: { type: String, default: null },
    merged_into: { type: String, default: null },
    merged_from: { type: [String], required: true },
    erasure: { type: Schema.Types.Mixed, default: null } as never,
    dueAt: { type: Date, default: null },
    ...idempotencyFields,
    ...outboxField,
  },
  { collection: 'customers', versionKey: false, autoIndex: false },
);

for (const field of ['phone_number', 'external_id', 'visitor_token'] as const)
  customerSchema.index(
    { business: 1, [field]: 1 },
    { unique: true, partialFilterExpression: { [field]: { $type: 'string' } } },
  );
customerSchema.index(
  { business: 1, merged_into: 1, _id: 1 },
  { partialFilterExpression: { merged_into: { $type: 'string' } } },
);
customerSchema.index({ business: 1, created_at: -1, _id: -1 });
customerSchema.index({ business: 1, kind: 1, created_at: -1, _id: -1 });
customerSchema.index({ business: 1, words: 1, created_at: -1, _id: -1 });
indexIdempotency(customerSchema);
indexOutbox(customerSchema);
indexDue(customerSchema);
