import type { Document } from 'bson';
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

const nested = [{ _id: 1, a: { b: 1, c: 2 }, list: [{ x: 1 }, { x: 2 }], plain: 5 }];

const shapes: ConformanceCase[] = [
  gives(
    '$project includes',
    nested,
    [{ $project: { 'a.b': 1, plain: 1 } }],
    [{ _id: 1, a: { b: 1 }, plain: 5 }],
  ),
  gives(
    '$project goes through arrays',
    nested,
    [{ $project: { _id: 0, 'list.x': 1 } }],
    [{ list: [{ x: 1 }, { x: 2 }] }],
  ),
  gives('$project excludes', nested, [{ $project: { a: 0, list: 0 } }], [{ _id: 1, plain: 5 }]),
  gives(
    '$project computes',
    nested,
    [{ $project: { sum: { $add: ['$a.b', '$a.c'] } } }],
    [{ _id: 1, sum: 3 }],
  ),
  refused('$project cannot mix', [{ $project: { a: 1, b: 0 } }], 31254),
  gives(
    '$set adds at the end and keeps the rest',
    nested,
    [{ $set: { plain: 6, more: '$a.c' } }, { $unset: ['list', 'a'] }],
    [{ _id: 1, plain: 6, more: 2 }],
  ),
  gives(
    '$addFields into a document',
    nested,
    [{ $addFields: { 'a.d': 3 } }, { $project: { a: 1 } }],
    [{ _id: 1, a: { b: 1, c: 2, d: 3 } }],
  ),
  gives(
    '$addFields by a nested document merges',
    nested,
    [{ $addFields: { a: { d: 3 } } }, { $project: { a: 1 } }],
    [{ _id: 1, a: { b: 1, c: 2, d: 3 } }],
  ),
  gives(
    '$addFields into each document of an array',
    nested,
    [{ $addFields: { 'list.y': '$plain' } }, { $project: { list: 1 } }],
    [
      {
        _id: 1,
        list: [
          { x: 1, y: 5 },
          { x: 2, y: 5 },
        ],
      },
    ],
  ),
  gives(
    '$addFields into a scalar replaces it',
    nested,
    [{ $addFields: { 'plain.x': 1 } }, { $project: { plain: 1 } }],
    [{ _id: 1, plain: { x: 1 } }],
  ),
  gives(
    '$$REMOVE takes a field away',
    nested,
    [{ $set: { a: '$$REMOVE', list: '$$REMOVE' } }],
    [{ _id: 1, plain: 5 }],
  ),
  gives(
    '$set reads what was before the stage',
    [{ _id: 1, a: 1, b: 2 }],
    [{ $set: { a: '$b', b: '$a' } }],
    [{ _id: 1, a: 2, b: 1 }],
  ),
  gives('$unset of one name', nested, [{ $unset: 'a' }, { $unset: 'list' }], [{ _id: 1, plain: 5 }]),
  refused('$set with two paths in conflict', [{ $set: { a: 1, 'a.b': 2 } }], 40176),
  refused('$unset takes names', [{ $unset: 5 }], 31002),
  gives('$replaceRoot', nested, [{ $replaceRoot: { newRoot: '$a' } }], [{ b: 1, c: 2 }]),
  gives(
    '$replaceWith a computed document',
    nested,
    [{ $replaceWith: { $mergeObjects: [{ z: 0 }, '$a'] } }],
    [{ z: 0, b: 1, c: 2 }],
  ),
  refused('$replaceWith something that is no document', [{ $replaceWith: '$_id' }], 40228),
  refused('$replaceWith what is missing', [{ $replaceWith: '$nowhere' }], 40228),
];

export const cases: ConformanceCase[] = shapes;
