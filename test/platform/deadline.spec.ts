import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mongo } from 'mongoose';
import { DomainError } from '../../src/contracts/errors.js';
import { systemActor } from '../../src/platform/actor.js';
import { armFaults } from '../../src/platform/faults.js';
import { Database } from '../../src/platform/mongo/connection.js';
import {
  bounded,
  remainingMilliseconds,
  REQUEST_DEADLINE_MS,
  withDeadline,
  withoutDeadline,
} from '../../src/platform/mongo/deadline.js';
import { isDatabaseAway, isDuplicateOf } from '../../src/platform/mongo/failures.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { journalOf, listen, outboxOf, thing, writeThings } from '../support/listeners.js';
import { buildPod, type Pod } from '../support/pod-in-process.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { eventually, gate, sleep } from '../support/wait.js';

let server: TestDatabase;
let proxy: Proxy;
let database: Database;
let pod: Pod;

beforeAll(async () => {
  server = await startTestDatabase();
  proxy = await Proxy.start(upstreamOf(server.uri));
  database = await Database.connect(uriThrough(server.uri, proxy));
  pod = buildPod(database, 'pod');
  await pod.collections.ensureIndexes();
});
afterEach(async () => {
  armFaults(undefined);
  proxy.set('pass');
  await pod.relay.idle();
});
afterAll(async () => {
  await database.close();
  await proxy.close();
  await server.close();
});

const away = { code: 'unavailable', retryable: true };

describe('a deadline', () => {
  it('is 2.5 s for work that has none, and the earlier of two', async () => {
    expect(remainingMilliseconds()).toBe(REQUEST_DEADLINE_MS);
    await withDeadline(500, async () => {
      await withDeadline(5_000, async () => expect(remainingMilliseconds()).toBeLessThanOrEqual(500));
      await withDeadline(100, async () => expect(remainingMilliseconds()).toBeLessThanOrEqual(100));
      expect(remainingMilliseconds()).toBeGreaterThan(100);
      expect(withoutDeadline(remainingMilliseconds)).toBe(REQUEST_DEADLINE_MS);
    });
    expect(remainingMilliseconds()).toBe(REQUEST_DEADLINE_MS);
  });

  it('gives each operation what remains, and starts none when nothing does', async () => {
    const given: number[] = [];
    const operation = async (maxTimeMS: number): Promise<void> => void given.push(maxTimeMS);
    await withDeadline(80, async () => {
      await bounded(operation);
      await sleep(40);
      await bounded(operation);
      await sleep(60);
      await expect(bounded(operation)).rejects.toMatchObject(away);
    });
    expect(given).toHaveLength(2);
    const [first = 0, second = 0] = given;
    expect([first <= 80, second <= 40, second > 0]).toEqual([true, true, true]);
  });
});

describe('a black hole', () => {
  it('answers every kind of operation in time, as retryable, whatever the driver waits for', async () => {
    const actor = systemActor('hole');
    const { _id } = await pod.items.create(actor, 'before', 'first');
    await pod.relay.idle();
    proxy.set('blackhole');
    const began = performance.now();
    const { repository } = pod.items;
    const answers = await Promise.allSettled([
      pod.items.create(actor, 'k', 'first'),
      pod.items.rewrite(actor, _id, 'second'),
      repository.findById(actor, _id),
      repository.find(actor, {}, { sort: { _id: 1 }, limit: 1 }),
      pod.reader.read('hole', 0),
      pod.reader.head('hole'),
      pod.journal.append('hole', []),
      pod.deadLetters.list(actor, { limit: 1 }),
      pod.sweep.run(),
      withDeadline(300, () => pod.items.create(actor, 'hurried', 'first')),
    ]);
    const took = performance.now() - began;
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject(away);
    expect([took > 2_400, took < 3_000]).toEqual([true, true]);
    proxy.cut();
    proxy.set('pass');
    const back = async (): Promise<boolean> =>
      pod.items.create(actor, 'k', 'first').then(
        () => true,
        () => false,
      );
    expect(await eventually(5_000, back)).toBe(true);
  });
});

describe('background work', () => {
  it('leaves the deadline of the request that began it', async () => {
    const held = gate();
    armFaults((point) => (point === 'relay.before-projections' ? held.opened : undefined));
    const remaining: number[] = [];
    const worker = buildPod(database, 'worker');
    for (const stage of ['projection', 'reaction'] as const)
      listen(
        worker,
        `lookAtTheDeadlineIn${stage}`,
        stage,
        async () => void remaining.push(remainingMilliseconds()),
      );
    const { _id } = await withDeadline(2_000, () => writeThings(worker, 'background', ['a']));
    await withDeadline(700, async () => {
      await worker.items.repository.update(systemActor('background'), _id, () => ({
        events: [thing('background', 'b')],
      }));
      while (remainingMilliseconds() > 0) await sleep(10);
      // The request is over. No sweep runs in this test: these very rounds have to get through.
      held.open();
      await worker.relay.idle();
    });
    expect([await journalOf(worker, 'background'), await outboxOf(worker, _id)]).toEqual([
      ['things a', 'things b'],
      [],
    ]);
    expect(remaining).toHaveLength(4);
    for (const each of remaining) expect(each).toBeGreaterThan(1_500);
  });

  it('leaves it in the journal too, whose timer and whose next chunk others wait for', async () => {
    const held = gate();
    armFaults((point, name) =>
      point === 'journal.before-append' && name === 'chunks' ? held.opened : undefined,
    );
    const chunks = buildPod(database, 'chunks');
    const event = (id: string) => ({
      id,
      name: 'data.changed',
      wire: 'data_change',
      at: new Date(),
      audience: ['staff'] as const,
      data: {},
    });
    const first = withDeadline(30, () => chunks.journal.append('chunks', [event('one')]));
    await sleep(10);
    const second = withDeadline(30, () => chunks.journal.append('chunks', [event('two')]));
    await sleep(60);
    held.open();
    await Promise.all([first, second]);
    expect((await chunks.reader.read('chunks', 0)).map(({ id }) => id)).toEqual(['one', 'two']);
  });
});

describe('an error of the driver', () => {
  const says = (code: number) => new mongo.MongoServerError({ code, message: 'as a server says it' });
  const bulk = new mongo.MongoBulkWriteError(new Error('connection closed'), {} as never);

  it('means that the outcome is unknown, when the server said so or nothing at all', () => {
    const unknown = [
      new mongo.MongoNetworkError('connection 1 closed'),
      new mongo.MongoServerSelectionError('nobody there', {} as never),
      new mongo.MongoNotConnectedError('not yet'),
      Object.assign(new Error('write ECONNRESET'), { errno: -104, syscall: 'write', code: 'ECONNRESET' }),
      bulk,
      ...[50, 91, 189, 262, 10107, 11600, 13435, 14031].map(says),
    ];
    for (const error of unknown)
      expect([error.message, isDatabaseAway(error)]).toEqual([error.message, true]);
    const known = [
      new Error('of ours'),
      says(11000),
      says(2),
      says(121),
      new DomainError('busy'),
      undefined,
      'text',
    ];
    for (const error of known) expect([String(error), isDatabaseAway(error)]).toEqual([String(error), false]);
  });

  it('names the unique key that refused it, and no other', () => {
    const message =
      'E11000 duplicate key error collection: test.items index: business_1_idempotencyKey_1 dup key: { business: "a" }';
    const error = new mongo.MongoServerError({ code: 11000, message });
    expect(isDuplicateOf(error, 'business', 'idempotencyKey')).toBe(true);
    for (const fields of [
      ['business'],
      ['idempotencyKey', 'business'],
      ['business', 'idempotencyKey', 'x'],
      [],
    ])
      expect(isDuplicateOf(error, ...fields)).toBe(false);
  });
});
