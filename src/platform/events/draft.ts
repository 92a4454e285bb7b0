import { MAX_PRINCIPALS, type Audience } from '../../contracts/audience.js';
import {
  catalogue,
  MAX_EVENT_BYTES,
  type DomainEvent,
  type EventData,
  type EventName,
  type EventsWithGivenAudience,
  type ReturnedEventName,
  type Subject,
} from '../../contracts/events.js';
import type { Actor } from '../actor.js';
import { newId } from '../mongo/ids.js';

interface BasicContent<N extends EventName> {
  readonly data: EventData<N>;
  readonly subjects?: readonly Subject[];
}
/** Whoever emits an event names its audience exactly when the catalogue leaves it open. */
export type EventContent<N extends EventName> = N extends EventsWithGivenAudience
  ? BasicContent<N> & { readonly audience: Audience }
  : BasicContent<N> & { readonly audience?: never };

/** An event before its write: it gets its time and its place with the document that carries it. */
export type EventDraft<N extends EventName = EventName> = { [K in N]: Omit<DomainEvent<K>, 'at'> }[N];

/**
 * The only way to make an event. Its data is parsed here, before anything is written, and never again: what does not
 * fit its own schema is a mistake of ours, not of a client.
 */
export function draft<N extends EventName>(actor: Actor, name: N, content: EventContent<N>): EventDraft<N> {
  const definition = catalogue[name];
  const parsed = definition.data.safeParse(content.data);
  if (!parsed.success)
    throw new Error(`The data of ${name} does not fit the catalogue: ${parsed.error.message}`);
  const size = Buffer.byteLength(JSON.stringify(parsed.data));
  if (size > MAX_EVENT_BYTES)
    throw new Error(`The data of ${name} has ${size} bytes, ${MAX_EVENT_BYTES} at most.`);
  const audience: Audience = definition.audience === 'given' ? (content.audience ?? []) : definition.audience;
  if (audience.length > MAX_PRINCIPALS)
    throw new Error(`${name} names more than ${MAX_PRINCIPALS} principals.`);
  return {
    id: newId(),
    name,
    business: actor.business,
    actor: { id: actor.id, role: actor.role, ip: actor.ip },
    subjects: content.subjects ?? [],
    audience,
    data: parsed.data,
  } as unknown as EventDraft<N>;
}

/** What a listener may hand back for the clients: built after its write, with absolute values. At most eight. */
export type Returned = EventDraft<ReturnedEventName>;
export const MAX_RETURNED = 8;

export function announce<N extends ReturnedEventName>(
  source: DomainEvent,
  name: N,
  content: EventContent<N>,
): EventDraft<N> {
  return draft({ ...source.actor, business: source.business }, name, content);
}
