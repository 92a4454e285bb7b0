import type { Document } from 'bson';
import type { ConformanceCase } from './case.js';
import { finds, refused } from './query-case.js';

type Index = { key: Document; [option: string]: unknown };

const documents = [
  {
    _id: 1,
    a: 1,
    b: 3,
    tags: ['x', 'y'],
    items: [
      { x: 1, y: 9 },
      { x: 3, y: 2 },
    ],
  },
  { _id: 2, a: 2, b: 2, tags: ['y'], items: [{ x: 1, y: 2 }] },
  { _id: 3, a: 2, b: 1, tags: [], name: 'Ann' },
  { _id: 4, a: null, b: 4, name: 'ann' },
  { _id: 5, b: 5, name: 'bob', items: [[{ x: 1 }]] },
];
const fetched = (input: Document): Document => ({
  stage: 'FETCH',
  inputStage: { stage: 'IXSCAN', ...input },
});

/** What explain says about a filter over documents with indexes. */
function plans(name: string, indexes: Index[], find: Document, winningPlan: Document): ConformanceCase {
  return {
    name,
    documents,
    indexes,
    run: { command: { explain: { find: '$collection', ...find }, verbosity: 'queryPlanner' } },
    expect: { reply: { queryPlanner: { winningPlan } } },
  };
}

/** The answer is the same as without the index. */
function answers(name: string, indexes: Index[], filter: Document, ids: number[]): ConformanceCase {
  return finds(name, documents, filter, ids, { indexes });
}

const a = { key: { a: 1 } };
const ab = { key: { a: 1, b: -1 } };
const sparse = { key: { a: 1 }, sparse: true };
const partial = { key: { b: 1 }, partialFilterExpression: { a: { $gte: 1 } } };
const items = { key: { 'items.x': 1, 'items.y': 1 } };

export const cases: ConformanceCase[] = [
  plans('no index for the field', [a], { filter: { b: 1 } }, { stage: 'COLLSCAN', direction: 'forward' }),
  plans(
    'equality',
    [a],
    { filter: { a: 1 } },
    fetched({ indexName: 'a_1', direction: 'forward', isMultiKey: false }),
  ),
  plans('a range', [a], { filter: { a: { $gt: 1 } } }, fetched({ indexName: 'a_1', keyPattern: { a: 1 } })),
  plans('$in', [a], { filter: { a: { $in: [1, 2] } } }, fetched({ indexName: 'a_1' })),
  plans(
    'the beginning of a text',
    [{ key: { name: 1 } }],
    { filter: { name: /^a/ } },
    fetched({ indexName: 'name_1' }),
  ),
  plans(
    'an array in the index',
    [{ key: { tags: 1 } }],
    { filter: { tags: 'x' } },
    fetched({ indexName: 'tags_1', isMultiKey: true }),
  ),
  plans(
    'equality, then the order of the index',
    [ab],
    { filter: { a: 2 }, sort: { b: -1 } },
    fetched({ indexName: 'a_1_b_-1', direction: 'forward' }),
  ),
  plans(
    'equality, then the other order',
    [ab],
    { filter: { a: 2 }, sort: { b: 1 } },
    fetched({ indexName: 'a_1_b_-1', direction: 'backward' }),
  ),
  plans(
    'a sort by the index',
    [a],
    { sort: { a: -1 } },
    fetched({ indexName: 'a_1', direction: 'backward' }),
  ),
  plans(
    'a sort that no index gives',
    [a],
    { sort: { b: 1 } },
    { stage: 'SORT', sortPattern: { b: 1 }, inputStage: { stage: 'COLLSCAN' } },
  ),
  plans(
    '$or by two indexes',
    [a, { key: { b: 1 } }],
    { filter: { name: { $ne: 'zed' }, $or: [{ a: 1 }, { b: 5 }] } },
    { stage: 'FETCH', inputStage: { stage: 'OR' } },
  ),
  plans(
    '$or with a branch without an index',
    [a],
    { filter: { name: { $ne: 'zed' }, $or: [{ a: 1 }, { b: 5 }] } },
    { stage: 'COLLSCAN' },
  ),
  plans('a sparse index', [sparse], { filter: { a: 2 } }, fetched({ indexName: 'a_1', isSparse: true })),
  plans(
    'a sparse index does not know what is missing',
    [sparse],
    { filter: { a: null } },
    { stage: 'COLLSCAN' },
  ),
  plans(
    'a sparse index gives no order',
    [sparse],
    { sort: { a: 1 } },
    { stage: 'SORT', inputStage: { stage: 'COLLSCAN' } },
  ),
  plans(
    'a partial index whose filter is met',
    [partial],
    { filter: { b: 2, a: { $gt: 1 } } },
    fetched({ indexName: 'b_1', isPartial: true }),
  ),
  plans(
    'a partial index whose filter is not met',
    [partial],
    { filter: { b: 2, a: { $gt: 0 } } },
    { stage: 'COLLSCAN' },
  ),
  plans('a partial index without its filter', [partial], { filter: { b: 2 } }, { stage: 'COLLSCAN' }),
  plans(
    'a partial index without a condition on its key',
    [partial],
    { filter: { a: 2 } },
    { stage: 'COLLSCAN' },
  ),
  plans(
    'another collation',
    [{ key: { name: 1 } }],
    { filter: { name: 'ann' }, collation: { locale: 'en', strength: 2 } },
    { stage: 'COLLSCAN' },
  ),
  plans(
    'the same collation',
    [{ key: { name: 1 }, collation: { locale: 'en', strength: 2 } }],
    { filter: { name: 'ann' }, collation: { locale: 'en', strength: 2 } },
    fetched({ indexName: 'name_1' }),
  ),
  plans(
    'a hint',
    [a, { key: { b: 1 } }],
    { filter: { a: 1, b: 3 }, hint: 'b_1' },
    fetched({ indexName: 'b_1' }),
  ),
  plans(
    'a hint by keys',
    [a, { key: { b: 1 } }],
    { filter: { a: 1, b: 3 }, hint: { b: 1 } },
    fetched({ indexName: 'b_1' }),
  ),
  plans(
    'a natural hint',
    [a],
    { filter: { a: 1 }, hint: { $natural: -1 } },
    { stage: 'COLLSCAN', direction: 'backward' },
  ),

  answers('null by an index', [a], { a: null }, [4, 5]),
  answers('$exists: false by an index', [a], { a: { $exists: false } }, [5]),
  answers('$gte null by an index', [a], { a: { $gte: null } }, [4, 5]),
  answers('$ne with an index', [a], { a: { $ne: 2 } }, [1, 4, 5]),
  answers('two bounds met by two elements', [{ key: { tags: 1 } }], { tags: { $gt: 'x', $lt: 'y' } }, [1]),
  answers('an array found whole', [{ key: { tags: 1 } }], { tags: ['x', 'y'] }, [1]),
  answers('an empty array', [{ key: { tags: 1 } }], { tags: [] }, [3]),
  answers('two fields of two elements', [items], { 'items.x': 1, 'items.y': 2 }, [1, 2]),
  answers('two fields of one element', [items], { items: { $elemMatch: { x: 1, y: 2 } } }, [2]),
  answers('a missing field of elements', [items], { 'items.y': null, 'items.x': null }, [3, 4]),
  answers(
    '$or finds a document once',
    [a, { key: { b: 1 } }],
    { $or: [{ a: 2 }, { b: 2 }, { b: 1 }] },
    [2, 3],
  ),
  answers('$in with a regular expression', [{ key: { name: 1 } }], { name: { $in: [/^A/, 'bob'] } }, [3, 5]),
  answers('an index whose directions differ', [ab], { a: { $in: [1, 2] }, b: { $gte: 2 } }, [1, 2]),
  answers('a partial index is left alone when it lacks documents', [partial], { b: { $gte: 3 } }, [1, 4, 5]),
  answers(
    'a sparse compound index',
    [{ key: { a: 1, name: 1 }, sparse: true }],
    { a: null, name: 'bob' },
    [5],
  ),
  finds('a hinted sparse index lacks documents', documents, {}, [1, 2, 3, 4], {
    indexes: [sparse],
    hint: 'a_1',
  }),

  refused('a hint that names no index', {}, 2, { hint: 'nothing_1' }),
  refused('a hint whose keys are no index', {}, 2, { hint: { nothing: 1 } }),
];
