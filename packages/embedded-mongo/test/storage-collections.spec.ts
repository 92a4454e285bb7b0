import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { toDoc, toPlain } from './support/plain.js';
import { CommandError } from '../src/errors.js';
import { KeyValueStore } from '../src/storage/kv.js';
import { rebuildCheck } from './support/rebuild-check.js';
import { encodeKey } from '../src/values/keys.js';
import {
  all,
  closeStores,
  codeOf,
  createIndex,
  everything,
  find,
  insert,
  items,
  ns,
  remove,
  replace,
  start,
  startWith,
  testFolder,
} from './support/stores.js';

afterEach(closeStores);

describe('collections', () => {
  it('are found again with uuid, options, indexes and counters', async () => {
    const store = await startWith({ _id: 1, a: [1, 2] }, { _id: 2 });
    await store.write((writer) => writer.createCollection('shop.capless', toDoc({ note: 'kept' })));
    await store.write((writer) => writer.createCollection('other.z', new Map()));
    await createIndex(store, { a: 1 }, { name: 'by a', sparse: true });
    const before = items(store);
    await store.write((writer) => remove(writer, 2));
    await store.close();

    const again = await start();
    expect(again.databases()).toEqual(['other', 'shop']);
    expect(again.collections('shop').map(({ namespace }) => namespace)).toEqual(['shop.capless', ns]);
    expect(again.collection('shop.capless')?.options.get('note')).toBe('kept');
    const after = items(again);
    expect(Buffer.from(after.uuid)).toEqual(Buffer.from(before.uuid));
    expect(after.count).toBe(1);
    expect(after.indexes.map(({ name, multikey, sparse }) => [name, multikey, sparse])).toEqual([
      ['_id_', false, false],
      ['by a', true, true],
    ]);
    // The highest record is gone; its number is not given again.
    expect(await again.write((writer) => insert(writer, { _id: 3 }))).toBe(3);
  });

  it('refuse bad names and names that are taken', async () => {
    const store = await startWith();
    for (const name of ['nodot', '.x', 'x.', `x.${'y'.repeat(300)}`]) {
      expect(await codeOf(store.write((writer) => writer.createCollection(name, new Map())))).toBe(73);
    }
    expect(await codeOf(store.write((writer) => writer.createCollection(ns, new Map())))).toBe(48);
    expect(await codeOf(store.write((writer) => writer.dropCollection('shop.none')))).toBe(26);
  });

  it('are dropped at once and cleared in small steps, also after a restart', async () => {
    const store = await startWith();
    await createIndex(store, { n: 1 });
    await store.write((writer) => {
      for (let n = 0; n < 5000; n++) insert(writer, { _id: n, n });
    });
    const held = items(store);
    await store.write((writer) => writer.dropCollection(ns));
    const closing = store.close();
    expect(store.collection(ns)).toBeUndefined();
    expect(() => store.scanRecords(held, { limit: 1 })).toThrow(/was dropped/);
    await closing;

    const again = await start();
    await again.write((writer) => {
      writer.createCollection(ns, new Map());
      insert(writer, { _id: 'new' });
    });
    expect(
      await codeOf(again.write((writer) => writer.insert(held, toDoc({ _id: 1 }), Buffer.alloc(0)))),
    ).toBe(26);
    expect(all(again)).toEqual([{ _id: 'new' }]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await again.close();
    const kv = new KeyValueStore(join(testFolder(), 'data'), false);
    // Meta, collection ids, catalog, counter, one document and its entry.
    expect(kv.keys({ from: Buffer.from([0]), to: Buffer.from([255]) })).toHaveLength(6);
    await kv.close();
  });
});

describe('scans', () => {
  it('go forwards and backwards, in chunks that start behind the last one', async () => {
    const store = await startWith(...Array.from({ length: 10 }, (_, _id) => ({ _id, n: _id % 3 })));
    await createIndex(store, { n: -1 });
    const collection = items(store);
    for (const reverse of [false, true]) {
      const seen: number[] = [];
      for (let after: number | undefined; ;) {
        const chunk = store.scanRecords(collection, { after, reverse, limit: 3 });
        if (chunk.length === 0) break;
        seen.push(...chunk.map(({ id }) => id));
        after = chunk.at(-1)?.id;
      }
      const order = Array.from({ length: 10 }, (_, position) => position + 1);
      expect(seen).toEqual(reverse ? order.reverse() : order);
    }
    for (const [position, name, expected] of [
      [1, 'n_-1', [3, 6, 9, 2, 5, 8, 1, 4, 7, 10]],
      [0, '_id_', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ] as const) {
      const index = collection.indexes[position];
      if (index?.name !== name) throw new Error('another index');
      for (const reverse of [false, true]) {
        const seen: number[] = [];
        for (let after; ;) {
          const chunk = store.scanIndex(collection, index, everything, { after, reverse, limit: 3 });
          if (chunk.length === 0) break;
          seen.push(...chunk.map(({ id }) => id));
          after = chunk.at(-1);
        }
        expect(seen).toEqual(reverse ? [...expected].reverse() : expected);
      }
    }
  });

  it('keep to a half-open range', async () => {
    const store = await startWith({ _id: 'a' }, { _id: 'b' }, { _id: 'bc' }, { _id: 'c' });
    const index = items(store).indexes[0];
    if (!index) throw new Error('no index');
    const range = { lower: encodeKey(['b'], [1]), upper: encodeKey(['c'], [1]) };
    expect(store.scanIndex(items(store), index, range, { limit: 9 }).map(({ id }) => id)).toEqual([2, 3]);
    expect(store.scanIndex(items(store), index, { ...range, upper: range.lower }, { limit: 9 })).toEqual([]);
    expect(find(store, '_id_', 'b')).toEqual([2]);
  });

  it('end with an error when their index was dropped', async () => {
    const store = await startWith({ _id: 1, a: 1 });
    await createIndex(store, { a: 1 });
    const index = items(store).indexes[1];
    await store.write((writer) => writer.dropIndex(ns, 'a_1'));
    if (!index) throw new Error('no index');
    expect(() => store.scanIndex(items(store), index, everything, { limit: 1 })).toThrow(/was dropped/);
  });
});

describe('after any operations', () => {
  it('every index entry has its document and the other way round, also after reopening', async () => {
    let seed = 20_240_817;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const value = (): unknown =>
      [random(900), `t${random(900)}`, null, [random(900), random(900)], [], { x: random(900) }, true][
        random(7)
      ];
    let store = await startWith();
    await createIndex(store, { a: 1 });
    await createIndex(store, { a: -1, c: 1 });
    await createIndex(store, { b: 1 }, { unique: true, sparse: true });
    await createIndex(store, { 'c.x': 1 }, { partialFilterExpression: { a: { $gte: 2 } } });
    const alive = new Map<number, object>();
    let nextId = 0;
    for (let round = 0; round < 60; round++) {
      const results = Array.from({ length: 12 }, () => {
        const document: Record<string, unknown> = { _id: nextId++ };
        for (const field of ['a', 'b', 'c']) if (random(4) > 0) document[field] = value();
        const victim = [...alive.keys()][random(alive.size)];
        const kind = victim === undefined ? 0 : [0, 0, 1, 2][random(4)];
        return store
          .write((writer) => {
            if (kind === 0 || victim === undefined) return alive.set(insert(writer, document), document);
            if (!alive.has(victim)) return undefined;
            if (kind === 1) {
              const after = { ...document, _id: (alive.get(victim) as { _id: number })._id };
              replace(writer, victim, after);
              return alive.set(victim, after);
            }
            remove(writer, victim);
            return alive.delete(victim);
          })
          .catch((error: unknown) => {
            if (!(error instanceof CommandError)) throw error;
          });
      });
      await Promise.all(results);
      if (round % 20 === 19) {
        await store.close();
        store = await start();
        expect(rebuildCheck(store, ns)).toEqual([]);
      }
    }
    expect(alive.size).toBeGreaterThan(20);
    const inOrder = [...alive].sort(([left], [right]) => left - right).map(([, document]) => document);
    expect(all(store)).toEqual(inOrder.map((document) => toPlain(toDoc(document))));
  });
});
