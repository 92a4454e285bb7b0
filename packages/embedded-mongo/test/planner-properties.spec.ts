import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { toDoc } from './support/plain.js';
import { findDocuments } from '../src/plan/find.js';
import { compileMatcher } from '../src/query/match.js';
import { parseFilter } from '../src/query/parse.js';
import { parseCollation } from '../src/values/collate.js';
import { compareValues } from '../src/values/compare.js';
import { indexValues, splitPath } from '../src/values/paths.js';
import type { Doc, Value } from '../src/values/value.js';
import { fakeEnvironment, FakeReader } from './support/fake-reader.js';
import { planOf, query } from './support/plans.js';
import { condition, index, sortable, sorts, worlds } from './support/query-worlds.js';

function withIds(documents: Doc[]): Doc[] {
  return documents.map((doc, place): Doc => new Map<string, Value>([['_id', place], ...doc]));
}

/** Parallel arrays can be in no index and in no sort, and MongoDB refuses `a.0` where it has two meanings. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (/parallel arrays|Ambiguous/.test(String(error))) return undefined;
    throw error;
  }
}

describe('planner properties', () => {
  it.each(worlds)('answers the same with and without indexes: $name', (world) => {
    let used = 0;
    fc.assert(
      fc.property(
        world.documents,
        fc.array(world.indexes, { minLength: 1, maxLength: 3 }),
        fc.array(world.filters, { minLength: 4, maxLength: 10 }),
        world.collations,
        (documents, indexes, asked, collation) => {
          const all = withIds(documents);
          const usable = indexes.filter((each) => attempt(() => new FakeReader(all, [each])));
          const reader = new FakeReader(all, usable);
          const environment = {
            ...fakeEnvironment,
            collation: parseCollation(collation && toDoc(collation)),
          };
          for (const filter of asked) {
            const parsed = { filter: parseFilter(filter), environment };
            const expected = all.filter(compileMatcher(parsed.filter, environment));
            const found = Array.from(findDocuments(reader, 'test.c', parsed), ({ document }) => document);
            if (/IXSCAN|OR/.test(planOf(reader, parsed))) used++;
            expect(idsOf(found).sort(byNumber)).toEqual(idsOf(expected));
          }
        },
      ),
      { numRuns: 800 },
    );
    expect(used).toBeGreaterThan(500);
  });

  it('sorts like a naive stable sort, from an index or not', () => {
    let fromIndex = 0;
    fc.assert(
      fc.property(
        fc.array(sortable, { maxLength: 10 }),
        fc.array(index, { maxLength: 3 }),
        sorts,
        fc.option(condition, { nil: new Map() as Doc }),
        fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
        (documents, indexes, sort, filter, limit) => {
          const all = withIds(documents);
          const keys = Object.entries(sort);
          const sortIndex = { key: sort };
          const usable = [...indexes, sortIndex].filter((each) => attempt(() => new FakeReader(all, [each])));
          const reader = new FakeReader(all, usable);
          const parsed = { ...query({ sort, ...(limit && { limit }) }), filter: parseFilter(filter) };
          const plan = planOf(reader, parsed);
          if (plan.includes('IXSCAN') && !plan.includes('SORT')) fromIndex++;
          const found = attempt(() =>
            Array.from(findDocuments(reader, 'test.c', parsed), (it) => it.document),
          );
          if (!found) return;
          const matching = all.filter(compileMatcher(parsed.filter, fakeEnvironment));
          const naive = [...matching].sort((a, b) => naiveOrder(a, b, keys));
          expect(found.length).toBe(Math.min(limit ?? Infinity, matching.length));
          if (plan === 'SORT < COLLSCAN') expect(found).toEqual(naive.slice(0, limit));
          // An index may order equal documents otherwise than the naive sort does.
          found.forEach((doc, place) => expect(naiveOrder(doc, naive[place] ?? doc, keys)).toBe(0));
          if (limit === undefined) {
            expect(idsOf(found).sort(byNumber)).toEqual(idsOf(matching));
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(fromIndex).toBeGreaterThan(200);
  });
});

function idsOf(documents: Doc[]): unknown[] {
  return documents.map((doc) => doc.get('_id'));
}

function byNumber(a: unknown, b: unknown): number {
  return Number(a) - Number(b);
}

/** Only for documents where one array at most lies on one path: the planner's sort has compound keys. */
function naiveOrder(a: Doc, b: Doc, keys: [string, number][]): number {
  const tuples = (doc: Doc): (Value | undefined)[][] => {
    const columns = keys.map(([name]) => indexValues(doc, splitPath(name)));
    const height = Math.max(...columns.map((column) => column.length));
    return Array.from({ length: height }, (_, row) =>
      columns.map((column) => column[column.length > 1 ? row : 0]),
    );
  };
  const compare = (left: (Value | undefined)[], right: (Value | undefined)[]): number => {
    for (const [i, [, direction]] of keys.entries()) {
      const order = compareValues(left[i], right[i]);
      if (order !== 0) return order * direction;
    }
    return 0;
  };
  const [first, second] = [a, b].map((doc) => tuples(doc).sort(compare)[0] ?? []);
  return compare(first ?? [], second ?? []);
}
