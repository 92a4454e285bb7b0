import { Schema } from 'mongoose';
import type { Audience } from '../../contracts/audience.js';
import type { DomainEvent, EventActor, EventName, Subject } from '../../contracts/events.js';
import type { EventDraft } from './draft.js';

/** An event as it lies in its document until it was relayed. The business is the document's. */
export interface OutboxEntry {
  readonly id: string;
  /** A name that this build does not know waits for a newer pod. */
  readonly name: string;
  readonly at: Date;
  readonly actor: EventActor;
  readonly subjects: readonly Subject[];
  readonly audience: Audience;
  readonly data: unknown;
}

/** More than this many entries in one document: the relay is behind, the write is refused as retryable. */
export const MAX_OUTBOX = 64;

/** The field for every schema whose documents cause events: never selected, never accepted from outside. */
export const outboxField = {
  outbox: { type: [Schema.Types.Mixed], select: false, default: undefined },
} as const;

/** The sweep's index. A partial index serves only a condition on its key too, so the sweep's filter names both. */
export function indexOutbox(schema: { index(key: object, options: object): unknown }): void {
  schema.index({ 'outbox.at': 1 }, { partialFilterExpression: { 'outbox.0': { $exists: true } } });
}

export function toEntry({ business: _business, ...event }: EventDraft, at: Date): OutboxEntry {
  return { ...event, at };
}

export function toEvent(entry: OutboxEntry & { name: EventName }, business: string): DomainEvent {
  return { ...entry, business } as DomainEvent;
}
