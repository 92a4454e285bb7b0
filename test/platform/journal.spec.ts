// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { armFaults } from '../../src/platform/faults.js';
import { formatCursor, parseCursor, type NumberedEvent } from '../../src/platform/journal/journal.reader.js';
import { connectWatched, type Commands } from '../support/commands.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { events, idsOf, retention } from '../support/journal.js';
import { buildPod, MovableClock, type Pod } from '../support/pod-in-process.js';
import type { Database } from '../../src/platform/mongo/connection.js';
import { eventually, gate } from '../support/wait.js';

const HOUR = 3_600_000;
let server: TestDatabase;
let database: Database;
let commands: Commands;

beforeAll(async () => {
  server = await startTestDatabase();
  ({ database, commands } = await connectWatched(server.uri));
  await buildPod(database, 'first').collections.ensureIndexes();
});
afterAll(async () => {
  await database.close();
  await server.close();
});

/** The whole journal of a business by its chunks: the numbers have to be 1..N, or this says which is not. */
async function numbered(pod: Pod, business: string): Promise<string[]> {
  const ids: string[] = [];
  for (const { first, last, events: held } of await pod.journalModel
    .find({ business })
    .sort({ first: 1 })
    .lean()) {
    expect({ first, last }).toEqual({ first: ids.length + 1, last: ids.length + held.length });
    ids.push(...held.map(({ id }) => id));
  }
  return ids;
}

describe('appending', () => {
  it('numbers what several pods append at once 1..N, each event once and each list in its order', async () => {
    const pods = ['a', 'b', 'c'].map((name) => buildPod(database, name));
    const shared = events('shared', 30);
    await Promise.all(
      pods.flatMap((pod) => [
        pod.journal.append('several', shared),
        ...[0, 1, 2].map((part) => pod.journal.append('several', events(`${pod.name}${part}`, 20))),
      ]),
    );
    const [pod] = pods as [Pod];
    const ids = await numbered(pod, 'several');
    expect(ids).toHaveLength(30 + 9 * 20);
    expect(new Set(ids).size).toBe(ids.length);
    for (const prefix of ['a0', 'b1', 'c2', 'shared'])
      expect(ids.filter((id) => id.startsWith(`${prefix}-`))).toEqual(
        idsOf(events(prefix, prefix === 'shared' ? 30 : 20)),
      );
  });

  it('takes an event once that is appended twice: at once, later, or by another pod', async () => {
    const [one, two] = [buildPod(database, 'one'), buildPod(database, 'two')];
    const list = events('e', 3);
    await Promise.all([one.journal.append('twice', list), one.journal.append('twice', list)]);
    await one.journal.append('twice', [...list, ...events('later', 1)]);
    await two.journal.append('twice', [...list, ...events('other', 1), ...list]);
    expect(await numbered(one, 'twice')).toEqual(['e-0', 'e-1', 'e-2', 'later-0', 'other-0']);
  });

  it('bounds a chunk by 200 events and by a megabyte', async () => {
    const pod = buildPod(database, 'bounds');
    await Promise.all([
      pod.journal.append('many', events('many', 450)),
      pod.journal.append('large', events('large', 80, 30_000)),
    ]);
    const shapes = async (business: string) =>
      (await pod.journalModel.find({ business }).sort({ first: 1 }).lean()).map(
        ({ events: held, bytes }) => ({
          count: held.length,
          fits: bytes <= 1024 * 1024,
        }),
      );
    expect(await shapes('many')).toEqual([200, 200, 50].map((count) => ({ count, fits: true })));
    expect(await shapes('large')).toEqual([34, 34, 12].map((count) => ({ count, fits: true })));
    expect(await numbered(pod, 'large')).toEqual(idsOf(events('large', 80)));
  });

  it('writes what many businesses wait for with one command, and reads no head that it has just seen', async () => {
    const pod = buildPod(database, 'groups');
    const businesses = Array.from({ length: 50 }, (_, at) => `group-${at}`);
    const appendToAll = (prefix: string) => () =>
      Promise.all(businesses.map((business) => pod.journal.append(business, events(prefix, 2))));
    const first = await commands.during(appendToAll('x'), { collection: 'journal' });
    expect(first.filter(({ name }) => name === 'insert')).toHaveLength(1);
    expect(await commands.during(appendToAll('y'), { collection: 'journal' })).toHaveLength(1);
    for (const business of businesses) expect(await numbered(pod, business)).toHaveLength(4);
  });

  it('looks at a head again that it saw more than a minute ago', async () => {
    const clock = new MovableClock();
    const pod = buildPod(database, 'stale', clock);
    await pod.journal.append('stale', events('x', 1));
    const reads = () =>
      commands.during(() => pod.journal.append('stale', events(`at${clock.monotonic()}`, 1)), {
        name: 'find',
        collection: 'journal',
      });
    clock.advance(59_000);
    expect(await reads()).toHaveLength(0);
    clock.advance(61_000);
    expect(await reads()).toHaveLength(1);
  });

  it('tells of each chunk that it appended, in order, and goes on when whoever it tells fails', async () => {
    const pod = buildPod(database, 'told');
    const told: string[] = [];
    pod.journal.onAppended(() => {
      throw new Error('a listener of the test');
    });
    pod.journal.onAppended((business, chunk) => told.push(`${business} ${chunk.first}-${chunk.last}`));
    await pod.journal.append('told', events('x', 3));
    await pod.journal.append('told', events('x', 3));
    await pod.journal.append('told', events('y', 2));
    expect(told).toEqual(['told 1-3', 'told 4-5']);
  });

  it('appends again when retention took away what a pod wrote that had stood still', async () => {
    const clock = new MovableClock();
    const [still, busy] = [buildPod(database, 'still', clock), buildPod(database, 'busy')];
    await still.journal.append('still', events('early', 1));
    const [before, after] = [gate(), gate()];
    const arrived = gate();
    armFaults((point, pod) => {
      if (pod !== 'still') return undefined;
      if (point === 'journal.before-append') {
        arrived.open();
        return before.opened;
      }
      return point === 'journal.after-append' ? after.opened : undefined;
    });
    try {
      const appending = still.journal.append('still', events('late', 1));
      await arrived.opened;
      await busy.journal.append('still', events('between', 3));
      await busy.journal.append('still', events('newest', 1));
      const trim = retention(busy, { maxAgeMs: 0, minAgeMs: -HOUR });
      await trim.run();
      clock.advance(61_000);
      before.open();
      // Its chunk is in now, under a number that was used before; a second trim removes it.
      const isIn = async () => (await busy.reader.read('still', 0)).some(({ id }) => id === 'late-0');
      expect(await eventually(5_000, isIn)).toBe(true);
      await trim.run();
      after.open();
      await appending;
    } finally {
      armFaults(undefined);
    }
    const left = await busy.reader.read('still', 0);
    expect(left.map(({ seq, id }) => `${seq} ${id}`)).toEqual(['5 newest-0', '6 late-0']);
  });
});

describe('reading', () => {
  it('gives every page from every place, whatever the chunks are like', async () => {
    const pod = buildPod(database, 'pages');
    for (const [at, size] of [1, 1, 1, 5, 200, 3, 1, 1, 40, 1].entries())
      await pod.journal.append('pages', events(`c${at}`, size));
    for (let at = 0; at < 220; at += 1) await pod.journal.append('pages', events(`single${at}`, 1));
    const ids = await numbered(pod, 'pages');
    const places = [0, 1, 2, 3, 7, 8, 9, 100, 207, 208, 209, 254, 255, 300, 400, 473, 474, 500];
    for (const limit of [1, 7, 50, 200]) {
      for (const seq of places) {
        const page = await pod.reader.read('pages', seq, limit);
        expect({ limit, seq, page: page.map((event: NumberedEvent) => [event.seq, event.id]) }).toEqual({
          limit,
          seq,
          page: ids.slice(seq, seq + limit).map((id, at) => [seq + at + 1, id]),
        });
      }
    }
  });

  it('asks for large chunks a few at a time', async () => {
    const pod = buildPod(database, 'heavy');
    for (let at = 0; at < 4; at += 1) await pod.journal.append('heavy', events(`c${at}`, 200, 2_000));
    expect(await pod.reader.read('heavy', 0, 200)).toHaveLength(200);
    const sent = await commands.during(() => pod.reader.read('heavy', 0, 200), { collection: 'journal' });
    expect(
      sent.filter(({ name }) => name === 'find').every(({ body }) => Number(body['batchSize']) <= 50),
    ).toBe(true);
  });

  it('knows a cursor from garbage', () => {
    const cursor = { epoch: 'aB-_1', seq: 12 };
    expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
    const garbage = [
      '',
      '.',
      'a',
      'a.',
      '.1',
      'a.-1',
      'a.01',
      'a.1.1',
      'a.1e3',
      'ä.1',
      `${'a'.repeat(25)}.1`,
      'a.9999999999999999',
      ' a.1',
      'a.1\n',
    ];
    for (const text of garbage) expect([text, parseCursor(text)]).toEqual([text, undefined]);
  });

  it('says what is between a cursor and the head, or that it cannot be replayed', async () => {
    const pod = buildPod(database, 'locate');
    expect(await pod.reader.locate('locate', { epoch: 'x', seq: 0 })).toMatchObject({
      kind: 'replay',
      missing: 0,
    });
    expect(await pod.reader.locate('locate', { epoch: 'x', seq: 1 })).toMatchObject({
      kind: 'resync',
      reason: 'ahead',
    });
    for (const part of ['a', 'b', 'c']) await pod.journal.append('locate', events(part, 4));
    const head = await pod.reader.head('locate');
    const epoch = head?.epoch ?? '';
    expect(head).toEqual({ epoch, seq: 12 });
    const at = (seq: number, of = epoch) => pod.reader.locate('locate', { epoch: of, seq });
    expect(await at(12)).toEqual({ kind: 'replay', head, missing: 0 });
    expect(await at(0)).toEqual({ kind: 'replay', head, missing: 12 });
    expect(await at(13)).toEqual({ kind: 'resync', head, reason: 'ahead' });
    expect(await at(5, 'other')).toEqual({ kind: 'resync', head, reason: 'epoch' });
    await pod.journalModel.deleteMany({ business: 'locate', first: { $lt: 9 } });
    expect(await at(8)).toEqual({ kind: 'replay', head, missing: 4 });
    expect(await at(7)).toEqual({ kind: 'resync', head, reason: 'trimmed' });
  });
});
