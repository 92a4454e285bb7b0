// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startNewEpoch, startNewEpochsAt } from '../../src/platform/journal/epoch.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { events, idsOf, retention } from '../support/journal.js';
import { buildPod, MovableClock, type Pod } from '../support/pod-in-process.js';

const HOUR = 3_600_000;
let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  database = await Database.connect(server.uri);
  await buildPod(database, 'first').collections.ensureIndexes();
});
afterAll(async () => {
  await database.close();
  await server.close();
});

describe('retention', () => {
  /** Four chunks of four events, one each hour, the last one an hour old. */
  async function aged(business: string): Promise<Pod> {
    const clock = new MovableClock();
    const pod = buildPod(database, business, clock);
    for (const part of ['a', 'b', 'c', 'd']) {
      await pod.journal.append(business, events(part, 4, 1_000));
      clock.advance(HOUR);
    }
    return pod;
  }
  const firsts = async (pod: Pod): Promise<number[]> =>
    (await pod.journalModel.find({ business: pod.name }).sort({ first: 1 }).lean()).map(({ first }) => first);
  const through = async (pod: Pod): Promise<number | undefined> =>
    (await pod.trims.findOne({ _id: pod.name }).lean())?.through;

  it('removes what is too old, writes down how far, and never the newest chunk', async () => {
    const pod = await aged('old');
    await retention(pod, { maxAgeMs: 2.5 * HOUR }).run();
    expect([await firsts(pod), await through(pod)]).toEqual([[9, 13], 8]);
    await retention(pod, { maxAgeMs: 0, minAgeMs: 0 }).run();
    await retention(pod, { maxAgeMs: 0, minAgeMs: 0 }).run();
    expect([await firsts(pod), await through(pod)]).toEqual([[13], 12]);
    await pod.journal.append('old', events('on', 1));
    expect(idsOf(await pod.reader.read('old', 16))).toEqual(['on-0']);
  });

  it('removes what is too much, in events and in bytes, but nothing younger than the minimum', async () => {
    // Each run trims every business.
    const many = await aged('many-events');
    await retention(many, { maxEvents: 8, minAgeMs: 0 }).run();
    expect(await firsts(many)).toEqual([9, 13]);
    const heavy = await aged('many-bytes');
    await retention(heavy, { maxBytes: 13_000, minAgeMs: 0 }).run();
    expect(await firsts(heavy)).toEqual([9, 13]);
    const young = await aged('young');
    await retention(young, { maxEvents: 1, minAgeMs: 3.5 * HOUR }).run();
    expect(await firsts(young)).toEqual([5, 9, 13]);
  });

  it('leaves a business alone in which an event waits for over an hour', async () => {
    const pod = await aged('held');
    await retention(pod, { maxAgeMs: 0, minAgeMs: 0 }, ['held']).run();
    expect([await firsts(pod), await through(pod)]).toEqual([[1, 5, 9, 13], undefined]);
  });

  it('finds those businesses by their outboxes', async () => {
    const pod = buildPod(database, 'pending');
    const entry = { id: 'waits', name: 'data.changed', at: new Date(Date.now() - 2 * HOUR) };
    await pod.items.repository.collection().insertMany([
      { _id: 'p1' as never, business: 'waits-long', rev: 1, idempotencyKey: 'p1', outbox: [entry] },
      { _id: 'p2' as never, business: 'waits-not', rev: 1, idempotencyKey: 'p2', outbox: [] },
      {
        _id: 'p3' as never,
        business: 'waits-short',
        rev: 1,
        idempotencyKey: 'p3',
        outbox: [{ ...entry, at: new Date() }],
      },
    ]);
    expect([...(await pod.sweep.businessesPendingSince(new Date(Date.now() - HOUR)))]).toEqual([
      'waits-long',
    ]);
  });
});

describe('a new epoch', () => {
  it('makes cursors from before worthless, takes one number, and lets pods go on that knew the old one', async () => {
    const pod = buildPod(database, 'epoch');
    await pod.journal.append('epoch', events('old', 3));
    const old = await pod.reader.head('epoch');
    const epoch = await startNewEpoch(pod.journalModel, 'epoch', pod.clock);
    expect(epoch).not.toBe(old?.epoch);
    expect(await pod.reader.locate('epoch', old ?? { epoch: '', seq: 0 })).toMatchObject({ reason: 'epoch' });
    await pod.journal.append('epoch', events('new', 2));
    expect(await pod.reader.head('epoch')).toEqual({ epoch, seq: 6 });
    const [, , , started] = await pod.reader.read('epoch', 0);
    expect(started).toMatchObject({
      seq: 4,
      name: 'journal.epoch-started',
      wire: null,
      audience: ['pods'],
      data: { previous: old?.epoch },
    });
  });

  it('is started for every business that has a journal', async () => {
    const pod = buildPod(database, 'epochs');
    const before = new Map<string, string>();
    for (const business of await pod.journalModel.distinct('business')) {
      before.set(business, (await pod.reader.head(business))?.epoch ?? '');
    }
    expect(await startNewEpochsAt(server.uri)).toBe(before.size);
    for (const [business, epoch] of before) expect((await pod.reader.head(business))?.epoch).not.toBe(epoch);
  });
});
