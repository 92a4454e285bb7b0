import { Schema } from 'mongoose';
import type { StaffRole } from '../../contracts/roles.js';
import { idempotencyFields, indexIdempotency } from '../../platform/events/once.js';
import { indexOutbox, outboxField } from '../../platform/events/outbox.js';
import type { Idempotency, TenantDocument } from '../../platform/events/tenant.repository.js';

export interface TeamMember {
  readonly id: string;
  readonly role: StaffRole;
  readonly state: 'active' | 'disabled';
}

/**
 * Who is in the team and as what, in one document of the business (`_id` equals `business`): a rule about several
 * people, such as that an owner must remain, then holds however many decide at once. Users carry a copy.
 */
export interface TeamDocument extends TenantDocument {
  readonly members: readonly TeamMember[];
}

const member = {
  id: { type: String, required: true },
  role: { type: String, required: true },
  state: { type: String, required: true },
};

export const teamSchema = new Schema<TeamDocument>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    members: { type: [new Schema(member, { _id: false })], required: true } as never,
    ...outboxField,
  },
  { collection: 'teams', versionKey: false, autoIndex: false },
);
indexOutbox(teamSchema);

export type InviteState = 'open' | 'accepted' | 'revoked';

export interface InviteDocument extends TenantDocument, Partial<Idempotency> {
  readonly email: string;
  readonly role: StaffRole;
  readonly state: InviteState;
  /** Of the secret in the link, which is shown once and stored nowhere. */
  readonly token_hash: string;
  /** The user that it becomes: drawn beforehand, so that it becomes one only. */
  readonly user: string;
  readonly invited_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

export const inviteSchema = new Schema<InviteDocument>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    email: { type: String, required: true },
    role: { type: String, required: true } as never,
    state: { type: String, required: true } as never,
    token_hash: { type: String, required: true },
    user: { type: String, required: true },
    invited_by: { type: String, required: true },
    created_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
    ...idempotencyFields,
    ...outboxField,
  },
  { collection: 'invites', versionKey: false, autoIndex: false },
);
inviteSchema.index({ token_hash: 1 }, { unique: true });
inviteSchema.index({ business: 1, state: 1, _id: 1 });
indexIdempotency(inviteSchema);
indexOutbox(inviteSchema);
