import { Schema } from 'mongoose';
import type { EventActor } from '../../contracts/events.js';
import { indexOutbox, outboxField } from '../../platform/events/outbox.js';
import type { TenantDocument } from '../../platform/events/tenant.repository.js';
import { indexDue } from '../../platform/timers/timers.js';

export type BusinessState = 'active' | 'suspended' | 'deleting' | 'deleted';

export interface BusinessSettings {
  /** IANA name: days, weeks and opening hours are counted in it. */
  readonly time_zone: string;
  readonly locale: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Web origins that may embed the widget or call the API from a browser. */
  readonly allowed_origins: readonly string[];
}

/** A tenant. It is its own business: `business` equals `_id`. */
export interface BusinessDocument extends TenantDocument {
  readonly name: string;
  readonly state: BusinessState;
  readonly settings: BusinessSettings;
  readonly created_at: Date;
  /** When a requested deletion becomes final. */
  readonly dueAt: Date | null;
}

const settings = {
  time_zone: { type: String, required: true },
  locale: { type: String, required: true },
  currency: { type: String, required: true },
  allowed_origins: { type: [String], required: true },
};

export const businessSchema = new Schema<BusinessDocument>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    name: { type: String, required: true },
    state: { type: String, required: true },
    settings: { type: new Schema(settings, { _id: false }), required: true } as never,
    created_at: { type: Date, required: true },
    dueAt: { type: Date, default: null },
    ...outboxField,
  },
  { collection: 'businesses', versionKey: false, autoIndex: false },
);
businessSchema.index({ business: 1 }, { unique: true });
indexOutbox(businessSchema);
indexDue(businessSchema);

/** What was changed, by whom, from what to what: a view that is written by a projection, one entry per change. */
export interface BusinessHistoryEntry {
  readonly _id: string;
  readonly business: string;
  readonly rev: number;
  readonly at: Date;
  readonly actor: EventActor;
  readonly changes: Readonly<Record<string, { old: unknown; new: unknown }>>;
}

export const businessHistorySchema = new Schema<BusinessHistoryEntry>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    at: { type: Date, required: true },
    actor: { type: Schema.Types.Mixed, required: true } as never,
    changes: { type: Schema.Types.Mixed, required: true } as never,
  },
  { collection: 'business_history', versionKey: false, autoIndex: false },
);
businessHistorySchema.index({ business: 1, rev: -1 });
