import { Schema } from 'mongoose';
import type { EventActor } from '../../contracts/events.js';
import { indexOutbox, outboxField } from '../../platform/events/outbox.js';
import type { TenantDocument } from '../../platform/events/tenant.repository.js';
import { indexDue } from '../../platform/timers/timers.js';
import type { BusinessHours } from './business-hours.js';

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

/** A secret as it is kept: `sealed` opens with the service's own secret only. */
export interface KeptSecret {
  readonly sealed: string;
  /** Its last characters, by which people tell secrets apart. */
  readonly hint: string;
  readonly at: Date;
}

/** How host pages embed the widget and prove who their users are. */
export interface WidgetSettings {
  /** Public: it stands in every host page. */
  readonly key: string;
  readonly require_identity: boolean;
  readonly hmac_secret: KeptSecret | null;
  readonly jwt_secret: KeptSecret | null;
}

/** A tenant. It is its own business: `business` equals `_id`. */
export interface BusinessDocument extends TenantDocument {
  readonly name: string;
  readonly state: BusinessState;
  readonly settings: BusinessSettings;
  readonly hours: BusinessHours;
  /** Null once it is deleted: its key leads nowhere. */
  readonly widget: WidgetSettings | null;
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
    hours: { type: Schema.Types.Mixed, required: true } as never,
    widget: { type: new Schema({ key: String }, { _id: false, strict: false }) } as never,
    created_at: { type: Date, required: true },
    dueAt: { type: Date, default: null },
    ...outboxField,
  },
  { collection: 'businesses', versionKey: false, autoIndex: false },
);
businessSchema.index({ business: 1 }, { unique: true });
// A widget names its business by its key, a browser's preflight names none: both are looked up across businesses.
businessSchema.index(
  { 'widget.key': 1 },
  { unique: true, partialFilterExpression: { 'widget.key': { $type: 'string' } } },
);
businessSchema.index({ 'settings.allowed_origins': 1 });
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
