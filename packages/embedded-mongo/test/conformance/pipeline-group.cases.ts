import { Decimal128, Double, type Document } from 'bson';
import type { ConformanceCase } from './case.js';

function gives(
  name: string,
  documents: Document[],
  aggregate: Document[],
  expected: Document[],
  anyOrder = true,
): ConformanceCase {
  return { name, documents, run: { aggregate }, expect: { documents: expected, anyOrder } };
}

function refused(name: string, aggregate: Document[], error: number): ConformanceCase {
  return { name, documents: [{ _id: 1, v: 5 }], run: { aggregate }, expect: { error } };
}

const sales = [
  { _id: 1, item: 'a', price: 10, quantity: 2 },
  { _id: 2, item: 'b', price: 20, quantity: 1 },
  { _id: 3, item: 'a', price: 5, quantity: 5 },
  { _id: 4, item: 'b', price: 1 },
];
const long = 'x'.repeat(800);

const groups: ConformanceCase[] = [
  gives(
    'groups by a field',
    sales,
    [{ $group: { _id: '$item', total: { $sum: '$price' } } }],
    [
      { _id: 'a', total: 15 },
      { _id: 'b', total: 21 },
    ],
  ),
  gives('one group of everything', sales, [{ $group: { _id: null, n: { $sum: 1 } } }], [{ _id: null, n: 4 }]),
  gives(
    'no documents give no group',
    sales,
    [{ $match: { item: 'z' } }, { $group: { _id: null, n: { $sum: 1 } } }],
    [],
  ),
  gives('a constant group counts all', sales, [{ $group: { _id: 1, n: { $sum: 1 } } }], [{ _id: 1, n: 4 }]),
  gives(
    'groups by a document',
    sales,
    [{ $group: { _id: { item: '$item', rich: { $gte: ['$price', 10] } }, n: { $sum: 1 } } }],
    [
      { _id: { item: 'a', rich: true }, n: 1 },
      { _id: { item: 'a', rich: false }, n: 1 },
      { _id: { item: 'b', rich: true }, n: 1 },
      { _id: { item: 'b', rich: false }, n: 1 },
    ],
  ),
  gives(
    'a missing key and null are one group',
    [{ _id: 1 }, { _id: 2, k: null }],
    [{ $group: { _id: '$k', n: { $sum: 1 } } }],
    [{ _id: null, n: 2 }],
  ),
  gives(
    'equal numbers of different types are one group, the first gives the key',
    [
      { _id: 1, k: 1 },
      { _id: 2, k: new Double(1) },
      { _id: 3, k: 1n },
    ],
    [{ $sort: { _id: 1 } }, { $group: { _id: '$k', n: { $sum: 1 } } }],
    [{ _id: 1, n: 3 }],
  ),
  gives(
    'documents with another order of fields are other groups',
    [
      { _id: 1, k: { a: 1, b: 2 } },
      { _id: 2, k: { b: 2, a: 1 } },
    ],
    [{ $group: { _id: '$k' } }],
    [{ _id: { a: 1, b: 2 } }, { _id: { b: 2, a: 1 } }],
  ),
  gives(
    'an array is a key as a whole',
    [
      { _id: 1, k: [1, 2] },
      { _id: 2, k: [1, 2] },
      { _id: 3, k: [2, 1] },
    ],
    [{ $group: { _id: '$k', n: { $sum: 1 } } }],
    [
      { _id: [1, 2], n: 2 },
      { _id: [2, 1], n: 1 },
    ],
  ),
  gives(
    'long keys that differ at their ends only are different',
    [
      { _id: 1, k: `${long}1` },
      { _id: 2, k: `${long}2` },
      { _id: 3, k: `${long}1` },
    ],
    [{ $group: { _id: '$k', n: { $sum: 1 } } }, { $project: { _id: 0, n: 1 } }],
    [{ n: 2 }, { n: 1 }],
  ),
  gives(
    'text and number are different keys',
    [
      { _id: 1, k: '1' },
      { _id: 2, k: 1 },
    ],
    [{ $group: { _id: '$k' } }],
    [{ _id: '1' }, { _id: 1 }],
  ),
  {
    name: 'groups under a collation',
    documents: [
      { _id: 1, k: 'a' },
      { _id: 2, k: 'A' },
    ],
    run: {
      aggregate: [{ $sort: { _id: 1 } }, { $group: { _id: '$k', n: { $sum: 1 } } }],
      collation: { locale: 'en', strength: 2 },
    },
    expect: { documents: [{ _id: 'a', n: 2 }] },
  },
  gives(
    '$sum leaves out what is no number',
    [{ _id: 1, v: 1 }, { _id: 2, v: 'x' }, { _id: 3 }],
    [{ $group: { _id: null, s: { $sum: '$v' } } }],
    [{ _id: null, s: 1 }],
  ),
  gives(
    '$sum of int and long is long',
    [
      { _id: 1, v: 1 },
      { _id: 2, v: 2n },
    ],
    [{ $group: { _id: null, s: { $sum: '$v' } } }],
    [{ _id: null, s: 3n }],
  ),
  gives(
    '$sum of decimals is exact',
    [
      { _id: 1, v: Decimal128.fromString('0.1') },
      { _id: 2, v: Decimal128.fromString('0.2') },
    ],
    [{ $group: { _id: null, s: { $sum: '$v' } } }],
    [{ _id: null, s: Decimal128.fromString('0.3') }],
  ),
  gives(
    '$avg is a double and leaves out what is missing',
    sales,
    [{ $group: { _id: null, a: { $avg: '$quantity' } } }],
    [{ _id: null, a: 8 / 3 }],
  ),
  gives(
    '$avg of no number is null',
    sales,
    [{ $group: { _id: null, a: { $avg: '$nothing' } } }],
    [{ _id: null, a: null }],
  ),
  gives(
    '$min and $max',
    sales,
    [{ $group: { _id: '$item', min: { $min: '$price' }, max: { $max: '$price' } } }],
    [
      { _id: 'a', min: 5, max: 10 },
      { _id: 'b', min: 1, max: 20 },
    ],
  ),
  gives(
    '$first and $last follow the order',
    sales,
    [
      { $sort: { price: 1 } },
      { $group: { _id: '$item', first: { $first: '$_id' }, last: { $last: '$_id' } } },
    ],
    [
      { _id: 'a', first: 3, last: 1 },
      { _id: 'b', first: 4, last: 2 },
    ],
  ),
  gives(
    '$push keeps the order and leaves out what is missing',
    sales,
    [{ $sort: { _id: 1 } }, { $group: { _id: null, all: { $push: '$quantity' } } }],
    [{ _id: null, all: [2, 1, 5] }],
  ),
  gives(
    '$addToSet keeps each once',
    sales,
    [{ $group: { _id: null, items: { $addToSet: '$item' } } }, { $project: { n: { $size: '$items' } } }],
    [{ _id: null, n: 2 }],
  ),
  gives(
    'accumulators take expressions',
    sales,
    [{ $group: { _id: '$item', total: { $sum: { $multiply: ['$price', { $ifNull: ['$quantity', 0] }] } } } }],
    [
      { _id: 'a', total: 45 },
      { _id: 'b', total: 20 },
    ],
  ),
  gives(
    '$count as an accumulator',
    sales,
    [{ $group: { _id: '$item', n: { $count: {} } } }],
    [
      { _id: 'a', n: 2 },
      { _id: 'b', n: 2 },
    ],
  ),
  refused('$group needs an _id', [{ $group: { n: { $sum: 1 } } }], 15955),
  refused('$group takes an object', [{ $group: 1 }], 15947),
  refused('a field of $group needs an accumulator', [{ $group: { _id: null, n: 1 } }], 40234),
  refused(
    'a field of $group takes one accumulator',
    [{ $group: { _id: null, n: { $sum: 1, $max: 2 } } }],
    40238,
  ),
  refused('a field of $group cannot have a dot', [{ $group: { _id: null, 'a.b': { $sum: 1 } } }], 40235),
  refused('an unknown accumulator', [{ $group: { _id: null, n: { $frobnicate: 1 } } }], 15952),
];

const prices = [1, 9, 10, 25, 40, 99].map((price, index) => ({ _id: index, price }));

const buckets: ConformanceCase[] = [
  gives(
    '$sortByCount has the largest first',
    [
      { _id: 1, k: 'x' },
      { _id: 2, k: 'y' },
      { _id: 3, k: 'y' },
    ],
    [{ $sortByCount: '$k' }],
    [
      { _id: 'y', count: 2 },
      { _id: 'x', count: 1 },
    ],
    false,
  ),
  refused('$sortByCount needs an expression', [{ $sortByCount: 'k' }], 40148),
  gives(
    '$bucket includes the lower bound only, and leaves out what is empty',
    prices,
    [{ $bucket: { groupBy: '$price', boundaries: [0, 10, 20, 30, 35, 100] } }],
    [
      { _id: 0, count: 2 },
      { _id: 10, count: 1 },
      { _id: 20, count: 1 },
      { _id: 35, count: 2 },
    ],
    false,
  ),
  gives(
    '$bucket puts what lies outside into its default',
    [...prices, { _id: 9, price: 'x' }, { _id: 10 }],
    [
      {
        $bucket: {
          groupBy: '$price',
          boundaries: [0, 10],
          default: 'other',
          output: { n: { $sum: 1 }, prices: { $push: '$price' } },
        },
      },
    ],
    [
      { _id: 0, n: 2, prices: [1, 9] },
      { _id: 'other', n: 6, prices: [10, 25, 40, 99, 'x'] },
    ],
    false,
  ),
  refused(
    '$bucket without a default refuses what lies outside',
    [{ $bucket: { groupBy: '$v', boundaries: [10, 20] } }],
    40066,
  ),
  refused('$bucket needs boundaries', [{ $bucket: { groupBy: '$v' } }], 40198),
  refused('$bucket needs two boundaries', [{ $bucket: { groupBy: '$v', boundaries: [1] } }], 40192),
  refused('the boundaries of $bucket ascend', [{ $bucket: { groupBy: '$v', boundaries: [2, 1] } }], 40194),
  refused(
    'the boundaries of $bucket are of one type',
    [{ $bucket: { groupBy: '$v', boundaries: [1, 'a'] } }],
    40193,
  ),
  refused(
    'the default of $bucket lies outside its boundaries',
    [{ $bucket: { groupBy: '$v', boundaries: [0, 10], default: 5 } }],
    40199,
  ),
  refused('$bucket knows its options', [{ $bucket: { groupBy: '$v', boundaries: [0, 10], x: 1 } }], 40197),
];

export const cases: ConformanceCase[] = [...groups, ...buckets];
