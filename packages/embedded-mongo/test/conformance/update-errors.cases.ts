import { Double } from 'bson';
import type { ConformanceCase } from './case.js';
import { becomes, refused, stays } from './update-case.js';

const deepPath = Array.from({ length: 210 }, () => 'a').join('.');

export const cases: ConformanceCase[] = [
  refused('one path twice', { a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }, 40),
  refused('a path and one below it', { a: {} }, { $set: { a: {}, 'a.b': 1 } }, 40),
  refused(
    'a path below another, the other way round',
    { a: {} },
    { $set: { 'a.b': 1 }, $unset: { a: 1 } },
    40,
  ),
  refused('a field that is renamed and set', { a: 1 }, { $rename: { a: 'b' }, $set: { a: 2 } }, 40),
  refused('a field that is renamed to and set', { a: 1 }, { $rename: { a: 'b' }, $set: { b: 2 } }, 40),
  refused('a field below one that is renamed', { a: {} }, { $rename: { a: 'b' }, $set: { 'a.c': 2 } }, 40),
  refused('$setOnInsert conflicts too', { a: 1 }, { $setOnInsert: { a: 1 }, $set: { a: 2 } }, 40),
  becomes(
    'paths with a common beginning do not conflict',
    { a: { b: 1 }, ab: 1 },
    { $set: { 'a.b': 2, ab: 2 } },
    { a: { b: 2 }, ab: 2 },
  ),
  becomes(
    'paths side by side do not conflict',
    { a: { b: 1, bc: 1 } },
    { $set: { 'a.b': 2 }, $inc: { 'a.bc': 1 } },
    { a: { b: 2, bc: 2 } },
  ),

  refused('$set of another _id', { a: 1 }, { $set: { _id: 2 } }, 66),
  refused('$set of _id in another type', { a: 1 }, { $set: { _id: new Double(1) } }, 66),
  refused('$inc of _id', { a: 1 }, { $inc: { _id: 1 } }, 66),
  refused('$unset of _id', { a: 1 }, { $unset: { _id: 1 } }, 66),
  refused('$rename of _id', { a: 1 }, { $rename: { _id: 'b' } }, 66),
  refused('$rename to _id', { a: 5 }, { $rename: { a: '_id' } }, 66),
  refused('a field below _id', { _id: { a: 1 } }, { $set: { '_id.b': 2 } }, 66),
  stays('$inc of _id by zero', { a: 1 }, { $inc: { _id: 0 } }),

  refused('an empty path', { a: 1 }, { $set: { '': 1 } }, 56),
  refused('an empty part in the middle', { a: 1 }, { $set: { 'a..b': 1 } }, 56),
  refused('an empty part at the end', { a: 1 }, { $set: { 'a.': 1 } }, 56),
  refused('an empty part at the beginning', { a: 1 }, { $unset: { '.a': 1 } }, 56),
  refused('a dollar name at the top', { a: 1 }, { $set: { $b: 1 } }, 52),
  refused('a dollar name at the top of a new path', { a: 1 }, { $set: { '$b.c': 1 } }, 52),
  stays('$unset of a dollar name', { a: 1 }, { $unset: { $b: 1 } }),
  refused('a path that is too deep', {}, { $set: { [deepPath]: 1 } }, 15),

  refused('an unknown operator', { a: 1 }, { $foo: { a: 1 } }, 9),
  refused('a field beside operators', { a: 1 }, { $set: { a: 1 }, b: 1 }, 9),
  refused('an operator beside fields', { a: 1 }, { b: 1, $set: { a: 1 } }, 52),
  refused('an operator of a number', { a: 1 }, { $set: 5 }, 9),
  refused('an operator of an array', { a: 1 }, { $inc: [1] }, 9),

  becomes('a replacement keeps _id and nothing else', { a: 1, b: 2 }, { c: 3 }, { c: 3 }),
  becomes('an empty replacement', { a: 1 }, {}, {}),
  becomes('a replacement may repeat _id anywhere', { a: 1 }, { c: 3, _id: 1 }, { c: 3 }),
  becomes('a replacement may have dollar names below the top', { a: 1 }, { b: { $c: 1 } }, { b: { $c: 1 } }),
  becomes('a replacement may have names with dots', { a: 1 }, { 'b.c': 1 }, { 'b.c': 1 }),
  stays('a replacement by the same document', { a: 1 }, { _id: 1, a: 1 }),
  refused('a replacement with another _id', { a: 1 }, { _id: 2, a: 1 }, 66),
  {
    name: 'a replacement of many',
    documents: [{ _id: 1 }],
    run: { update: { a: 1 }, filter: {}, many: true },
    expect: { error: 9 },
  },
  {
    name: 'an update that is a number',
    documents: [{ _id: 1 }],
    run: { command: { update: '$collection', updates: [{ q: {}, u: 5 }] } },
    expect: { error: 9 },
  },
  {
    name: 'a refused update leaves the document alone',
    documents: [{ _id: 1, a: 1, b: 'x' }],
    run: { command: { findAndModify: '$collection', query: {}, update: { $set: { a: 2 }, $inc: { b: 1 } } } },
    expect: { error: 14 },
  },
];
