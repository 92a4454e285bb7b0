// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor } from '../../src/platform/actor.js';
import { isDuplicateKey } from '../../src/platform/mongo/failures.js';
import { withDeadline } from '../../src/platform/mongo/deadline.js';
import type { Database } from '../../src/platform/mongo/connection.js';
import { connectWatched, type Commands } from '../support/commands.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { itemSchema, type Item } from '../support/items.js';
import { journalOf, thing } from '../support/listeners.js';
import { buildPod, type Pod } from '../support/pod-in-process.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { eventually } from '../support/wait.js';

let server: TestDatabase;
let proxy: Proxy;
let database: Database;
let commands: Commands;
let pod: Pod;

beforeAll(async () => {
  server = await startTestDatabase();
  proxy = await Proxy.start(upstreamOf(server.uri));
  ({ database, commands } = await connectWatched(uriThrough(server.uri, proxy)));
  pod = buildPod(database, 'groups');
  await pod.collections.ensureIndexes();
});
afterAll(async () => {
  await database.close();
  await proxy.close();
  await server.close();
});

const grouped = () => pod.tenants.tenant<Item>('items', itemSchema, { grouped: true });
const fields = (key: string) => ({ text: key, idempotencyKey: key, idempotencyHash: key });
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('hot inserts', () => {
  it('go to the database in few commands, and so does what follows them', async () => {
    const repository = grouped();
    const actor = systemActor('many');
    const sent = await commands.during(async () => {
      await Promise.all(
        numbers(200).map((at) => repository.insert(actor, fields(`k${at}`), [thing('many', `t${at}`)])),
      );
      await pod.relay.idle();
    });
    const of = (name: string, collection: string) =>
      sent.filter((one) => one.name === name && one.collection === collection);
    expect(of('insert', 'items').length).toBeLessThanOrEqual(8);
    expect(of('update', 'items').length).toBeLessThanOrEqual(12);
    expect(new Set(await journalOf(pod, 'many'))).toEqual(new Set(numbers(200).map((at) => `things t${at}`)));
    // Each event has a reaction or a view of its own in these tests; beyond those, 200 messages took so many commands.
    const own = sent.filter(({ collection }) => collection === 'items' || collection === 'journal');
    expect(own.length).toBeLessThan(40);
  });

  it('answer each duplicate for itself', async () => {
    const repository = grouped();
    const actor = systemActor('duplicates');
    await repository.insert(actor, fields('k3'), []);
    const keys = numbers(40).map((at) => `k${at % 20}`);
    const results = await Promise.allSettled(keys.map((key) => repository.insert(actor, fields(key), [])));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(21);
    for (const { reason } of refused) expect(isDuplicateKey(reason)).toBe(true);
    const firsts = results.slice(0, 20).map(({ status }) => status);
    expect(firsts).toEqual(numbers(20).map((at) => (at === 3 ? 'rejected' : 'fulfilled')));
    const again = await Promise.all(keys.map((key) => repository.insertOnce(actor, fields(key), [])));
    expect(
      again.every(({ repeated, document }, at) => repeated && document.idempotencyKey === keys[at]),
    ).toBe(true);
    expect(await repository.find(actor, {}, { sort: { _id: 1 }, limit: 100 })).toHaveLength(20);
  });

  it('are unknown for the whole group when the reply is lost, and safe to repeat', async () => {
    const repository = grouped();
    const actor = systemActor('unknown');
    const send = () =>
      Promise.allSettled(
        numbers(30).map((at) => repository.insertOnce(actor, fields(`k${at}`), [thing('unknown', `t${at}`)])),
      );
    proxy.set('drop replies');
    const sending = send();
    const arrived = await eventually(5_000, async () =>
      commands.sent.some(
        ({ name, body }) => name === 'insert' && body['documents']?.[0]?.business === 'unknown',
      ),
    );
    expect(arrived).toBe(true);
    // The command is on its way and is carried out; nobody hears of it.
    await new Promise((resolve) => setTimeout(resolve, 100));
    proxy.cut();
    proxy.set('pass');
    const lost = await sending;
    for (const result of lost)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', retryable: true } });
    const again = await send();
    for (const result of again)
      expect(result).toMatchObject({ status: 'fulfilled', value: { repeated: true } });
    // Nobody here relayed what was lost: the sweep does.
    await pod.sweep.run();
    await pod.sweep.run();
    await pod.relay.idle();
    const journal = await journalOf(pod, 'unknown');
    expect([journal.length, new Set(journal).size]).toEqual([30, 30]);
  });

  it('keep each caller to its own deadline, and let nobody else suffer from it', async () => {
    const repository = grouped();
    const actor = systemActor('deadlines');
    proxy.delay(150);
    try {
      // The hurried one is first: its deadline must not become that of the group.
      const began = performance.now();
      const hurried = withDeadline(100, () => repository.insert(actor, fields('hurried'), []));
      const patient = withDeadline(2_000, () => repository.insert(actor, fields('patient'), []));
      await expect(hurried).rejects.toMatchObject({ code: 'unavailable' });
      expect(performance.now() - began).toBeLessThan(290);
      expect(await patient).toMatchObject({ idempotencyKey: 'patient' });
    } finally {
      proxy.delay(0);
    }
    // Cut is not undone: the sender repeats it and meets its own document.
    expect(await repository.insertOnce(actor, fields('hurried'), [])).toMatchObject({ repeated: true });
  });
});
