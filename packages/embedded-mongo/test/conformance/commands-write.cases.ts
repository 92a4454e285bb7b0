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

export const cases: ConformanceCase[] = [...inserts, ...updates, ...modifications];
