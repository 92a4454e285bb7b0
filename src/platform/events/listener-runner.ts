import { DomainError } from '../../contracts/errors.js';
import type { DomainEvent } from '../../contracts/events.js';
import type { JournalEvent } from '../journal/journal.schema.js';
import { withDeadline } from '../mongo/deadline.js';
import { catalogue } from '../../contracts/events.js';
import type { Listener, Stage } from './bus.js';
import { HangingListener } from './hung-listeners.js';
import { personsOf } from './persons.js';
import { MAX_RETURNED, type Returned } from './draft.js';

const TIME_LIMITS: Readonly<Record<Stage, number>> = { projection: 2_000, reaction: 10_000 };
/** So that a database that is away is noticed as such before the listener counts as hanging. */
const GRACE_MS = 300;

export type Outcome =
  | { readonly kind: 'done'; readonly returned: readonly JournalEvent[] }
  /** The database is away: nothing was learned about the listener. */
  | { readonly kind: 'away'; readonly error: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Calls one listener by itself, within its time, and says how it went. Never throws. */
export async function runListener(listener: Listener, event: DomainEvent, at: Date): Promise<Outcome> {
  const limit = TIME_LIMITS[listener.stage];
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new HangingListener(limit)), limit + GRACE_MS);
  });
  try {
    const answer = await Promise.race([withDeadline(limit, async () => listener.handle(event)), hanging]);
    return { kind: 'done', returned: toJournal(listener, event, answer ?? [], at) };
  } catch (error) {
    const away = error instanceof DomainError && error.code === 'unavailable';
    return { kind: away ? 'away' : 'failed', error };
  } finally {
    clearTimeout(timer);
  }
}

/** Returned events have ids made from their source, so that a second run appends nothing new. */
function toJournal(
  listener: Listener,
  event: DomainEvent,
  returned: readonly Returned[],
  at: Date,
): JournalEvent[] {
  if (returned.length > MAX_RETURNED)
    throw new Error(`returned ${returned.length} events, ${MAX_RETURNED} at most`);
  return returned.map(({ name, audience, subjects, data }, k) => ({
    id: `${event.id}/${listener.name}/${k}`,
    name,
    wire: catalogue[name].wire,
    at,
    audience,
    ...tellingOf({ name, subjects }),
    data,
  }));
}

export function toJournalEvent(event: DomainEvent): JournalEvent {
  const { id, name, at, audience, data } = event;
  return { id, name, wire: catalogue[name].wire, at, audience, ...tellingOf(event), data };
}

function tellingOf(event: Pick<DomainEvent, 'name' | 'subjects'>): { persons?: readonly string[] } {
  const persons = personsOf(event);
  return persons.length === 0 ? {} : { persons };
}
