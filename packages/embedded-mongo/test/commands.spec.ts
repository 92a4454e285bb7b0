import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Decimal128, ObjectId, type Document } from 'bson';
import { removeFolders } from './support/folders.js';
import { filled, openHarness, type Harness, type RunCommand } from './support/dispatcher.js';

/** What the conformance cases cannot say: bounds, races, and what only this server refuses. */
let harness: Harness;
let run: RunCommand;

beforeAll(async () => {
  harness = await openHarness();
  run = harness.run;
});

afterAll(async () => {
  await harness.close();
  removeFolders();
});

describe('what is refused', () => {
  it.each([
    ['an unknown command, by name', { frobnicate: 1 }, 59, /frobnicate/],
    ['an unknown field, by name', { find: 'c', fltr: {} }, 40415, /find\.fltr/],
    [
      'an unknown field of a statement',
      { delete: 'c', deletes: [{ q: {}, limit: 1, comment: 'x' }] },
      40415,
      /deletes\.comment/,
    ],
    ['sessions', { find: 'c', lsid: { id: new ObjectId() } }, 20, /sessions/],
    [
      'transactions',
      { insert: 'c', documents: [{}], startTransaction: true, autocommit: false },
      20,
      /transactions/,
    ],
    ['tailable cursors', { find: 'c', tailable: true }, 72, /tailable/],
    ['capped collections', { create: 'd', capped: true, size: 1000 }, 72, /capped/],
    ['views', { create: 'd', viewOn: 'c', pipeline: [] }, 72, /viewOn/],
    ['linearizable reads', { find: 'c', readConcern: { level: 'linearizable' } }, 123, /linearizable/],
    ['snapshot reads', { find: 'c', readConcern: { level: 'snapshot' } }, 123, /snapshot/],
    ['more than one server', { insert: 'c', documents: [{}], writeConcern: { w: 2 } }, 2, /w/],
    ['unknown write concerns', { insert: 'c', documents: [{}], writeConcern: { w: 'tagged' } }, 79, /tagged/],
    ['negative times', { find: 'c', maxTimeMS: -1 }, 2, /maxTimeMS/],
    ['$out', { aggregate: 'c', pipeline: [{ $out: 'd' }], cursor: {} }, 40324, /\$out/],
    ['$merge', { aggregate: 'c', pipeline: [{ $merge: 'd' }], cursor: {} }, 40324, /\$merge/],
    ['$sample', { aggregate: 'c', pipeline: [{ $sample: { size: 1 } }], cursor: {} }, 40324, /\$sample/],
    [
      '$changeStream',
      { aggregate: 'c', pipeline: [{ $changeStream: {} }], cursor: {} },
      40573,
      /\$changeStream/,
    ],
    ['$where', { find: 'c', filter: { $where: '1' } }, 238, /\$where/],
  ])('%s', async (_, command, code, words) => {
    const reply = await run(command);
    expect(reply).toMatchObject({ ok: 0, code });
    expect(reply['errmsg']).toMatch(words);
  });

  it.each([
    ...['validate', 'dbStats', 'collStats', 'serverStatus', 'connectionStatus'],
    ...['startSession', 'mapReduce', 'createUser', 'collMod', 'renameCollection'],
  ])('the command %s, by its name', async (name) => {
    const reply = await run({ [name]: 'c' });
    expect(reply).toMatchObject({ ok: 0, code: 59 });
    expect(reply['errmsg']).toContain(`'${name}'`);
  });

  it.each([
    ...['$zip', '$sortArray', '$indexOfArray', '$firstN', '$lastN', '$minN', '$maxN'],
    ...['$getField', '$setField', '$unsetField', '$dateFromString', '$dateFromParts', '$dateToParts'],
    ...['$setUnion', '$setIntersection', '$setDifference', '$setEquals', '$setIsSubset'],
    ...['$anyElementTrue', '$allElementsTrue', '$regexFind', '$regexFindAll', '$replaceOne', '$replaceAll'],
    ...['$indexOfBytes', '$indexOfCP', '$strcasecmp', '$rand', '$function'],
  ])('the expression %s, by its name', async (name) => {
    const reply = await run({ aggregate: 'c', pipeline: [{ $set: { x: { [name]: '$a' } } }], cursor: {} });
    expect(reply).toMatchObject({ ok: 0, code: 168 });
    expect(reply['errmsg']).toContain(`'${name}'`);
  });

  it.each(['$firstN', '$lastN', '$minN', '$maxN', '$top', '$bottom', '$topN', '$bottomN', '$percentile'])(
    'the accumulator %s, by its name',
    async (name) => {
      const group = { $group: { _id: null, x: { [name]: '$a' } } };
      const reply = await run({ aggregate: 'c', pipeline: [group], cursor: {} });
      expect(reply).toMatchObject({ ok: 0, code: 15952 });
      expect(reply['errmsg']).toContain(`'${name}'`);
    },
  );

  it.each(['$bitsAllSet', '$bitsAllClear', '$bitsAnySet', '$bitsAnyClear', '$rand'])(
    'the filter %s, by its name',
    async (name) => {
      const reply = await run({ find: 'c', filter: { a: { [name]: 1 } } });
      expect(reply).toMatchObject({ ok: 0, code: 2 });
      expect(reply['errmsg']).toContain(name);
    },
  );

  it.each(['$sqrt', '$exp', '$ln', '$log10'])(
    '%s of a Decimal128, which it would approximate',
    async (name) => {
      const pipeline = [{ $set: { x: { [name]: '$a' } } }];
      const collection = await filled(run, 1, () => ({ a: Decimal128.fromString('2') }));
      const reply = await run({ aggregate: collection, pipeline, cursor: {} });
      expect(reply).toMatchObject({ ok: 0, code: 238 });
      expect(reply['errmsg']).toContain(name);
    },
  );

  it('nothing of a pipeline in a pipeline in a pipeline, without an end', async () => {
    let pipeline: Document[] = [];
    for (let depth = 0; depth < 30; depth++) pipeline = [{ $unionWith: { coll: 'c', pipeline } }];
    expect(await run({ aggregate: 'c', pipeline, cursor: {} })).toMatchObject({ ok: 0, code: 232 });
  });
});

describe('greetings', () => {
  it('answer by the name they were called', async () => {
    expect(await run({ hello: 1, client: {}, compression: [] })).toEqual({ isWritablePrimary: true, ok: 1 });
    expect(await run({ ismaster: 1, helloOk: true })).toEqual({ ismaster: true, ok: 1 });
  });
});

describe('insert', () => {
  it('takes documents from a sequence as they are, and makes a missing _id', async () => {
    const name = await filled(run, 2, (n) => (n === 0 ? { _id: 'own', a: 1 } : { a: 2 }));
    const { cursor } = await run({ find: name, sort: { a: 1 } });
    expect(cursor.firstBatch).toEqual([
      { _id: 'own', a: 1 },
      { _id: expect.any(ObjectId), a: 2 },
    ]);
    expect(Object.keys(cursor.firstBatch[1])).toEqual(['_id', 'a']);
  });

  it('names the key of each duplicate', async () => {
    const name = await filled(run, 1);
    await run({ createIndexes: name, indexes: [{ key: { 'a.b': 1 }, name: 'ab', unique: true }] });
    const documents = [{ _id: 1, a: { b: 'x' } }, { _id: 2, a: { b: 'x' } }, { _id: 0, a: 1 }, { _id: 3 }];
    const reply = await run({ insert: name, ordered: false }, { documents });
    expect(reply).toMatchObject({
      n: 1,
      writeErrors: [
        { index: 1, code: 11000, keyPattern: { 'a.b': 1 }, keyValue: { 'a.b': 'x' } },
        { index: 2, code: 11000 },
        { index: 3, code: 11000, keyPattern: { 'a.b': 1 }, keyValue: { 'a.b': null } },
      ],
    });
    expect(await run({ insert: name }, { documents: [{ _id: 0 }, { _id: 9, a: { b: 9 } }] })).toMatchObject({
      n: 0,
    });
  });

  it('refuses documents over 16 MiB and batches over 100,000', async () => {
    const name = await filled(run, 1);
    const text = 'x'.repeat(16 * 1024 * 1024);
    expect(await run({ insert: name }, { documents: [{ text }] })).toMatchObject({
      n: 0,
      writeErrors: [{ code: 10334 }],
    });
    const many = Array.from({ length: 100_001 }, () => ({}));
    expect(await run({ insert: name }, { documents: many })).toMatchObject({ ok: 0, code: 16 });
  });

  it('leaves out the words when very many are refused', async () => {
    const name = await filled(run, 1);
    const documents = Array.from({ length: 10_000 }, () => ({ _id: 0 }));
    const { n, writeErrors } = await run({ insert: name, ordered: false }, { documents });
    expect(n).toBe(0);
    expect(writeErrors).toHaveLength(10_000);
    expect(writeErrors[9_999]).toEqual({ index: 9_999, code: 11000, errmsg: '' });
  });
});

describe('update', () => {
  it('does not meet a document again that it has moved ahead in its own index', async () => {
    const name = await filled(run, 500);
    await run({ createIndexes: name, indexes: [{ key: { n: 1 }, name: 'n' }] });
    const updates = [{ q: { n: { $gte: 0 } }, u: { $inc: { n: 1000 } }, multi: true }];
    expect(await run({ update: name, updates })).toMatchObject({ n: 500, nModified: 500 });
    expect(await run({ count: name, query: { n: { $gte: 2000 } } })).toMatchObject({ n: 0 });
  });

  it('is alone with its document, however many there are at once', async () => {
    const name = await filled(run, 1);
    const one = { findAndModify: name, query: { _id: 0 }, update: { $inc: { n: 1 } }, new: true };
    const values = await Promise.all(
      Array.from({ length: 50 }, async () => Number((await run(one))['value'].n)),
    );
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  it('goes on after a refused statement only when it is unordered', async () => {
    const name = await filled(run, 2);
    const updates = [
      { q: { _id: 0 }, u: { $set: { _id: 5 } } },
      { q: { _id: 1 }, u: { $set: { n: 7 } } },
    ];
    expect(await run({ update: name, updates })).toMatchObject({
      n: 0,
      writeErrors: [{ index: 0, code: 66 }],
    });
    expect(await run({ update: name, updates, ordered: false })).toMatchObject({
      n: 1,
      writeErrors: [{ index: 0, code: 66 }],
    });
  });

  it('by a pipeline sees the variables of let', async () => {
    const name = await filled(run, 1);
    await run({ update: name, updates: [{ q: {}, u: [{ $set: { n: '$$wanted' } }] }], let: { wanted: 42 } });
    expect((await run({ find: name }))['cursor'].firstBatch).toEqual([{ _id: 0, n: 42 }]);
  });
});

describe('indexes', () => {
  it('createIndexes builds all or none', async () => {
    const name = await filled(run, 2, (n) => ({ _id: n, same: 1 }));
    const indexes = [
      { key: { a: 1 }, name: 'a' },
      { key: { same: 1 }, name: 'same', unique: true },
    ];
    expect(await run({ createIndexes: name, indexes })).toMatchObject({ ok: 0, code: 11000 });
    expect((await run({ listIndexes: name }))['cursor'].firstBatch).toHaveLength(1);
  });

  it('explain tells which one is used, of every command that finds documents', async () => {
    const name = await filled(run, 10);
    await run({ createIndexes: name, indexes: [{ key: { n: 1 }, name: 'n_1' }] });
    const query = { n: 3 };
    const commands = [
      { find: name, filter: query },
      { count: name, query },
      { distinct: name, key: 'n', query },
      { update: name, updates: [{ q: query, u: { $set: { n: 99 } } }] },
      { delete: name, deletes: [{ q: query, limit: 1 }] },
      { findAndModify: name, query, remove: true },
      { aggregate: name, pipeline: [{ $match: query }, { $group: { _id: null } }], cursor: {} },
    ];
    for (const command of commands) {
      const explained = await run({ explain: command, verbosity: 'executionStats' });
      expect(JSON.stringify(explained['queryPlanner'].winningPlan)).toContain('"indexName":"n_1"');
      expect(explained['executionStats']).toMatchObject({ nReturned: 1 });
    }
    expect(await run({ count: name, query })).toMatchObject({ n: 1 });
    expect(await run({ aggregate: name, pipeline: [], explain: true })).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'COLLSCAN' } },
    });
  });
});

describe('documents with an end', () => {
  it('are swept by their index when the clock says so, and only those', async () => {
    let now = Date.parse('2024-01-01T00:00:00Z');
    const own = await openHarness({ clock: () => new Date(now), ttlSweepMs: 10 });
    const at = new Date(now);
    await own.run({ createIndexes: 't', indexes: [{ key: { at: 1 }, name: 'at', expireAfterSeconds: 60 }] });
    await own.run({
      insert: 't',
      documents: [{ _id: 1, at }, { _id: 2, at: 'text' }, { _id: 3 }, { _id: 4, at: [at] }],
    });
    await sleep(50);
    expect(await own.run({ count: 't' })).toMatchObject({ n: 4 });
    now += 61_000;
    for (let i = 0; i < 100 && (await own.run({ count: 't' }))['n'] > 2; i++) await sleep(10);
    expect((await own.run({ distinct: 't', key: '_id' }))['values']).toEqual([2, 3]);
    await own.close();
  });
});
