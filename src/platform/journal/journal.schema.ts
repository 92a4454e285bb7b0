import { Schema } from 'mongoose';
import type { Audience } from '../../contracts/audience.js';

/** One journalled event: what a hub needs to deliver it. Its number is the chunk's `first` plus its place. */
export interface JournalEvent {
  readonly id: string;
  /** The published name; null for an event that only pods read. */
  readonly wire: string | null;
  readonly name: string;
  readonly at: Date;
  readonly audience: Audience;
  /** Customers whom it tells of, beside those in the audience. */
  readonly persons?: readonly string[];
  readonly data: unknown;
}

/** A gapless piece of a business's sequence. */
export interface JournalChunk {
  readonly _id: string;
  readonly business: string;
  /** Drawn at random by the first chunk, copied by later ones, drawn anew after a restore. */
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  readonly at: Date;
  /** About how large the events are, for the retention bound. */
  readonly bytes: number;
  readonly events: readonly JournalEvent[];
}

export const JOURNAL = 'journal';

export const journalSchema = new Schema<JournalChunk>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    epoch: { type: String, required: true },
    first: { type: Number, required: true },
    last: { type: Number, required: true },
    at: { type: Date, required: true },
    bytes: { type: Number, required: true },
    events: { type: [Schema.Types.Mixed], required: true } as never,
  },
  { collection: JOURNAL, versionKey: false, autoIndex: false },
);
// The two indexes decide everything: a number is taken once, an event is there once.
journalSchema.index({ business: 1, first: 1 }, { unique: true });
journalSchema.index({ business: 1, 'events.id': 1 }, { unique: true });

/** How far a business's journal was trimmed: written before the chunks go, read by a pod that stood still. */
export interface JournalTrim {
  readonly _id: string;
  readonly through: number;
}

export const journalTrimSchema = new Schema<JournalTrim>(
  { _id: { type: String, required: true }, through: { type: Number, required: true } },
  { collection: 'journal_trims', versionKey: false, autoIndex: false },
);
