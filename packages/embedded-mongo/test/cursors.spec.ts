import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filled, openHarness, type Harness, type RunCommand } from './support/dispatcher.js';
import { removeFolders } from './support/folders.js';

/** Answers in batches, and the bounds on what one command may take. */
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

describe('cursors', () => {
  it('give all documents once, batch by batch, and are gone at the end', async () => {
    const name = await filled(run, 250);
    const first = (await run({ find: name, sort: { _id: 1 } }))['cursor'];
    const more = { getMore: first.id, collection: name, batchSize: 100 };
    expect(first.firstBatch).toHaveLength(101);
    const second = (await run(more))['cursor'];
    expect(second).toMatchObject({ id: first.id, ns: `test.${name}` });
    expect(second.nextBatch[0]).toEqual({ _id: 101, n: 101 });
    const third = (await run(more))['cursor'];
    expect(third.id).toBe(0n);
    expect(third.nextBatch).toHaveLength(49);
    expect(await run(more)).toMatchObject({ ok: 0, code: 43 });
  });

  it('keep their batches under 16 MiB', async () => {
    const name = await filled(run, 5, (n) => ({ _id: n, text: 'x'.repeat(6_000_000) }));
    const first = (await run({ find: name }))['cursor'];
    expect(first.firstBatch).toHaveLength(2);
    const second = (await run({ getMore: first.id, collection: name }))['cursor'];
    expect(second.nextBatch).toMatchObject([{ _id: 2 }, { _id: 3 }]);
  });

  it('are killed, and belong to one namespace', async () => {
    const name = await filled(run, 5);
    const { id } = (await run({ find: name, batchSize: 1 }))['cursor'];
    expect(await run({ getMore: id, collection: 'other' })).toMatchObject({ ok: 0, code: 13 });
    expect(await run({ killCursors: name, cursors: [id, 5n] })).toMatchObject({
      cursorsKilled: [id],
      cursorsNotFound: [5n],
    });
    expect(await run({ getMore: id, collection: name })).toMatchObject({ ok: 0, code: 43 });
  });

  it.each([
    ['collection', (name: string) => ({ drop: name })],
    ['index', (name: string) => ({ dropIndexes: name, index: 'n' })],
  ])('say so when their %s is dropped', async (_, drop) => {
    const name = await filled(run, 1000);
    await run({ createIndexes: name, indexes: [{ key: { n: 1 }, name: 'n' }] });
    const { id } = (await run({ find: name, filter: { n: { $gte: 0 } }, batchSize: 2 }))['cursor'];
    await run(drop(name));
    expect(await run({ getMore: id, collection: name })).toMatchObject({ ok: 0, code: 175 });
  });
});

describe('time and memory', () => {
  it('maxTimeMS ends a read that takes too long', async () => {
    const name = await filled(run, 2000);
    const slow = { $lookup: { from: name, pipeline: [{ $match: { n: -1 } }], as: 'x' } };
    const startedAt = performance.now();
    expect(await run({ aggregate: name, pipeline: [slow], cursor: {}, maxTimeMS: 50 })).toMatchObject({
      ok: 0,
      code: 50,
    });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(await run({ count: name, maxTimeMS: 5000 })).toMatchObject({ n: 2000 });
  });

  it('stages that hold everything hold 100 MiB at most', async () => {
    const name = await filled(run, 12, (n) => ({ _id: n, text: 'x'.repeat(10_000_000) }));
    const codes = await Promise.all(
      [
        [{ $set: { a: 1 } }, { $sort: { text: 1, a: 1 } }],
        [{ $group: { _id: null, all: { $push: '$text' } } }],
        [{ $facet: { all: [] } }],
      ].map(async (pipeline) => (await run({ aggregate: name, pipeline, cursor: {} }))['code'] as unknown),
    );
    expect(codes).toEqual([292, 146, 146]);
  });

  it('a value that doubles with each stage is refused before it is compared', async () => {
    const name = await filled(run, 1);
    const doubling = Array.from({ length: 60 }, () => ({ $set: { n: ['$n', '$n'] } }));
    const pipeline = [...doubling, { $group: { _id: '$n' } }];
    expect(await run({ aggregate: name, pipeline, cursor: {} })).toMatchObject({ ok: 0, code: 146 });
  });
});
