import { Double, type Document } from 'bson';
import type { ConformanceCase, Expectation } from './case.js';

const three: Document[] = [
  { _id: 1, n: 1 },
  { _id: 2, n: 2 },
  { _id: 3, n: 3 },
];

/** A raw command on a collection of three documents, and what it answers. */
function answers(name: string, command: Document, expect: Expectation, documents = three): ConformanceCase {
  return { name, documents, run: { command }, expect };
}

const $collection = '$collection';

const mixed: Document[] = [
  { _id: 1, tags: ['b', 'a'], v: 1 },
  { _id: 2, tags: 'a', v: new Double(1) },
  { _id: 3, tags: [], v: null },
  { _id: 4 },
];

const reads: ConformanceCase[] = [
  answers('count counts', { count: $collection, query: { n: { $gte: 2 } } }, { reply: { n: 2 } }),
  answers('count of a missing collection is 0', { count: 'no_such_collection' }, { reply: { n: 0 } }),
  answers('count keeps skip and limit', { count: $collection, skip: 1, limit: 1 }, { reply: { n: 1 } }),
  answers('count skips past the end', { count: $collection, skip: 9 }, { reply: { n: 0 } }),
  answers(
    'distinct unrolls arrays',
    { distinct: $collection, key: 'tags' },
    { reply: { values: ['b', 'a'] } },
    mixed,
  ),
  answers(
    'distinct takes equal numbers as one and leaves out what is missing',
    { distinct: $collection, key: 'v' },
    { reply: { values: [1, null] } },
    mixed,
  ),
  answers(
    'distinct keeps its query',
    { distinct: $collection, key: 'n', query: { n: { $lt: 3 } } },
    { reply: { values: [1, 2] } },
  ),
  answers('distinct needs a key', { distinct: $collection }, { error: 40414 }),
  answers('find with a negative limit is refused', { find: $collection, limit: -1 }, { error: 51024 }),
  answers('find with an unknown field is refused', { find: $collection, filtre: {} }, { error: 40415 }),
  answers('find with a filter of a wrong type is refused', { find: $collection, filter: 'x' }, { error: 14 }),
  answers(
    'find in one batch leaves no cursor',
    { find: $collection, filter: {}, sort: { _id: 1 }, batchSize: 2, singleBatch: true },
    {
      reply: {
        cursor: {
          id: 0n,
          ns: '$namespace',
          firstBatch: [
            { _id: 1, n: 1 },
            { _id: 2, n: 2 },
          ],
        },
      },
    },
  ),
  answers(
    'find with a batchSize of 0 answers nothing yet',
    { find: $collection, batchSize: 0 },
    { reply: { cursor: { firstBatch: [] } } },
  ),
  answers(
    '$natural: -1 is the order of insertion backwards',
    { find: $collection, sort: { $natural: -1 } },
    {
      documents: [
        { _id: 3, n: 3 },
        { _id: 2, n: 2 },
        { _id: 1, n: 1 },
      ],
    },
  ),
  answers(
    'let is for $expr',
    { find: $collection, filter: { $expr: { $eq: ['$n', '$$wanted'] } }, let: { wanted: 2 } },
    {
      documents: [{ _id: 2, n: 2 }],
    },
  ),
  answers(
    'a cursor that is not open is refused',
    { getMore: 12345n, collection: $collection },
    { error: 43 },
  ),
  answers(
    'killCursors tells which cursors it did not find',
    { killCursors: $collection, cursors: [12345n] },
    { reply: { cursorsKilled: [], cursorsNotFound: [12345n] } },
  ),
];

const definitions: ConformanceCase[] = [
  answers('an unknown command is refused', { frobnicate: 1 }, { error: 59 }),
  answers('create refuses what exists', { create: $collection, capped: false }, { error: 48 }),
  answers(
    'drop of a missing collection is no error',
    { drop: 'no_such_collection' },
    { reply: { ok: new Double(1) } },
  ),
  answers(
    'drop tells how many indexes there were',
    { drop: $collection },
    { reply: { ns: '$namespace', nIndexesWas: 1 } },
  ),
  answers(
    'createIndexes counts',
    { createIndexes: $collection, indexes: [{ key: { n: 1 }, name: 'n_1' }] },
    { reply: { numIndexesBefore: 1, numIndexesAfter: 2, createdCollectionAutomatically: false } },
  ),
  {
    name: 'createIndexes makes a missing collection',
    run: { command: { createIndexes: $collection, indexes: [{ key: { n: 1 }, name: 'n_1' }] } },
    expect: { reply: { numIndexesBefore: 1, numIndexesAfter: 2, createdCollectionAutomatically: true } },
  },
  answers(
    'a unique index over duplicates is refused',
    { createIndexes: $collection, indexes: [{ key: { x: 1 }, name: 'x_1', unique: true }] },
    { error: 11000 },
  ),
  {
    name: 'the same index again is no error',
    indexes: [{ key: { n: 1 }, name: 'n_1' }],
    documents: three,
    run: { command: { createIndexes: $collection, indexes: [{ key: { n: 1 }, name: 'n_1' }] } },
    expect: { reply: { numIndexesBefore: 2, numIndexesAfter: 2, note: 'all indexes already exist' } },
  },
  {
    name: 'another index of the same name is refused',
    indexes: [{ key: { n: 1 }, name: 'n_1' }],
    run: { command: { createIndexes: $collection, indexes: [{ key: { m: 1 }, name: 'n_1' }] } },
    expect: { error: 86 },
  },
  {
    name: 'the same key with another name is refused',
    indexes: [{ key: { n: 1 }, name: 'n_1' }],
    run: { command: { createIndexes: $collection, indexes: [{ key: { n: 1 }, name: 'other' }] } },
    expect: { error: 85 },
  },
  {
    name: 'listIndexes answers _id_ first',
    documents: three,
    indexes: [{ key: { n: -1 }, unique: true, name: 'n' }],
    run: { command: { listIndexes: $collection } },
    expect: {
      documents: [
        { v: 2, key: { _id: 1 }, name: '_id_' },
        { v: 2, key: { n: -1 }, name: 'n', unique: true },
      ],
    },
  },
  answers(
    'listIndexes of a missing collection is refused',
    { listIndexes: 'no_such_collection' },
    { error: 26 },
  ),
  {
    name: 'dropIndexes takes all but _id_',
    documents: three,
    indexes: [{ key: { n: 1 } }, { key: { m: 1 } }],
    run: { command: { dropIndexes: $collection, index: '*' } },
    expect: { reply: { nIndexesWas: 3 } },
  },
  answers(
    'dropIndexes of a missing index is refused',
    { dropIndexes: $collection, index: 'no' },
    { error: 27 },
  ),
  answers('_id_ cannot be dropped', { dropIndexes: $collection, index: '_id_' }, { error: 72 }),
  answers(
    'a hint that names no index is refused',
    { find: $collection, filter: {}, hint: 'no_such_index' },
    { error: 2 },
  ),
  {
    name: 'listCollections filters by name',
    documents: three,
    run: { command: { listCollections: 1, nameOnly: true, filter: { name: $collection } } },
    expect: { reply: { cursor: { id: 0n } } },
  },
  answers('ping', { ping: 1 }, { reply: { ok: new Double(1) } }),
];

export const cases: ConformanceCase[] = [...reads, ...definitions];
