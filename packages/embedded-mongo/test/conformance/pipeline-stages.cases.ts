import { Double, type Document } from 'bson';
import type { ConformanceCase } from './case.js';

/** A pipeline over documents, and what comes out. */
function gives(
  name: string,
  documents: Document[],
  aggregate: Document[],
  expected: Document[],
): ConformanceCase {
  return { name, documents, run: { aggregate }, expect: { documents: expected } };
}

function refused(name: string, aggregate: Document[], error: number): ConformanceCase {
  return { name, documents: [{ _id: 1 }], run: { aggregate }, expect: { error } };
}

const numbers = [1, 2, 3, 4, 5].map((n) => ({ _id: n, n: 6 - n }));
const lists = [
  { _id: 1, v: [10, 20] },
  { _id: 2, v: [] },
  { _id: 3, v: null },
  { _id: 4 },
  { _id: 5, v: 50 },
];

const flow: ConformanceCase[] = [
  gives(
    '$match filters',
    numbers,
    [{ $match: { n: { $gt: 3 } } }, { $sort: { _id: 1 } }],
    [
      { _id: 1, n: 5 },
      { _id: 2, n: 4 },
    ],
  ),
  gives(
    'two $match stages both count',
    numbers,
    [{ $match: { n: { $gt: 2 } } }, { $match: { n: { $lt: 4 } } }],
    [{ _id: 3, n: 3 }],
  ),
  gives(
    '$sort and $limit',
    numbers,
    [{ $sort: { n: 1 } }, { $limit: 2 }],
    [
      { _id: 5, n: 1 },
      { _id: 4, n: 2 },
    ],
  ),
  gives(
    '$skip before $limit',
    numbers,
    [{ $sort: { n: 1 } }, { $skip: 1 }, { $limit: 2 }],
    [
      { _id: 4, n: 2 },
      { _id: 3, n: 3 },
    ],
  ),
  gives(
    '$limit before $skip',
    numbers,
    [{ $sort: { n: 1 } }, { $limit: 2 }, { $skip: 1 }],
    [{ _id: 4, n: 2 }],
  ),
  gives(
    '$limit before $sort limits first',
    numbers,
    [{ $limit: 2 }, { $sort: { n: 1 } }],
    [
      { _id: 2, n: 4 },
      { _id: 1, n: 5 },
    ],
  ),
  gives(
    'a $match after $limit filters what is left',
    numbers,
    [{ $limit: 2 }, { $match: { n: { $lt: 5 } } }],
    [{ _id: 2, n: 4 }],
  ),
  gives(
    'a $sort of a computed field',
    numbers,
    [{ $set: { m: { $multiply: ['$n', -1] } } }, { $sort: { m: 1 } }, { $limit: 1 }, { $project: { m: 1 } }],
    [{ _id: 1, m: -5 }],
  ),
  gives('$count counts', numbers, [{ $match: { n: { $gt: 1 } } }, { $count: 'found' }], [{ found: 4 }]),
  gives('$count of nothing gives no document', numbers, [{ $match: { n: 99 } }, { $count: 'found' }], []),
  gives('an empty pipeline gives everything', numbers.slice(0, 1), [], [{ _id: 1, n: 5 }]),
  refused('$sort needs a key', [{ $sort: {} }], 15976),
  refused('$sort knows 1 and -1 only', [{ $sort: { a: 2 } }], 15975),
  refused('$limit must be positive', [{ $limit: 0 }], 15958),
  refused('$limit may not be negative', [{ $limit: -1 }], 5107201),
  refused('$skip may not be negative', [{ $skip: -1 }], 5107200),
  refused('$count needs a name', [{ $count: '' }], 40156),
  refused('$count may not name an operator', [{ $count: '$n' }], 40158),
  refused('$count may not name a path', [{ $count: 'a.b' }], 40160),
  refused('an unknown stage', [{ $frobnicate: {} }], 40324),
  refused('a stage with two names', [{ $match: {}, $limit: 1 }], 40323),
  refused('a stage without a name', [{}], 40323),
  refused('a stage that is no object', [1 as unknown as Document], 14),
];

const unwinds: ConformanceCase[] = [
  gives(
    '$unwind leaves out what is empty',
    lists,
    [{ $sort: { _id: 1 } }, { $unwind: '$v' }],
    [
      { _id: 1, v: 10 },
      { _id: 1, v: 20 },
      { _id: 5, v: 50 },
    ],
  ),
  gives(
    '$unwind can keep what is empty',
    lists,
    [{ $sort: { _id: 1 } }, { $unwind: { path: '$v', preserveNullAndEmptyArrays: true } }],
    [{ _id: 1, v: 10 }, { _id: 1, v: 20 }, { _id: 2 }, { _id: 3, v: null }, { _id: 4 }, { _id: 5, v: 50 }],
  ),
  gives(
    '$unwind numbers the elements with int64',
    lists.slice(0, 1),
    [{ $unwind: { path: '$v', includeArrayIndex: 'i' } }],
    [
      { _id: 1, v: 10, i: 0n },
      { _id: 1, v: 20, i: 1n },
    ],
  ),
  gives(
    '$unwind gives no number to what was no array',
    lists.slice(4),
    [{ $unwind: { path: '$v', includeArrayIndex: 'i' } }],
    [{ _id: 5, v: 50, i: null }],
  ),
  gives(
    '$unwind of a nested path',
    [{ _id: 1, a: { b: [1, 2], c: 3 } }],
    [{ $unwind: '$a.b' }],
    [
      { _id: 1, a: { b: 1, c: 3 } },
      { _id: 1, a: { b: 2, c: 3 } },
    ],
  ),
  gives(
    '$unwind takes an array out of an array once',
    [{ _id: 1, v: [[1, 2]] }],
    [{ $unwind: '$v' }],
    [{ _id: 1, v: [1, 2] }],
  ),
  refused('$unwind needs a path with a dollar', [{ $unwind: 'v' }], 28818),
  refused('$unwind needs a path', [{ $unwind: {} }], 28812),
  refused('$unwind knows its options', [{ $unwind: { path: '$v', x: 1 } }], 28811),
  refused('$unwind takes no number', [{ $unwind: 5 }], 15981),
  refused(
    'the index field of $unwind has no dollar',
    [{ $unwind: { path: '$v', includeArrayIndex: '$i' } }],
    28822,
  ),
];

const facets: ConformanceCase[] = [
  gives(
    '$facet runs each pipeline over the same documents',
    numbers,
    [
      { $match: { n: { $lte: 4 } } },
      {
        $facet: {
          total: [{ $count: 'n' }],
          top: [{ $sort: { n: -1 } }, { $limit: 1 }],
          sum: [{ $group: { _id: null, s: { $sum: '$n' } } }],
        },
      },
    ],
    [{ total: [{ n: 4 }], top: [{ _id: 2, n: 4 }], sum: [{ _id: null, s: 10 }] }],
  ),
  gives(
    '$facet over nothing gives empty arrays',
    numbers,
    [{ $match: { n: 99 } }, { $facet: { a: [], b: [{ $count: 'n' }] } }],
    [{ a: [], b: [] }],
  ),
  refused('$facet within $facet', [{ $facet: { a: [{ $facet: { b: [] } }] } }], 40600),
  refused('$facet needs a facet', [{ $facet: {} }], 40169),
  {
    name: '$match and $sort keep the collation',
    documents: [
      { _id: 1, s: 'B' },
      { _id: 2, s: 'a' },
      { _id: 3, s: 'b' },
    ],
    run: {
      aggregate: [{ $match: { s: 'b' } }, { $sort: { s: 1, _id: -1 } }],
      collation: { locale: 'en', strength: 2 },
    },
    expect: {
      documents: [
        { _id: 3, s: 'b' },
        { _id: 1, s: 'B' },
      ],
    },
  },
  {
    name: 'variables of let reach every stage',
    documents: [
      { _id: 1, n: 1 },
      { _id: 2, n: 2 },
    ],
    run: {
      command: {
        aggregate: '$collection',
        pipeline: [
          { $match: { $expr: { $gt: ['$n', '$$least'] } } },
          { $project: { m: { $add: ['$n', '$$least'] } } },
        ],
        let: { least: 1 },
        cursor: {},
      },
    },
    expect: { documents: [{ _id: 2, m: 3 }] },
  },
  {
    name: 'aggregate needs a cursor',
    documents: [{ _id: 1 }],
    run: { command: { aggregate: '$collection', pipeline: [] } },
    expect: { error: 9 },
  },
  {
    name: 'aggregate over no collection cannot match',
    run: { command: { aggregate: 1, pipeline: [{ $match: {} }], cursor: {} } },
    expect: { error: 73 },
  },
  gives(
    'numbers keep their types through a pipeline',
    [{ _id: 1, d: new Double(1), l: 2n }],
    [{ $unwind: '$d' }],
    [{ _id: 1, d: new Double(1), l: 2n }],
  ),
];

export const cases: ConformanceCase[] = [...flow, ...unwinds, ...facets];
