import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DomainError } from '../../src/contracts/errors.js';
import { systemActor } from '../../src/platform/actor.js';
import { createLogger } from '../../src/platform/logging.js';
import { Loops } from '../../src/platform/loops.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { withDeadline } from '../../src/platform/mongo/deadline.js';
import { holds, judge } from '../faults/oracle.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { buildPod, MovableClock, type Pod } from '../support/pod-in-process.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { eventually, sleep } from '../support/wait.js';

/** A write is answered within so long: 2.5 s, and slack for a busy machine. */
const ANSWER_MS = 3_000;
const BUSINESS = 'stopped';
const actor = systemActor(BUSINESS);

let server: TestDatabase;
let proxy: Proxy;
let database: Database;
let direct: Database;
const clock = new MovableClock();
let pod: Pod;
let looker: Pod;

beforeAll(async () => {
  server = await startTestDatabase();
  proxy = await Proxy.start(upstreamOf(server.uri));
  direct = await Database.connect(server.uri);
  looker = buildPod(direct, 'looker');
  await looker.collections.ensureIndexes();
  database = await Database.connect(uriThrough(server.uri, proxy));
  pod = buildPod(database, 'pod', clock);
});
afterAll(async () => {
  await Promise.all([database.close(), direct.close()]);
  await proxy.close();
  await server.close();
});

// F11 of the fault table resets and blackholes; this is the third way: nobody listens on the port any more.
it('answers every write in time while the database is stopped, and goes on by itself when it is back', async () => {
  const loops = new Loops(createLogger('silent'));
  loops.every(200, 'sweep', () => pod.sweep.run());
  const acknowledged = new Map<string, number>();
  const refused = new Set<string>();
  let worstMs = 0;
  const wrong: unknown[] = [];
  const send = async (key: string): Promise<boolean> => {
    const began = performance.now();
    try {
      const { _id, rev } = await withDeadline(2_500, () => pod.items.create(actor, key, 'first'));
      acknowledged.set(_id, rev);
      return true;
    } catch (error) {
      refused.add(key);
      if (!(error instanceof DomainError && error.code === 'unavailable' && error.retryable))
        wrong.push(error);
      return false;
    } finally {
      worstMs = Math.max(worstMs, performance.now() - began);
    }
  };
  try {
    await Promise.all(['a', 'b', 'c'].map(send));
    const under = Array.from({ length: 20 }, (_, at) => send(`under-way-${at}`));
    await proxy.stop();
    const during: Promise<boolean>[] = [];
    for (let at = 0; at < 30; at += 1) {
      during.push(send(`during-${at}`));
      await sleep(40);
    }
    expect(await Promise.all(during)).not.toContain(true);
    await Promise.all(under);
    const stored = await looker.items.repository.model.countDocuments({ business: BUSINESS });
    const known = await looker.journalModel.aggregate<{ id: string }>([
      { $match: { business: BUSINESS } },
      { $unwind: '$events' },
      { $match: { 'events.data.resource': 'items' } },
      { $group: { _id: '$events.data.id' } },
    ]);
    expect(known.length).toBeLessThanOrEqual(stored);
    await proxy.resume();
    const back = performance.now();
    expect(await eventually(6_000, () => send('back'))).toBe(true);
    expect(performance.now() - back).toBeLessThan(6_000);
    for (const key of refused) if (key !== 'back') expect(await send(key)).toBe(true);
    expect([wrong, worstMs < ANSWER_MS]).toEqual([[], true]);
    const quiet = await eventually(6_000, async () => {
      const filter = { business: BUSINESS, 'outbox.0': { $exists: true } };
      return (await looker.items.repository.model.countDocuments(filter)) === 0;
    });
    expect(quiet).toBe(true);
  } finally {
    await loops.stop();
    await pod.relay.idle();
  }
  // Dead letters of reactions that met the outage are tried again by themselves.
  clock.advance(3_600_000);
  await pod.deadLetters.retryDue();
  const verdict = await judge(looker, BUSINESS, acknowledged);
  expect(holds(verdict) ? 'holds' : verdict).toBe('holds');
  expect(verdict.acked).toBe(3 + 20 + 30 + 1);
});
