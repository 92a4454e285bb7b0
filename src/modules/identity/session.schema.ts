import { Schema } from 'mongoose';
import { indexOutbox, outboxField } from '../../platform/events/outbox.js';
import type { TenantDocument } from '../../platform/events/tenant.repository.js';

/** One sign-in of one person: the family of refresh tokens that come from it. */
export interface SessionDocument extends TenantDocument {
  readonly user: string;
  /** The user's `epoch` when it began. */
  readonly epoch: number;
  /** Of the half of the refresh token that stays, by which the session is found. */
  readonly family_hash: string;
  /** Of the half that changes with each use: any other one with the right family was used before. */
  readonly token_hash: string;
  readonly created_at: Date;
  readonly refreshed_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
}

export const sessionSchema = new Schema<SessionDocument>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    user: { type: String, required: true },
    epoch: { type: Number, required: true },
    family_hash: { type: String, required: true },
    token_hash: { type: String, required: true },
    created_at: { type: Date, required: true },
    refreshed_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
    ended_at: { type: Date, default: null },
    ...outboxField,
  },
  { collection: 'sessions', versionKey: false, autoIndex: false },
);
sessionSchema.index({ family_hash: 1 }, { unique: true });
// A day longer than it is good for: its events are long relayed by then.
sessionSchema.index({ expires_at: 1 }, { expireAfterSeconds: 86_400 });
indexOutbox(sessionSchema);
