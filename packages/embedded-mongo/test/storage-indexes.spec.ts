import { afterEach, describe, expect, it } from '@jest/globals';
import { Binary, Double, ObjectId } from 'bson';
import { toDoc } from './support/plain.js';
import { rebuildCheck } from './support/rebuild-check.js';
import type { Value } from '../src/values/value.js';
import {
  closeStores,
  codeOf,
  createIndex,
  find,
  insert,
  items,
  ns,
  refusal,
  remove,
  replace,
  startWith,
} from './support/stores.js';

afterEach(closeStores);

describe('unique indexes', () => {
  it("answer a duplicate with MongoDB's words and fields", async () => {
    const store = await startWith({ _id: new ObjectId('65a000000000000000000001'), a: 1, b: { c: 'x' } });
    await createIndex(store, { a: 1, 'b.c': -1 }, { unique: true, name: 'pair' });
    const error = await refusal(
      store.write((writer) => insert(writer, { _id: 2, a: new Double(1), b: { c: 'x' } })),
    );
    expect(error.code).toBe(11000);
    expect(error.codeName).toBe('DuplicateKey');
    expect(error.message).toBe(
      'E11000 duplicate key error collection: shop.items index: pair dup key: { a: 1.0, b.c: "x" }',
    );
    expect(error.extra['keyPattern']).toEqual(toDoc({ a: 1, 'b.c': -1 }));
    expect(error.extra['keyValue']).toEqual(
      new Map<string, Value>([
        ['a', new Double(1)],
        ['b.c', 'x'],
      ]),
    );
    const id = await refusal(
      store.write((writer) => insert(writer, { _id: new ObjectId('65a000000000000000000001') })),
    );
    expect(id.message).toMatch(/index: _id_ dup key: { _id: ObjectId\('65a000000000000000000001'\) }$/);
  });

  it('look across documents, not inside one, and name the element that collided', async () => {
    const store = await startWith();
    await createIndex(store, { 'tags.name': 1 }, { unique: true });
    await store.write((writer) =>
      insert(writer, { _id: 1, tags: [{ name: 'a' }, { name: 'a' }, { name: 'b' }] }),
    );
    const write = store.write((writer) => insert(writer, { _id: 2, tags: [{ name: 'z' }, { name: 'b' }] }));
    expect((await refusal(write)).extra['keyValue']).toEqual(toDoc({ 'tags.name': 'b' }));
    expect(find(store, 'tags.name_1', 'z')).toEqual([]);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('leave no trace of a refused insert or replace, whichever index refuses', async () => {
    const store = await startWith({ _id: 1, a: 1, b: 1 }, { _id: 2, a: 2, b: 2 });
    await createIndex(store, { a: 1 });
    await createIndex(store, { b: 1 }, { unique: true });
    expect(await codeOf(store.write((writer) => insert(writer, { _id: 3, a: [7, 8], b: 2 })))).toBe(11000);
    expect(await codeOf(store.write((writer) => replace(writer, 1, { _id: 1, a: 9, b: 2 })))).toBe(11000);
    expect(find(store, 'a_1', 9)).toEqual([]);
    expect(items(store).indexes[1]?.multikey).toBe(false);
    await store.write((writer) => replace(writer, 1, { _id: 1, a: 9, b: 1 }));
    expect([find(store, 'a_1', 9), find(store, 'a_1', 1)]).toEqual([[1], []]);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('give a value free when its document is removed or changed', async () => {
    const store = await startWith({ _id: 1, a: 1 }, { _id: 2, a: 2 });
    await createIndex(store, { a: 1 }, { unique: true });
    await store.write((writer) => {
      remove(writer, 1);
      replace(writer, 2, { _id: 2, a: 1 });
      insert(writer, { _id: 3, a: 2 });
    });
    expect(rebuildCheck(store, ns)).toEqual([]);
    expect(items(store).count).toBe(2);
  });

  it('count a missing field as null, unless sparse; sparse and partial ones leave documents out', async () => {
    const store = await startWith({ _id: 1 });
    await createIndex(store, { plain: 1 }, { unique: true });
    await createIndex(store, { thin: 1 }, { unique: true, sparse: true });
    await createIndex(store, { part: 1 }, { unique: true, partialFilterExpression: { on: { $gt: 5 } } });
    expect(await codeOf(store.write((writer) => insert(writer, { _id: 2 })))).toBe(11000);
    await store.write((writer) => insert(writer, { _id: 2, plain: 2, part: 1, on: 1 }));
    await store.write((writer) => insert(writer, { _id: 3, plain: 3, part: 1, on: 6 }));
    expect(
      await codeOf(store.write((writer) => replace(writer, 2, { _id: 2, plain: 2, part: 1, on: 7 }))),
    ).toBe(11000);
    expect(find(store, 'part_1', 1)).toEqual([3]);
    await store.write((writer) => replace(writer, 3, { _id: 3, plain: 3, part: 1, on: 0 }));
    expect(find(store, 'part_1', 1)).toEqual([]);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('follow their collation', async () => {
    const store = await startWith({ _id: 'Ada', nick: 'Bo' });
    await createIndex(store, { nick: 1 }, { unique: true, collation: { locale: 'en', strength: 2 } });
    const error = await refusal(store.write((writer) => insert(writer, { _id: 'ADA', nick: 'BO' })));
    expect(error.extra['keyValue']).toEqual(toDoc({ nick: 'BO' }));
    await store.write((writer) => insert(writer, { _id: 'ADA', nick: 'Bö' }));
    expect(items(store).indexes[1]?.specification.get('collation')).toBeInstanceOf(Map);
  });

  it('tell long values apart that begin alike', async () => {
    const long = 'x'.repeat(5000);
    const store = await startWith({ _id: 1, a: `${long}1`, b: new Binary(Buffer.alloc(9000, 1)) });
    await createIndex(store, { a: 1, b: 1, c: 1, d: 1 }, { unique: true });
    await store.write((writer) => insert(writer, { _id: 2, a: `${long}2`, b: long, c: long, d: long }));
    expect(
      await codeOf(
        store.write((writer) => insert(writer, { _id: 3, a: `${long}2`, b: long, c: long, d: long })),
      ),
    ).toBe(11000);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });
});

describe('createIndex', () => {
  it.each([
    [67, 'an empty pattern', {}, {}],
    [67, 'a direction of 0', { a: 0 }, {}],
    [67, 'a direction that is no number', { a: true }, {}],
    [67, 'text', { a: 'text' }, {}],
    [67, '2dsphere', { a: '2dsphere' }, {}],
    [67, 'hashed', { a: 'hashed' }, {}],
    [67, 'a wildcard', { '$**': 1 }, {}],
    [67, 'an empty part of a path', { 'a..b': 1 }, {}],
    [67, 'a field with a dollar', { 'a.$b': 1 }, {}],
    [67, 'nine fields', { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 }, {}],
    [67, 'hidden', { a: 1 }, { hidden: true }],
    [67, 'an older version', { a: 1 }, { v: 1 }],
    [67, 'sparse and partial together', { a: 1 }, { sparse: true, partialFilterExpression: { a: 1 } }],
    [67, 'a partial filter with $ne', { a: 1 }, { partialFilterExpression: { a: { $ne: 1 } } }],
    [
      67,
      'a partial filter with $exists: false',
      { a: 1 },
      { partialFilterExpression: { a: { $exists: false } } },
    ],
    [67, 'a TTL below zero', { a: 1 }, { expireAfterSeconds: -1 }],
    [67, 'a compound TTL', { a: 1, b: 1 }, { expireAfterSeconds: 1 }],
    [67, 'an empty name', { a: 1 }, { name: '' }],
    [2, 'the name of the index on _id', { a: 1 }, { name: '_id_' }],
    [14, 'a TTL that is no number', { a: 1 }, { expireAfterSeconds: 'soon' }],
    [14, 'unique that is no boolean', { a: 1 }, { unique: 'yes' }],
    [197, 'an unknown option', { a: 1 }, { weights: { a: 1 } }],
    [197, 'an option on _id', { _id: 1 }, { unique: true }],
  ])('answers %i to %s', async (code, _name, key, options) => {
    const store = await startWith();
    expect(await codeOf(createIndex(store, key, options))).toBe(code);
    expect(items(store).indexes).toHaveLength(1);
  });

  it('makes a name, and is repeatable', async () => {
    const store = await startWith();
    expect(await createIndex(store, { a: 1, 'b.c': -1 })).toBe('created');
    expect(await createIndex(store, { a: new Double(1), 'b.c': -1 })).toBe('exists');
    expect(await createIndex(store, { _id: 1 }, { name: 'whatever' })).toBe('exists');
    expect(items(store).indexes.map(({ name }) => name)).toEqual(['_id_', 'a_1_b.c_-1']);
    expect([...(items(store).indexes[1]?.specification.keys() ?? [])]).toEqual(['v', 'key', 'name']);
  });

  it('refuses what conflicts with an index that is there', async () => {
    const store = await startWith();
    await createIndex(store, { a: 1 }, { expireAfterSeconds: 5 });
    expect(await codeOf(createIndex(store, { a: 1 }, { expireAfterSeconds: 6 }))).toBe(85);
    expect(await codeOf(createIndex(store, { a: 1 }, { name: 'other' }))).toBe(85);
    expect(await codeOf(createIndex(store, { a: 1 }, { unique: true }))).toBe(86);
    expect(await codeOf(createIndex(store, { b: 1 }, { name: 'a_1' }))).toBe(86);
    expect(await createIndex(store, { a: 1 }, { unique: true, name: 'other' })).toBe('created');
    expect(await createIndex(store, { a: 1 }, { name: 'p', partialFilterExpression: { b: 1 } })).toBe(
      'created',
    );
  });

  it('covers what is there already, and is forgotten when there is a duplicate in it', async () => {
    const documents = Array.from({ length: 600 }, (_, _id) => ({
      _id,
      n: _id,
      group: _id % 7,
      list: [_id, -_id],
    }));
    const store = await startWith(...documents);
    await createIndex(store, { n: 1 }, { unique: true });
    await createIndex(store, { list: 1 });
    expect(await codeOf(createIndex(store, { group: 1 }, { unique: true }))).toBe(11000);
    expect(items(store).indexes.map(({ name }) => name)).toEqual(['_id_', 'n_1', 'list_1']);
    expect(items(store).indexes[2]?.multikey).toBe(true);
    expect(await createIndex(store, { group: 1 })).toBe('created');
    expect(find(store, 'group_1', 6)).toHaveLength(85);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('is undone by dropIndex, which keeps to MongoDB codes', async () => {
    const store = await startWith({ _id: 1, a: 1 });
    await createIndex(store, { a: 1 });
    await store.write((writer) => writer.dropIndex(ns, 'a_1'));
    await createIndex(store, { a: 1 });
    expect(find(store, 'a_1', 1)).toEqual([1]);
    expect(await codeOf(store.write((writer) => writer.dropIndex(ns, 'b_1')))).toBe(27);
    expect(await codeOf(store.write((writer) => writer.dropIndex(ns, '_id_')))).toBe(72);
    expect(await codeOf(store.write((writer) => writer.dropIndex('shop.none', 'a_1')))).toBe(26);
  });
});
