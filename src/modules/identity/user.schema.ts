import { Schema } from 'mongoose';
import type { StaffRole } from '../../contracts/roles.js';
import { indexOutbox, outboxField } from '../../platform/events/outbox.js';
import type { TenantDocument } from '../../platform/events/tenant.repository.js';

export type UserState = 'active' | 'disabled' | 'removed';

/** A person of the staff. An e-mail belongs to one user of one business. */
export interface UserDocument extends TenantDocument {
  /** Normalised; absent once the person was removed, so that it can be used again. */
  readonly email?: string;
  readonly name: string;
  /** Role and state as the team has decided them, see team.schema.ts: `team_rev` says which decision is in force. */
  readonly role: StaffRole;
  readonly state: UserState;
  readonly team_rev: number;
  readonly password_hash: string | null;
  /** Access tokens of an older version are not believed any more. */
  readonly version: number;
  /** Sign-ins of an older epoch are over: a new password ends all that the old one opened. */
  readonly epoch: number;
  readonly reset_hash?: string;
  readonly reset_expires_at?: Date;
  /** What a registration was asked for, so that it can be finished and repeated. */
  readonly founded?: { readonly business_name: string };
  readonly created_at: Date;
}

export const userSchema = new Schema<UserDocument>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    email: { type: String },
    name: { type: String, required: true },
    role: { type: String, required: true } as never,
    state: { type: String, required: true } as never,
    team_rev: { type: Number, required: true },
    password_hash: { type: String, default: null },
    version: { type: Number, required: true },
    epoch: { type: Number, required: true },
    reset_hash: { type: String },
    reset_expires_at: { type: Date },
    founded: { type: Schema.Types.Mixed } as never,
    created_at: { type: Date, required: true },
    ...outboxField,
  },
  { collection: 'users', versionKey: false, autoIndex: false },
);
// Sparse, not partial: an equality uses it without further conditions, here and on a real server.
userSchema.index({ email: 1 }, { unique: true, sparse: true });
userSchema.index({ reset_hash: 1 }, { unique: true, sparse: true });
userSchema.index({ business: 1, _id: 1 });
indexOutbox(userSchema);
