import type { Document } from 'bson';
import type { ConformanceCase } from './case.js';

const orders = [
  { _id: 1, item: 'almonds', quantity: 2 },
  { _id: 2, item: 'pecans', quantity: 1 },
  { _id: 3 },
];
const stock = [
  { _id: 1, sku: 'almonds', left: 120 },
  { _id: 2, sku: 'bread', left: 80 },
  { _id: 3, sku: 'pecans', left: 0 },
  { _id: 4, sku: null, left: 5 },
  { _id: 5, left: 6 },
];

function gives(
  name: string,
  documents: Document[],
  others: Record<string, Document[]>,
  aggregate: Document[],
  expected: Document[],
): ConformanceCase {
  return { name, documents, others, run: { aggregate }, expect: { documents: expected } };
}

function refused(name: string, stage: Document): ConformanceCase {
  return { name, documents: [{ _id: 1 }], run: { aggregate: [stage] }, expect: { error: 9 } };
}

const byId = { $sort: { _id: 1 } };
const byField = { from: 'stock', localField: 'item', foreignField: 'sku' };

const equality: ConformanceCase[] = [
  gives(
    'joins by equality; what is missing joins null and missing',
    orders,
    { stock },
    [byId, { $lookup: { ...byField, as: 'stock' } }, { $project: { ids: '$stock._id' } }],
    [
      { _id: 1, ids: [1] },
      { _id: 2, ids: [3] },
      { _id: 3, ids: [4, 5] },
    ],
  ),
  gives(
    'nothing to join gives an empty array',
    [{ _id: 1, item: 'nuts' }],
    { stock },
    [{ $lookup: { ...byField, as: 'stock' } }],
    [{ _id: 1, item: 'nuts', stock: [] }],
  ),
  gives(
    'a missing collection joins nothing',
    [{ _id: 1, item: 'nuts' }],
    {},
    [{ $lookup: { ...byField, from: 'no_such_collection', as: 'stock' } }],
    [{ _id: 1, item: 'nuts', stock: [] }],
  ),
  gives(
    'an array joins each of its elements',
    [{ _id: 1, item: ['almonds', 'pecans'] }],
    { stock },
    [{ $lookup: { ...byField, as: 'stock' } }, { $project: { ids: '$stock._id' } }],
    [{ _id: 1, ids: [1, 3] }],
  ),
  gives(
    'an array on the other side joins by each of its elements',
    [{ _id: 1, item: 'b' }],
    {
      stock: [
        { _id: 1, sku: ['a', 'b'] },
        { _id: 2, sku: ['c'] },
      ],
    },
    [{ $lookup: { ...byField, as: 'stock' } }],
    [{ _id: 1, item: 'b', stock: [{ _id: 1, sku: ['a', 'b'] }] }],
  ),
  gives(
    'paths through arrays of documents',
    [{ _id: 1, lines: [{ item: 'almonds' }, { item: 'bread' }] }],
    { stock },
    [{ $lookup: { ...byField, localField: 'lines.item', as: 'stock' } }, { $project: { ids: '$stock._id' } }],
    [{ _id: 1, ids: [1, 2] }],
  ),
  gives(
    'a value that looks like an operator is a value',
    [{ _id: 1, item: { $gt: 0 } }],
    { stock },
    [{ $lookup: { ...byField, as: 'stock' } }, { $project: { n: { $size: '$stock' } } }],
    [{ _id: 1, n: 0 }],
  ),
  gives(
    'as replaces a field and may be a path',
    [{ _id: 1, item: 'bread', a: { b: 1, c: 2 } }],
    { stock },
    [{ $lookup: { ...byField, as: 'a.b' } }],
    [{ _id: 1, item: 'bread', a: { b: [{ _id: 2, sku: 'bread', left: 80 }], c: 2 } }],
  ),
  gives(
    '$unwind after $lookup',
    orders,
    { stock },
    [
      { $match: { item: { $exists: true } } },
      { $lookup: { ...byField, as: 's' } },
      { $unwind: '$s' },
      { $project: { left: '$s.left' } },
      byId,
    ],
    [
      { _id: 1, left: 120 },
      { _id: 2, left: 0 },
    ],
  ),
];

const pipelines: ConformanceCase[] = [
  gives(
    'a pipeline alone joins every document with its whole result',
    orders.slice(0, 1),
    { stock },
    [
      {
        $lookup: {
          from: 'stock',
          pipeline: [{ $match: { left: { $gt: 100 } } }, { $project: { left: 1 } }],
          as: 's',
        },
      },
    ],
    [{ ...orders[0], s: [{ _id: 1, left: 120 }] }],
  ),
  gives(
    'let gives the pipeline values of the document',
    orders.slice(0, 2),
    { stock },
    [
      byId,
      {
        $lookup: {
          from: 'stock',
          let: { item: '$item', quantity: '$quantity' },
          pipeline: [
            { $match: { $expr: { $and: [{ $eq: ['$sku', '$$item'] }, { $gte: ['$left', '$$quantity'] }] } } },
            { $project: { _id: 0, left: 1, rest: { $subtract: ['$left', '$$quantity'] } } },
          ],
          as: 's',
        },
      },
    ],
    [
      { ...orders[0], s: [{ left: 120, rest: 118 }] },
      { ...orders[1], s: [] },
    ],
  ),
  gives(
    'both forms together: the fields first, then the pipeline',
    orders.slice(0, 2),
    { stock },
    [
      byId,
      {
        $lookup: {
          ...byField,
          pipeline: [{ $match: { left: { $gt: 0 } } }, { $project: { left: 1 } }],
          as: 's',
        },
      },
    ],
    [
      { ...orders[0], s: [{ _id: 1, left: 120 }] },
      { ...orders[1], s: [] },
    ],
  ),
  gives(
    'sort and limit within the pipeline',
    [{ _id: 1 }],
    { stock },
    [
      {
        $lookup: {
          from: 'stock',
          pipeline: [{ $sort: { left: -1 } }, { $limit: 2 }, { $project: { left: 1 } }],
          as: 's',
        },
      },
    ],
    [
      {
        _id: 1,
        s: [
          { _id: 1, left: 120 },
          { _id: 2, left: 80 },
        ],
      },
    ],
  ),
  gives(
    'a $lookup within a $lookup sees the variables of both',
    [{ _id: 1, a: 1 }],
    { first: [{ _id: 10, b: 2 }], second: [{ _id: 20 }] },
    [
      {
        $lookup: {
          from: 'first',
          let: { a: '$a' },
          pipeline: [
            {
              $lookup: {
                from: 'second',
                let: { b: '$b' },
                pipeline: [{ $project: { sum: { $add: ['$$a', '$$b'] } } }],
                as: 'in',
              },
            },
          ],
          as: 'out',
        },
      },
    ],
    [{ _id: 1, a: 1, out: [{ _id: 10, b: 2, in: [{ _id: 20, sum: 3 }] }] }],
  ),
  gives(
    'a $group within the pipeline of a $lookup',
    orders.slice(0, 1),
    { stock },
    [{ $lookup: { ...byField, pipeline: [{ $group: { _id: null, left: { $sum: '$left' } } }], as: 's' } }],
    [{ ...orders[0], s: [{ _id: null, left: 120 }] }],
  ),
  {
    name: 'an index on the other side changes nothing',
    documents: [
      { _id: 1, up: null },
      { _id: 2, up: 1 },
      { _id: 3, up: 1 },
    ],
    indexes: [{ key: { up: 1 } }],
    others: { elsewhere: [{ _id: 1 }, { _id: 2 }] },
    run: {
      aggregate: [
        byId,
        { $lookup: { from: 'elsewhere', localField: 'up', foreignField: '_id', as: 'parents' } },
        { $project: { n: { $size: '$parents' } } },
      ],
    },
    expect: {
      documents: [
        { _id: 1, n: 0 },
        { _id: 2, n: 1 },
        { _id: 3, n: 1 },
      ],
    },
  },
  refused('$lookup needs as', { $lookup: { from: 'stock', localField: 'a', foreignField: 'b' } }),
  refused('$lookup needs both fields', { $lookup: { from: 'stock', localField: 'a', as: 's' } }),
  refused('$lookup needs fields or a pipeline', { $lookup: { from: 'stock', as: 's' } }),
  refused('$lookup knows its options', { $lookup: { ...byField, as: 's', x: 1 } }),
  {
    name: 'a pipeline cannot use a variable that let does not give',
    documents: [{ _id: 1 }],
    run: {
      aggregate: [
        { $lookup: { from: 'stock', pipeline: [{ $match: { $expr: { $eq: ['$a', '$$b'] } } }], as: 's' } },
      ],
    },
    expect: { error: 17276 },
  },
];

const unions: ConformanceCase[] = [
  gives(
    '$unionWith appends another collection',
    [{ _id: 1 }],
    { more: [{ _id: 2 }, { _id: 1 }] },
    [{ $unionWith: 'more' }],
    [{ _id: 1 }, { _id: 2 }, { _id: 1 }],
  ),
  gives(
    '$unionWith runs its pipeline over the other collection only',
    [{ _id: 1, n: 1 }],
    {
      more: [
        { _id: 2, n: 2 },
        { _id: 3, n: 3 },
      ],
    },
    [{ $unionWith: { coll: 'more', pipeline: [{ $match: { n: 3 } }] } }, { $project: { n: 1, _id: 0 } }],
    [{ n: 1 }, { n: 3 }],
  ),
  gives(
    '$unionWith a missing collection adds nothing',
    [{ _id: 1 }],
    {},
    [{ $unionWith: 'no_such_collection' }],
    [{ _id: 1 }],
  ),
];

export const cases: ConformanceCase[] = [...equality, ...pipelines, ...unions];
