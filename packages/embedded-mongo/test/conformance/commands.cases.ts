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

const inserts: ConformanceCase[] = [
  answers(
    'insert counts',
    { insert: $collection, documents: [{ _id: 4 }, { _id: 5 }] },
    { reply: { n: 2, ok: new Double(1) } },
  ),
  answers(
    'an ordered insert ends at the first duplicate and tells which key',
    { insert: $collection, documents: [{ _id: 4 }, { _id: 1 }, { _id: 5 }] },
    { reply: { n: 1 } },
  ),
  answers('a duplicate _id is refused', { insert: $collection, documents: [{ _id: 1 }] }, { error: 11000 }),
  answers(
    'an unordered insert goes on after a duplicate',
    { insert: $collection, ordered: false, documents: [{ _id: 4 }, { _id: 1 }, { _id: 5 }] },
    { reply: { n: 2 } },
  ),
  answers('an _id may not be an array', { insert: $collection, documents: [{ _id: [1] }] }, { error: 53 }),
  answers(
    'an _id may not have fields that begin with a dollar',
    { insert: $collection, documents: [{ _id: { $a: 1 } }] },
    { error: 52 },
  ),
  answers('an insert needs documents', { insert: $collection, documents: [] }, { error: 16 }),
  answers('an insert without documents at all is refused', { insert: $collection }, { error: 40414 }),
  answers('a collection name may not hold a dollar', { insert: 'a$b', documents: [{}] }, { error: 73 }),
  {
    name: 'the _id becomes the first field',
    documents: [{ a: 1, _id: 7 }],
    run: {
      aggregate: [{ $project: { names: { $map: { input: { $objectToArray: '$$ROOT' }, in: '$$this.k' } } } }],
    },
    expect: { documents: [{ _id: 7, names: ['_id', 'a'] }] },
  },
];

const updates: ConformanceCase[] = [
  answers(
    'update counts what it found and what it changed',
    { update: $collection, updates: [{ q: {}, u: { $set: { n: 2 } }, multi: true }] },
    { reply: { n: 3, nModified: 2 } },
  ),
  answers(
    'an upsert tells the _id of what it inserted',
    { update: $collection, updates: [{ q: { _id: 9 }, u: { $set: { n: 9 } }, upsert: true }] },
    { reply: { n: 1, nModified: 0, upserted: [{ index: 0, _id: 9 }] } },
  ),
  answers(
    'a statement of an update with an unknown field is refused',
    { update: $collection, updates: [{ q: {}, u: { $set: { n: 2 } }, many: true }] },
    { error: 40415 },
  ),
  answers(
    'a replacement cannot be for many',
    { update: $collection, updates: [{ q: {}, u: { n: 2 }, multi: true }] },
    { error: 9 },
  ),
  answers(
    'delete with limit 1 takes one',
    { delete: $collection, deletes: [{ q: {}, limit: 1 }] },
    { reply: { n: 1 } },
  ),
  answers(
    'delete with limit 0 takes all',
    { delete: $collection, deletes: [{ q: { n: { $gt: 1 } }, limit: 0 }] },
    { reply: { n: 2 } },
  ),
  answers(
    'delete knows no other limit',
    { delete: $collection, deletes: [{ q: {}, limit: 2 }] },
    { error: 9 },
  ),
];

const modifications: ConformanceCase[] = [
  answers(
    'findAndModify answers the document before',
    { findAndModify: $collection, query: { _id: 1 }, update: { $inc: { n: 1 } } },
    { reply: { value: { _id: 1, n: 1 }, lastErrorObject: { n: 1, updatedExisting: true } } },
  ),
  answers(
    'findAndModify with new answers the document after',
    { findAndModify: $collection, query: { _id: 1 }, update: { $inc: { n: 1 } }, new: true },
    { reply: { value: { _id: 1, n: 2 } } },
  ),
  answers(
    'findAndModify takes the first in the order of sort',
    { findAndModify: $collection, query: {}, sort: { n: -1 }, remove: true },
    { reply: { value: { _id: 3, n: 3 }, lastErrorObject: { n: 1 } } },
  ),
  answers(
    'findAndModify that finds nothing answers null',
    { findAndModify: $collection, query: { _id: 9 }, update: { $set: { n: 1 } } },
    { reply: { value: null, lastErrorObject: { n: 0, updatedExisting: false } } },
  ),
  answers(
    'findAndModify that upserts answers null as the document before',
    { findAndModify: $collection, query: { _id: 9 }, update: { $set: { n: 1 } }, upsert: true },
    { reply: { value: null, lastErrorObject: { n: 1, updatedExisting: false, upserted: 9 } } },
  ),
  answers(
    'findAndModify that upserts answers the new document when asked',
    { findAndModify: $collection, query: { _id: 9 }, update: { $set: { n: 1 } }, upsert: true, new: true },
    { reply: { value: { _id: 9, n: 1 } } },
  ),
  answers(
    'findAndModify projects its answer',
    {
      findAndModify: $collection,
      query: { _id: 1 },
      update: { $set: { n: 5 } },
      fields: { _id: 0 },
      new: true,
    },
    { reply: { value: { n: 5 } } },
  ),
  answers(
    'findAndModify cannot both update and remove',
    { findAndModify: $collection, query: {}, update: { $set: { n: 1 } }, remove: true },
    { error: 9 },
  ),
  answers('findAndModify must do something', { findAndModify: $collection, query: {} }, { error: 9 }),
  answers(
    'findAndModify cannot answer a removed document as new',
    { findAndModify: $collection, query: {}, remove: true, new: true },
    { error: 9 },
  ),
];

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

export const cases: ConformanceCase[] = [...inserts, ...updates, ...modifications, ...reads, ...definitions];
