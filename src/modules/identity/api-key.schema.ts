import { Schema } from 'mongoose';
import type { Scope } from '../../contracts/roles.js';
import { idempotencyFields, indexIdempotency } from '../../platform/events/once.js';
import { indexOutbox, outboxField } from '../../platform/events/outbox.js';
import type { Idempotency, TenantDocument } from '../../platform/events/tenant.repository.js';

/** What a program signs in with. It belongs to the business, not to whoever made it, and ends when it is revoked. */
export interface ApiKeyDocument extends TenantDocument, Partial<Idempotency> {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly secret_hash: string;
  readonly created_by: string;
  readonly created_at: Date;
  /** To the minute: written seldom, and outside `rev`. */
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

export const apiKeySchema = new Schema<ApiKeyDocument>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    name: { type: String, required: true },
    scopes: { type: [String], required: true } as never,
    secret_hash: { type: String, required: true },
    created_by: { type: String, required: true },
    created_at: { type: Date, required: true },
    last_used_at: { type: Date, default: null },
    revoked_at: { type: Date, default: null },
    ...idempotencyFields,
    ...outboxField,
  },
  { collection: 'api_keys', versionKey: false, autoIndex: false },
);
apiKeySchema.index({ business: 1, revoked_at: 1, _id: 1 });
indexIdempotency(apiKeySchema);
indexOutbox(apiKeySchema);
