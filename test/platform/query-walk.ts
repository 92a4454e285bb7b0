import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Schema, type Connection } from 'mongoose';
import { systemActor } from '../../src/platform/actor.js';
import { Deliveries } from '../../src/platform/deliveries/deliveries.js';
import { Bus } from '../../src/platform/events/bus.js';
import { DeadLetters } from '../../src/platform/events/dead-letters.js';
import { setIfNewer, storeRecount } from '../../src/platform/events/listener-writes.js';
import { Relay } from '../../src/platform/events/relay.js';
import { Sweep } from '../../src/platform/events/sweep.js';
import { armFaults } from '../../src/platform/faults.js';
import { Files } from '../../src/platform/files/files.js';
import { startNewEpoch } from '../../src/platform/journal/epoch.js';
import { Journal } from '../../src/platform/journal/journal.js';
import { JournalReader } from '../../src/platform/journal/journal.reader.js';
import { JournalRetention } from '../../src/platform/journal/journal.retention.js';
import { JOURNAL, journalSchema } from '../../src/platform/journal/journal.schema.js';
import { createLogger } from '../../src/platform/logging.js';
import { Collections } from '../../src/platform/mongo/collections.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { newId } from '../../src/platform/mongo/ids.js';
import { SolePod } from '../../src/platform/mongo/sole-pod.js';
import { Timers } from '../../src/platform/timers/timers.js';
import { makeThing, referencesOf, send, validRequest } from '../security/factory.js';
import { call } from '../support/call.js';
import { Desk, must } from '../support/desk.js';
import { exampleOf } from '../support/examples.js';
import { events } from '../support/journal.js';
import { thing } from '../support/listeners.js';
import { readApi, type ApiRoute } from '../support/openapi.js';
import type { MovableClock } from '../support/pod-in-process.js';
import type { RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

const DAY = 24 * 3_600_000;

export interface Walk {
  readonly service: RunningService;
  readonly clock: MovableClock;
  /** A connection of the test's own, which nobody watches. */
  readonly hands: Connection;
}

/** Every route with every query parameter, then every part of the platform, then what time brings about. */
export async function walk({ service, clock, hands }: Walk): Promise<void> {
  const desk = await Desk.found(service);
  const routes = await readApi(service.url);
  const things = new Set(
    routes.flatMap((route) => referencesOf(route).map((reference) => reference.thing ?? '')),
  );
  // Some of each, so that every list has a second page.
  for (const thing of [...things, ...things]) if (thing !== '') await makeThing(thing, desk);
  for (const route of routes) await walkRoute(route, desk);
  await walkGuests(desk);
  await walkRelay(service, hands, desk);
  await walkJournal(service, hands, clock);
  await walkRest(service, hands, desk);
  await walkTime(service, clock);
}

async function walkRoute(route: ApiRoute, here: Desk): Promise<void> {
  // What writes may end sessions, or the business: it gets one of its own.
  const desk = route.method === 'GET' ? here : await Desk.found(here.service);
  const request = await validRequest(route, desk);
  const headers: Record<string, string> = route.idempotent ? { 'Idempotency-Key': newId() } : {};
  const answer = await send(route, desk, request, headers);
  if (route.idempotent) await send(route, desk, request, headers);
  if (answer.status >= 400)
    throw new Error(`${route.name} answers ${answer.status}: ${answer.text.slice(0, 300)}`);
  const ask = (query: string) => send(route, desk, { ...request, parts: { ...request.parts, query } });
  const free = route.query.filter(({ name }) => !['cursor', 'limit'].includes(name));
  const queries = [
    '',
    ...free.map(({ name, schema }) => `&${name}=${encodeURIComponent(String(exampleOf(schema)))}`),
  ];
  if (route.query.some(({ name }) => name === 'cursor')) {
    for (const query of queries) {
      const { body } = await ask(`?limit=1${query}`);
      if (typeof body.next_cursor === 'string')
        await ask(`?limit=1${query}&cursor=${encodeURIComponent(body.next_cursor)}`);
    }
  }
}

/** Ways of being somebody that no example of a route takes. */
async function walkGuests(desk: Desk): Promise<void> {
  const { service } = desk;
  must(200, await call(service, 'GET', '/api/v1/customers', { token: await desk.key(['customers:read']) }));
  await call(service, 'GET', '/health/live', { headers: { origin: 'https://walk.example' } });
  await desk.enter('customer');
  const { key } = must(200, await desk.call('GET', '/api/v1/business/widget'));
  const body = { widget_key: key, visitor_token: `vt_${'A'.repeat(43)}` };
  must(200, await call(service, 'POST', '/api/v1/widget/sessions', { body }));
}

async function walkRelay(
  { app }: RunningService,
  hands: Connection,
  { business, owner }: Desk,
): Promise<void> {
  const [bus, letters, sweep] = [app.get(Bus), app.get(DeadLetters), app.get(Sweep)];
  const actor = systemActor(business);
  const listener = bus.listener('recordHistoryWhenBusinessChanges');
  if (listener === undefined) throw new Error('The listener of the walk is gone.');
  const event = {
    ...thing(business, 'walk'),
    id: newId(),
    name: 'business.changed' as const,
    at: new Date(),
    actor: { id: owner.id, role: 'owner', ip: null },
  };
  // One that works when it is tried again, and one that cannot.
  const good = { ...event, data: { id: business, rev: 1, changes: {} } } as unknown as Parameters<
    typeof letters.add
  >[1];
  await letters.add(listener, good, new Error('of the walk'));
  await letters.add(listener, { ...good, id: newId(), data: null } as never, new Error('of the walk'));
  for (const { _id } of await letters.list(actor, { limit: 10 }))
    await letters.replay(actor, _id).catch(() => false);
  await letters.list(actor, { limit: 10, after: 'a' });
  await letters.add(listener, { ...good, id: newId() }, new Error('of the walk'));
  await hands.collection('dead_letters').updateMany({}, { $set: { dueAt: new Date(0) } });
  await letters.retryDue();
  await letters.countWaiting();
  await sweep.run();
  await sweep.businessesPendingSince(new Date());
  await app.get(Relay).idle();
}

async function walkJournal({ app }: RunningService, hands: Connection, clock: MovableClock): Promise<void> {
  const [journal, reader] = [app.get(Journal), app.get(JournalReader)];
  const model = app.get(Collections).model(JOURNAL, journalSchema);
  const business = 'walk';
  await journal.append(business, events('walk', 5));
  const cursor = (await reader.head(business)) ?? { epoch: '', seq: 0 };
  for (const seq of [0, 2, 5]) await reader.locate(business, { ...cursor, seq });
  for (const seq of [0, 2, 5]) await reader.read(business, seq);
  // A newer head than the one that this pod remembers, then a pod that stood still before its insert.
  await startNewEpoch(model, business, clock);
  await journal.append(business, events('more', 1));
  const trims = hands.collection('journal_trims');
  await trims.insertOne({ _id: business as never, through: 1_000 });
  armFaults((point) => {
    if (point !== 'journal.before-append') return;
    clock.advance(61_000);
    armFaults(undefined);
  });
  await journal.append(business, events('late', 1));
}

async function walkRest({ app }: RunningService, hands: Connection, { business }: Desk): Promise<void> {
  const actor = systemActor(business);
  const files = app.get(Files);
  const { id } = await files.store(actor, Readable.from([Buffer.from('walk')]), {
    name: 'walk',
    contentType: 'text/plain',
  });
  await buffer((await files.read(actor, id)).content);
  await files.remove(actor, id);

  const deliveries = app.get(Deliveries);
  await deliveries.run();
  await deliveries.replay(business, 'nothing');

  const { requests } = app.get(Database);
  const pods = ['walk-1', 'walk-2'].map(
    (pod) =>
      new SolePod(requests, pod, createLogger('silent'), () => undefined, {
        patienceMs: 20,
        beatMs: 10,
        lookMs: 5,
      }),
  );
  const [first, second] = pods as [SolePod, SolePod];
  await first.claim();
  const beats = async () => ((await hands.collection('pods').findOne({}))?.['beat'] ?? 0) > 0;
  await eventually(2_000, beats);
  await second.claim().catch(() => undefined);
  await first.release();
  await hands.collection('pods').insertOne({ _id: 'the only pod' as never, pod: 'dead', beat: 3 });
  await second.claim();
  await second.release();

  const view = new Schema(
    { _id: String, business: String, rev: Number, source: Number },
    { collection: 'walk_views', versionKey: false, autoIndex: false },
  );
  const views = app
    .get(Collections)
    .model<{ _id: string; business: string; rev: number; source?: number }>('walk_views', view as never);
  await setIfNewer(views, { _id: 'v', business }, { field: 'source', number: 1 }, {});
  await storeRecount(views, { _id: 'v', business }, async () => ({}));
}

/** What falls due, last of all: tokens end too. */
async function walkTime({ app }: RunningService, clock: MovableClock): Promise<void> {
  const [timers, relay] = [app.get(Timers), app.get(Relay)];
  await timers.run();
  clock.advance(30 * DAY);
  for (let round = 0; round < 3; round += 1) {
    await timers.run();
    await relay.idle();
  }
  await app.get(JournalRetention).run();
}
