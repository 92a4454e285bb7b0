import { describe, expect, it } from '@jest/globals';
import { toDoc, toPlain } from './support/plain.js';
import { executionStats, findDocuments } from '../src/plan/find.js';
import { implies } from '../src/plan/implies.js';
import { parseFilter } from '../src/query/parse.js';
import type { Doc } from '../src/values/value.js';
import { fakeEnvironment, FakeReader, type FakeIndex } from './support/fake-reader.js';
import { query, stages, type Asked } from './support/plans.js';

function docs(...plain: object[]): Doc[] {
  return plain.map((doc, place) => toDoc({ _id: place, ...doc }));
}

function ids(reader: FakeReader, asked: Asked): unknown[] {
  return Array.from(findDocuments(reader, 'test.c', query(asked)), ({ document }) => document.get('_id'));
}

describe('plans', () => {
  const people = docs(
    { name: 'ann', age: 30, tags: ['x', 'y'], at: 5 },
    { name: 'bob', age: 20, tags: ['y'], at: 4 },
    { name: 'cid', age: 20, tags: [], at: 3 },
    { name: 'dan', age: null, at: 2 },
    { name: 'Eve', at: 1 },
  );
  const byName: FakeIndex = { key: { name: 1 } };
  const byAgeAt: FakeIndex = { key: { age: 1, at: -1 } };

  it.each<[string, FakeIndex[], Asked, string]>([
    ['no index', [], { filter: { name: 'ann' } }, 'COLLSCAN'],
    ['_id', [byName], { filter: { _id: 3 } }, 'IDHACK'],
    ['_id and more', [], { filter: { _id: 3, at: 2 } }, 'FETCH < IXSCAN _id_'],
    ['_id in a range', [], { filter: { _id: { $gt: 3 } } }, 'FETCH < IXSCAN _id_'],
    ['equality', [byName], { filter: { name: 'ann' } }, 'FETCH < IXSCAN name_1'],
    ['$in', [byName], { filter: { name: { $in: ['ann', 'bob'] } } }, 'FETCH < IXSCAN name_1'],
    ['a prefix', [byName], { filter: { name: /^a/ } }, 'FETCH < IXSCAN name_1'],
    ['no prefix', [byName], { filter: { name: /a/ } }, 'COLLSCAN'],
    ['no prefix when case is ignored', [byName], { filter: { name: /^a/i } }, 'COLLSCAN'],
    ['a negation', [byName], { filter: { name: { $ne: 'ann' } } }, 'COLLSCAN'],
    ['a condition on the second field only', [byAgeAt], { filter: { at: 3 } }, 'COLLSCAN'],
    [
      'equality, then sort',
      [byAgeAt],
      { filter: { age: 20 }, sort: { at: -1 } },
      'FETCH < IXSCAN age_1_at_-1',
    ],
    [
      'equality, then sort backwards',
      [byAgeAt],
      { filter: { age: 20 }, sort: { at: 1 } },
      'FETCH < IXSCAN age_1_at_-1 backward',
    ],
    [
      'equality within a range, then sort',
      [byAgeAt],
      { filter: { $and: [{ age: { $gte: 20 } }, { age: 20 }] }, sort: { at: -1 } },
      'FETCH < IXSCAN age_1_at_-1',
    ],
    [
      'a sorted field that is fixed',
      [byAgeAt],
      { filter: { age: 20 }, sort: { age: -1, at: -1 } },
      'FETCH < IXSCAN age_1_at_-1',
    ],
    ['both fields sorted', [byAgeAt], { sort: { age: -1, at: 1 } }, 'FETCH < IXSCAN age_1_at_-1 backward'],
    ['mixed directions', [byAgeAt], { sort: { age: 1, at: 1 } }, 'SORT < COLLSCAN'],
    [
      'a range, then sort',
      [byAgeAt],
      { filter: { age: { $gt: 1 } }, sort: { at: 1 } },
      'SORT < FETCH < IXSCAN age_1_at_-1',
    ],
    ['a multikey index gives no order', [{ key: { tags: 1 } }], { sort: { tags: 1 } }, 'SORT < COLLSCAN'],
    [
      'a sparse index gives no order',
      [{ key: { age: 1 }, sparse: true }],
      { sort: { age: 1 } },
      'SORT < COLLSCAN',
    ],
    [
      'a sparse index for a value',
      [{ key: { age: 1 }, sparse: true }],
      { filter: { age: 20 } },
      'FETCH < IXSCAN age_1',
    ],
    [
      'a sparse index for $exists',
      [{ key: { age: 1 }, sparse: true }],
      { filter: { age: { $exists: true } } },
      'FETCH < IXSCAN age_1',
    ],
    [
      'a sparse index not for null',
      [{ key: { age: 1 }, sparse: true }],
      { filter: { age: null } },
      'COLLSCAN',
    ],
    [
      'the narrower index',
      [{ key: { age: 1 } }, byAgeAt],
      { filter: { age: 20, at: 3 } },
      'FETCH < IXSCAN age_1_at_-1',
    ],
    [
      'a unique index before others',
      [byAgeAt, { key: { name: 1 }, unique: true }],
      { filter: { age: 20, at: 3, name: 'cid' } },
      'FETCH < IXSCAN name_1',
    ],
    [
      'each branch of $or has an index',
      [byName, byAgeAt],
      { filter: { $or: [{ name: 'ann' }, { age: 20 }] } },
      'FETCH < OR < name_1|age_1_at_-1',
    ],
    ['a branch of $or has none', [byName], { filter: { $or: [{ name: 'ann' }, { at: 2 }] } }, 'COLLSCAN'],
    [
      'a text under another collation',
      [byName],
      { filter: { name: 'ann' }, collation: { locale: 'en', strength: 2 } },
      'COLLSCAN',
    ],
    [
      'a text under the same collation',
      [{ key: { name: 1 }, collation: { locale: 'en', strength: 2 } }],
      { filter: { name: 'EVE' }, collation: { locale: 'en', strength: 2 } },
      'FETCH < IXSCAN name_1',
    ],
    [
      'a number under another collation',
      [byAgeAt],
      { filter: { age: 20 }, collation: { locale: 'en', strength: 2 } },
      'FETCH < IXSCAN age_1_at_-1',
    ],
    [
      'a hint by name',
      [byName, byAgeAt],
      { filter: { name: 'ann' }, hint: 'age_1_at_-1' },
      'FETCH < IXSCAN age_1_at_-1',
    ],
    ['a hint by keys', [byName], { hint: { name: 1 } }, 'FETCH < IXSCAN name_1'],
    ['a natural hint', [byName], { filter: { name: 'ann' }, hint: { $natural: -1 } }, 'COLLSCAN backward'],
  ])('%s', (_, indexes, asked, expected) => {
    expect(stages(new FakeReader(people, indexes), asked)).toBe(expected);
  });

  const partial: FakeIndex = { key: { at: 1 }, partialFilterExpression: { age: { $gte: 20 } } };
  it.each<[object, boolean]>([
    [{ at: 3, age: 20 }, true],
    [{ at: { $gt: 1 }, age: { $gt: 25 } }, true],
    [{ at: { $exists: true }, age: 30 }, true],
    [{ at: 3, age: { $in: [20, 30] } }, true],
    [{ $and: [{ at: 3 }, { age: { $gte: 20, $lt: 40 } }] }, true],
    [{ at: 3, $or: [{ age: 20 }, { age: 30 }] }, true],
    [{ at: 3, $or: [{ age: 20 }, { age: 10 }] }, false],
    [{ at: 3, age: { $gte: 19 } }, false],
    [{ at: 3, age: { $in: [10, 30] } }, false],
    [{ at: 3, age: { $exists: true } }, false],
    [{ at: 3 }, false],
    [{ age: 20 }, false],
  ])('a partial index serves %j: %s', (filter, used) => {
    const plan = stages(new FakeReader(people, [partial]), { filter });
    expect(plan.includes('IXSCAN')).toBe(used);
  });

  it('reads few keys and documents', () => {
    const reader = new FakeReader(docs(...Array.from({ length: 1000 }, (_, n) => ({ n, m: n % 10 }))), [
      { key: { m: 1, n: 1 } },
    ]);
    const stats = (asked: Asked): unknown => {
      const { nReturned, totalKeysExamined, totalDocsExamined } = toPlain(
        executionStats(reader, 'test.c', query(asked)),
      );
      return [nReturned, totalKeysExamined, totalDocsExamined];
    };
    expect(stats({ filter: { m: 3, n: 503 } })).toEqual([1, 1, 1]);
    expect(stats({ filter: { m: 3, n: { $gt: 503, $lte: 533 } } })).toEqual([3, 3, 3]);
    expect(stats({ filter: { m: 3 }, sort: { n: -1 }, limit: 5 })).toEqual([5, 5, 5]);
    expect(stats({ filter: { m: { $in: [1, 2] }, n: { $lt: 20 } } })).toEqual([4, 4, 4]);
    expect(stats({ filter: { _id: 17 } })).toEqual([1, 1, 1]);
    expect(stats({ filter: { n: 17 } })).toEqual([1, 0, 1000]);
  });

  it('reads on only as far as it is asked', () => {
    const reader = new FakeReader(docs(...Array.from({ length: 1000 }, (_, n) => ({ n }))));
    const found = findDocuments(reader, 'test.c', query({}))[Symbol.iterator]();
    for (let n = 0; n < 20; n++) found.next();
    expect(reader.chunks).toBe(2);
  });

  it('survives that what it stands on is gone between two chunks', () => {
    const reader = new FakeReader(docs(...Array.from({ length: 40 }, (_, n) => ({ n }))), [
      { key: { n: 1 } },
    ]);
    const found: unknown[] = [];
    for (const { id, document } of findDocuments(reader, 'test.c', query({ filter: { n: { $gte: 0 } } }))) {
      found.push(document.get('n'));
      if (id === 3) reader.records.splice(9, 1);
    }
    expect(found).toEqual(Array.from({ length: 40 }, (_, n) => n).filter((n) => n !== 9));
  });

  it('answers nothing for a collection that does not exist', () => {
    expect([...findDocuments(new FakeReader([]), 'test.other', query({}))]).toEqual([]);
  });

  it('does not take a number in an $elemMatch for a place in the outer array', () => {
    const reader = new FakeReader(docs({ a: [[1], [5]] }), [{ key: { 'a.0': 1 } }]);
    expect(ids(reader, { filter: { a: { $elemMatch: { 0: 5 } } } })).toEqual([0]);
  });

  it('does not join the bounds of two $elemMatch, which can mean two elements', () => {
    const items = [
      { x: 1, y: 9 },
      { x: 3, y: 2 },
    ];
    const reader = new FakeReader(docs({ items }), [{ key: { 'items.x': 1, 'items.y': 1 } }]);
    const filter = { items: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { y: 2 } }] } };
    expect(stages(reader, { filter })).toContain('IXSCAN');
    expect(ids(reader, { filter })).toEqual([0]);
  });

  it('does not look for a missing field of an element in a sparse index', () => {
    const reader = new FakeReader(docs({ a: [{}, { x: ['b'] }] }), [{ key: { 'a.x': 1 }, sparse: true }]);
    const filter = { $and: [{ 'a.x': { $lt: 'c' } }, { 'a.x': null }] };
    expect(stages(reader, { filter })).toContain('IXSCAN');
    expect(ids(reader, { filter })).toEqual([0]);
  });

  it('refuses a hint that names no index', () => {
    const reader = new FakeReader(people, [byName]);
    const error = expect.objectContaining({ code: 2, message: expect.stringContaining('existing index') });
    expect(() => ids(reader, { hint: 'age_1' })).toThrow(error);
    expect(() => ids(reader, { hint: { name: -1 } })).toThrow(error);
  });

  it('walks a hinted sparse index although it lacks documents, as MongoDB does', () => {
    const reader = new FakeReader(people, [{ key: { age: 1 }, sparse: true }]);
    expect(ids(reader, { hint: 'age_1' })).toEqual([3, 1, 2, 0]);
    expect(ids(reader, { hint: { $natural: -1 } })).toEqual([4, 3, 2, 1, 0]);
  });

  it('bounds what a sort holds, unless a limit keeps it small', () => {
    const big = docs(...Array.from({ length: 110 }, (_, n) => ({ n, text: 'x'.repeat(1_000_000) })));
    const reader = new FakeReader(big);
    expect(() => ids(reader, { sort: { n: -1 } })).toThrow(expect.objectContaining({ code: 292 }));
    expect(ids(reader, { sort: { n: -1 }, limit: 2 })).toEqual([109, 108]);
  });

  it('asks for the deadline while it looks at documents that do not match', () => {
    const reader = new FakeReader(docs(...Array.from({ length: 200 }, (_, n) => ({ n }))));
    let checks = 0;
    const environment = {
      ...fakeEnvironment,
      checkDeadline: () => {
        if (++checks > 3) throw new Error('late');
      },
    };
    const asked = { ...query({ filter: { n: -1 } }), environment };
    expect(() => [...findDocuments(reader, 'test.c', asked)]).toThrow('late');
  });
});

describe('implication of a partial filter', () => {
  it.each<[object, object, boolean]>([
    [{ a: 1 }, { a: { $exists: true } }, true],
    [{ a: null }, { a: { $exists: true } }, false],
    [{ a: { $ne: null } }, { a: { $exists: true } }, true],
    [{ a: { $type: 'string' } }, { a: { $type: ['string', 'int'] } }, true],
    [{ a: { $gt: 5 } }, { a: { $gt: 5 } }, true],
    [{ a: { $gte: 5 } }, { a: { $gt: 5 } }, false],
    [{ a: { $lt: 5 } }, { a: { $lte: 5 } }, true],
    [{ a: { $lt: 5 } }, { a: { $lt: 4 } }, false],
    [{ a: 'x' }, { a: { $gt: 5 } }, false],
    [{ a: { $in: [6, 7] } }, { a: { $gt: 5 } }, true],
    [{ a: { $in: ['x', 'y'] } }, { a: { $in: ['x', 'y', 'z'] } }, true],
    [{ a: { $in: ['x', 'q'] } }, { a: { $in: ['x', 'y', 'z'] } }, false],
    [{ a: 1, b: 2 }, { $and: [{ a: 1 }, { b: { $exists: true } }] }, true],
    [{ a: 1 }, { $and: [{ a: 1 }, { b: { $exists: true } }] }, false],
    [{ $or: [{ a: 1 }, { a: 2 }] }, { a: { $gt: 0 } }, true],
    [{ b: 1 }, { a: 1 }, false],
  ])('%j implies %j: %s', (filter, partial, expected) => {
    expect(implies(parseFilter(toDoc(filter)), parseFilter(toDoc(partial)), true)).toBe(expected);
  });
});
