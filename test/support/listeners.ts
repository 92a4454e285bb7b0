import type { DomainEvent, EventName } from '../../src/contracts/events.js';
import { systemActor } from '../../src/platform/actor.js';
import type { Answer, Listener, Stage } from '../../src/platform/events/bus.js';
import { announce, draft, type EventDraft, type Returned } from '../../src/platform/events/draft.js';
import { newId } from '../../src/platform/mongo/ids.js';
import type { Audience } from '../../src/contracts/audience.js';
import type { Item } from './items.js';
import type { Pod } from './pod-in-process.js';

/** The thing that an event of these tests tells of. */
export function thingOf(event: DomainEvent): string {
  return (event as DomainEvent<'data.changed'>).data.id;
}

export function thing(business: string, id: string, audience: Audience = ['staff']): EventDraft {
  return draft(systemActor(business), 'data.changed', {
    data: { resource: 'things', id, action: 'created' },
    audience,
    subjects: [{ kind: 'thing', id }],
  });
}

/** A document of the business with one event for each name, in that order. */
export function writeThings(pod: Pod, business: string, names: readonly string[]): Promise<Item> {
  const key = newId();
  return pod.items.repository.insert(
    systemActor(business),
    { text: '', idempotencyKey: key, idempotencyHash: '' },
    names.map((name) => thing(business, name)),
  );
}

/** Hears of the things only: the listeners of items are there too. */
export function listen(
  pod: Pod,
  name: string,
  stage: Stage,
  handle: (event: DomainEvent) => Promise<Answer>,
  events: readonly EventName[] = ['data.changed'],
): Listener {
  const listener: Listener = {
    name,
    stage,
    resource: 'thing-list',
    handle: async (event) =>
      (event as DomainEvent<'data.changed'>).data.resource === 'things' ? handle(event) : undefined,
  };
  pod.bus.subscribe(events, listener);
  return listener;
}

export function told(event: DomainEvent, ...ids: string[]): Returned[] {
  return ids.map((id) =>
    announce(event, 'data.changed', {
      data: { resource: 'told', id, action: 'updated' },
      audience: ['staff'],
    }),
  );
}

/** The journal of a business, each event as `resource id`. */
export async function journalOf(pod: Pod, business: string): Promise<string[]> {
  const page = await pod.reader.read(business, 0);
  return page.map(({ data }) => {
    const { resource, id } = data as { resource: string; id: string };
    return `${resource} ${id}`;
  });
}

export async function outboxOf(pod: Pod, id: string): Promise<string[]> {
  const found = await pod.items.repository
    .collection()
    .findOne<{ outbox?: { data: { id: string } }[] }>({ _id: id as never });
  return (found?.outbox ?? []).map(({ data }) => data.id);
}

/** Lets one pod take over what is left, as its sweeps would within two seconds. */
export async function sweepTwice(pod: Pod): Promise<number> {
  const first = await pod.sweep.run();
  const second = await pod.sweep.run();
  await pod.relay.idle();
  return first + second;
}
