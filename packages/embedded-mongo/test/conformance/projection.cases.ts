import type { ConformanceCase } from './case.js';
import { projects, refusedProjection } from './query-case.js';

const flat = { a: 1, b: 2, c: 3 };
const deep = { a: { b: 1, c: { d: 2, e: 3 } }, x: 9 };
const list = { a: [{ b: 1, c: 2 }, 5, { c: 3 }, [{ b: 4, c: 4 }]], x: 9 };
const grades = { name: 'n', grades: [70, 87, 90], more: 1 };
const items = {
  items: [
    { sku: 'a', n: 1 },
    { sku: 'b', n: 5 },
    { sku: 'c', n: 5 },
  ],
  x: 1,
};

export const cases: ConformanceCase[] = [
  projects('an inclusion keeps _id', flat, { a: 1 }, { _id: 1, a: 1 }),
  projects('any number but zero includes', flat, { a: 5 }, { _id: 1, a: 1 }),
  projects('true includes', flat, { b: true }, { _id: 1, b: 2 }),
  projects('_id can be left out of an inclusion', flat, { a: 1, _id: 0 }, { a: 1 }),
  projects('fields keep the order of the document', flat, { c: 1, a: 1 }, { _id: 1, a: 1, c: 3 }),
  projects('an exclusion', flat, { a: 0 }, { _id: 1, b: 2, c: 3 }),
  projects('false excludes', flat, { a: false, c: false }, { _id: 1, b: 2 }),
  projects('_id alone can be excluded', flat, { _id: 0 }, { a: 1, b: 2, c: 3 }),
  projects('_id alone can be included', flat, { _id: 1 }, { _id: 1 }),
  projects('_id and others can be excluded', flat, { _id: 0, a: 0 }, { b: 2, c: 3 }),
  projects('a missing field is not made', flat, { z: 1 }, { _id: 1 }),
  projects('an empty projection keeps all', flat, {}, { _id: 1, a: 1, b: 2, c: 3 }),

  projects('a dotted inclusion', deep, { 'a.b': 1 }, { _id: 1, a: { b: 1 } }),
  projects('two dotted inclusions', deep, { 'a.b': 1, 'a.c.e': 1 }, { _id: 1, a: { b: 1, c: { e: 3 } } }),
  projects(
    'an inclusion in a document',
    deep,
    { a: { b: 1, c: { d: 1 } } },
    { _id: 1, a: { b: 1, c: { d: 2 } } },
  ),
  projects('a dotted exclusion', deep, { 'a.c.d': 0 }, { _id: 1, a: { b: 1, c: { e: 3 } }, x: 9 }),
  projects('an exclusion in a document', deep, { a: { c: 0 } }, { _id: 1, a: { b: 1 }, x: 9 }),
  projects(
    'an included path that ends in nothing leaves its documents',
    deep,
    { 'a.z': 1 },
    { _id: 1, a: {} },
  ),
  projects('a dotted inclusion of a scalar drops it', deep, { 'x.y': 1 }, { _id: 1 }),
  projects('a dotted exclusion of a scalar keeps it', deep, { 'x.y': 0, a: 0 }, { _id: 1, x: 9 }),
  projects(
    'an inclusion goes into arrays and drops scalars',
    list,
    { 'a.b': 1 },
    { _id: 1, a: [{ b: 1 }, {}, [{ b: 4 }]] },
  ),
  projects(
    'an exclusion goes into arrays and keeps scalars',
    list,
    { 'a.c': 0 },
    { _id: 1, a: [{ b: 1 }, 5, {}, [{ b: 4 }]], x: 9 },
  ),
  projects(
    'a number in a path is no place',
    { a: [{ b: 1 }, { 0: 2 }] },
    { 'a.0': 1 },
    { _id: 1, a: [{}, { 0: 2 }] },
  ),
  projects('a part of _id', { x: 1, _id: { a: 1, b: 2 } }, { '_id.a': 1 }, { _id: { a: 1 } }),

  projects(
    '$slice from the beginning',
    grades,
    { grades: { $slice: 2 } },
    { _id: 1, name: 'n', grades: [70, 87], more: 1 },
  ),
  projects(
    '$slice from the end',
    grades,
    { grades: { $slice: -1 } },
    { _id: 1, name: 'n', grades: [90], more: 1 },
  ),
  projects(
    '$slice after some',
    grades,
    { grades: { $slice: [1, 5] } },
    { _id: 1, name: 'n', grades: [87, 90], more: 1 },
  ),
  projects(
    '$slice from before the end',
    grades,
    { grades: { $slice: [-2, 1] } },
    { _id: 1, name: 'n', grades: [87], more: 1 },
  ),
  projects(
    '$slice beyond the end',
    grades,
    { grades: { $slice: [5, 1] } },
    { _id: 1, name: 'n', grades: [], more: 1 },
  ),
  projects(
    '$slice before the beginning',
    grades,
    { grades: { $slice: [-9, 1] } },
    { _id: 1, name: 'n', grades: [70], more: 1 },
  ),
  projects(
    '$slice in an inclusion',
    grades,
    { name: 1, grades: { $slice: 1 } },
    { _id: 1, name: 'n', grades: [70] },
  ),
  projects(
    '$slice in an exclusion',
    grades,
    { name: 0, grades: { $slice: 1 } },
    { _id: 1, grades: [70], more: 1 },
  ),
  projects('$slice of what is no array', { a: 5 }, { a: { $slice: 1 } }, { _id: 1, a: 5 }),
  projects(
    '$slice on a path',
    { a: { b: [1, 2], c: 1 } },
    { 'a.b': { $slice: 1 } },
    { _id: 1, a: { b: [1], c: 1 } },
  ),

  projects(
    '$elemMatch keeps the first that matches',
    items,
    { items: { $elemMatch: { n: 5 } } },
    { _id: 1, items: [{ sku: 'b', n: 5 }] },
  ),
  projects(
    '$elemMatch without a match leaves the field out',
    items,
    { items: { $elemMatch: { n: 9 } }, x: 1 },
    { _id: 1, x: 1 },
  ),
  projects('$elemMatch of values', grades, { grades: { $elemMatch: { $gt: 80 } } }, { _id: 1, grades: [87] }),
  projects(
    '$elemMatch comes after the other fields',
    items,
    { items: { $elemMatch: { sku: 'c' } }, x: 1 },
    { _id: 1, x: 1, items: [{ sku: 'c', n: 5 }] },
  ),
  projects('$elemMatch of what is no array', { a: 5 }, { a: { $elemMatch: { $gt: 1 } } }, { _id: 1 }),

  projects(
    'the positional operator keeps what the filter found',
    items,
    { 'items.$': 1 },
    { _id: 1, items: [{ sku: 'b', n: 5 }] },
    {
      'items.n': 5,
    },
  ),
  projects(
    'the positional operator with $elemMatch',
    items,
    { 'items.$': 1 },
    { _id: 1, items: [{ sku: 'c', n: 5 }] },
    {
      items: { $elemMatch: { n: 5, sku: 'c' } },
    },
  ),
  projects(
    'the positional operator with values',
    grades,
    { 'grades.$': 1, name: 1 },
    { _id: 1, name: 'n', grades: [87] },
    {
      grades: { $gte: 80 },
    },
  ),
  projects(
    'the positional operator on a path',
    { a: { b: [1, 2, 3] } },
    { 'a.b.$': 1 },
    { _id: 1, a: { b: [2] } },
    {
      'a.b': 2,
    },
  ),

  projects('an expression', flat, { sum: { $add: ['$a', '$b'] } }, { _id: 1, sum: 3 }),
  projects('a path as an expression', flat, { renamed: '$a', b: 1 }, { _id: 1, b: 2, renamed: 1 }),
  projects('a text is a literal', flat, { t: 'text' }, { _id: 1, t: 'text' }),
  projects('an array of expressions', flat, { t: ['$a', '$z'] }, { _id: 1, t: [1, null] }),
  projects('an expression of a missing field', flat, { t: '$z', a: 1 }, { _id: 1, a: 1 }),
  projects(
    'an expression under an existing name goes to the end',
    flat,
    { a: '$b', c: 1 },
    { _id: 1, c: 3, a: 2 },
  ),
  projects('an expression on a path', deep, { 'a.sum': { $add: ['$a.b', 1] } }, { _id: 1, a: { sum: 2 } }),
  projects(
    'an expression for each element',
    { a: [{ b: 1 }, { b: 2 }], k: 7 },
    { 'a.k': '$k' },
    {
      _id: 1,
      a: [{ k: 7 }, { k: 7 }],
    },
  ),
  projects('$literal can say 1', flat, { t: { $literal: 1 } }, { _id: 1, t: 1 }),

  refusedProjection('inclusion after exclusion', { a: 0, b: 1 }, 31253),
  refusedProjection('exclusion after inclusion', { a: 1, b: 0 }, 31254),
  refusedProjection('a path under an included field', { a: 1, 'a.b': 1 }, 31249),
  refusedProjection('a field over an included path', { 'a.b': 1, a: 1 }, 31250),
  refusedProjection('an expression in an exclusion', { a: 0, b: { $add: [1, 2] } }, 31252),
  refusedProjection('an empty document', { a: {} }, 51270),
  refusedProjection('a path that ends in a dot', { 'a.': 1 }, 40353),
  refusedProjection('a path with an empty part', { 'a..b': 1 }, 15998),
  refusedProjection('a path of a dollar field', { $a: 1 }, 16410),
  refusedProjection('$elemMatch on a path', { 'a.b': { $elemMatch: { c: 1 } } }, 31275),
  refusedProjection('$elemMatch of no document', { a: { $elemMatch: 1 } }, 31274),
  refusedProjection('two positional operators', { 'a.$': 1, 'b.$': 1 }, 31276, { a: 1, b: 1 }),
  refusedProjection('an excluding positional operator', { 'a.$': 0 }, 31395, { a: 1 }),
  refusedProjection('a positional operator in the middle', { 'a.$.b': 1 }, 31394, { a: 1 }),
  refusedProjection(
    'a positional operator without a match in the array',
    { 'a.$': 1 },
    51246,
    { b: 1 },
    { a: [1], b: 1 },
  ),
];
