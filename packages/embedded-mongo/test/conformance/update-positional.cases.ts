import type { ConformanceCase } from './case.js';
import { becomes, refused, stays } from './update-case.js';

const grades = [
  { k: 'a', n: 1 },
  { k: 'b', n: 5 },
  { k: 'c', n: 9 },
];
const [a, b, c] = grades;

export const cases: ConformanceCase[] = [
  becomes(
    '$ is the element that matched',
    { g: [1, 5, 9] },
    { $set: { 'g.$': 0 } },
    { g: [1, 0, 9] },
    { filter: { g: 5 } },
  ),
  becomes(
    '$ is the first element that matched',
    { g: [1, 5, 9] },
    { $set: { 'g.$': 0 } },
    { g: [1, 0, 9] },
    { filter: { g: { $gt: 3 } } },
  ),
  becomes(
    '$ with a field after it',
    { g: grades },
    { $inc: { 'g.$.n': 1 } },
    { g: [a, { k: 'b', n: 6 }, c] },
    { filter: { 'g.k': 'b' } },
  ),
  becomes(
    '$ after $elemMatch',
    { g: grades },
    { $set: { 'g.$.n': 0 } },
    { g: [a, b, { k: 'c', n: 0 }] },
    { filter: { g: { $elemMatch: { k: 'c', n: 9 } } } },
  ),
  becomes(
    '$ makes a field in the element',
    { g: grades },
    { $set: { 'g.$.x.y': 1 } },
    { g: [a, { ...b, x: { y: 1 } }, c] },
    { filter: { 'g.n': 5 } },
  ),
  becomes(
    '$ with $unset leaves null',
    { g: [1, 5] },
    { $unset: { 'g.$': 1 } },
    { g: [1, null] },
    { filter: { g: 5 } },
  ),
  becomes(
    '$ with $push into the element',
    { g: [{ k: 1, t: ['x'] }] },
    { $push: { 'g.$.t': 'y' } },
    { g: [{ k: 1, t: ['x', 'y'] }] },
    { filter: { 'g.k': 1 } },
  ),
  becomes(
    'two paths with $ at one element',
    { g: grades },
    { $set: { 'g.$.n': 0, 'g.$.k': 'z' } },
    { g: [a, { k: 'z', n: 0 }, c] },
    { filter: { 'g.k': 'b' } },
  ),
  becomes(
    '$ beside an index of another element',
    { g: [1, 5] },
    { $set: { 'g.$': 0, 'g.0': 7 } },
    { g: [7, 0] },
    { filter: { g: 5 } },
  ),
  becomes(
    '$ inside $and',
    { g: [1, 5] },
    { $set: { 'g.$': 0 } },
    { g: [1, 0] },
    { filter: { $and: [{ g: 5 }] } },
  ),
  becomes(
    'the array may lie in a document',
    { d: { g: [1, 5] } },
    { $set: { 'd.g.$': 0 } },
    { d: { g: [1, 0] } },
    { filter: { 'd.g': 5 } },
  ),
  stays('$ that sets the same value', { g: [1, 5] }, { $set: { 'g.$': 5 } }, { filter: { g: 5 } }),
  refused('$ without an array in the filter', { g: [1, 5] }, { $set: { 'g.$': 0 } }, 2, {
    filter: { _id: 1 },
  }),
  refused('$ twice in a path', { g: [[1]] }, { $set: { 'g.$.$': 0 } }, 2, { filter: { g: 1 } }),
  refused('$ at the beginning', { g: [1] }, { $set: { '$.g': 0 } }, 2, { filter: { g: 1 } }),
  refused('$ and the same index', { g: [1, 5] }, { $set: { 'g.$': 0, 'g.1': 7 } }, 40, { filter: { g: 5 } }),

  becomes('$[] is every element', { g: [1, 2] }, { $inc: { 'g.$[]': 10 } }, { g: [11, 12] }),
  becomes(
    '$[] with a field after it',
    { g: grades },
    { $set: { 'g.$[].n': 0 } },
    {
      g: [
        { k: 'a', n: 0 },
        { k: 'b', n: 0 },
        { k: 'c', n: 0 },
      ],
    },
  ),
  becomes(
    '$[] in $[]',
    { g: [{ h: [1, 2] }, { h: [3] }] },
    { $mul: { 'g.$[].h.$[]': 2 } },
    { g: [{ h: [2, 4] }, { h: [6] }] },
  ),
  becomes('$[] of nested arrays', { g: [[1], [2, 3]] }, { $inc: { 'g.$[].$[]': 1 } }, { g: [[2], [3, 4]] }),
  becomes('$[] with $unset leaves null', { g: [1, 2] }, { $unset: { 'g.$[]': 1 } }, { g: [null, null] }),
  becomes(
    '$[] with $pull',
    { g: [{ h: [1, 2] }, { h: [1] }] },
    { $pull: { 'g.$[].h': 1 } },
    { g: [{ h: [2] }, { h: [] }] },
  ),
  stays('$[] of an empty array', { g: [] }, { $set: { 'g.$[]': 1 } }),
  refused('$[] of a missing field', {}, { $set: { 'g.$[]': 1 } }, 2),
  refused('$[] of a number', { g: 1 }, { $set: { 'g.$[]': 1 } }, 2),
  refused('$[] at the beginning', { g: [1] }, { $set: { '$[].g': 1 } }, 2),
  refused('$[] and an index', { g: [1] }, { $set: { 'g.$[]': 1, 'g.0': 2 } }, 40),

  becomes(
    '$[x] takes what its filter matches',
    { g: [1, 5, 9] },
    { $set: { 'g.$[x]': 0 } },
    { g: [1, 0, 0] },
    { arrayFilters: [{ x: { $gte: 5 } }] },
  ),
  becomes(
    '$[x] with a filter on a field',
    { g: grades },
    { $inc: { 'g.$[x].n': 1 } },
    { g: [a, { k: 'b', n: 6 }, { k: 'c', n: 10 }] },
    { arrayFilters: [{ 'x.n': { $gt: 2 } }] },
  ),
  becomes(
    '$[x] with several conditions',
    { g: grades },
    { $set: { 'g.$[x].n': 0 } },
    { g: [a, { k: 'b', n: 0 }, c] },
    { arrayFilters: [{ 'x.n': { $gt: 2 }, 'x.k': 'b' }] },
  ),
  becomes(
    '$[x] with $or',
    { g: grades },
    { $set: { 'g.$[x].n': 0 } },
    { g: [{ k: 'a', n: 0 }, b, { k: 'c', n: 0 }] },
    { arrayFilters: [{ $or: [{ 'x.k': 'a' }, { 'x.k': 'c' }] }] },
  ),
  becomes(
    '$[x] with $not and $exists',
    { g: [{ p: 1 }, { q: 1 }] },
    { $set: { 'g.$[x].r': 1 } },
    { g: [{ p: 1 }, { q: 1, r: 1 }] },
    { arrayFilters: [{ 'x.p': { $exists: false } }] },
  ),
  becomes(
    'two names, two arrays',
    {
      g: [
        { k: 1, h: [1, 5] },
        { k: 2, h: [5] },
      ],
    },
    { $set: { 'g.$[x].h.$[y]': 0 } },
    {
      g: [
        { k: 1, h: [1, 0] },
        { k: 2, h: [5] },
      ],
    },
    { arrayFilters: [{ 'x.k': 1 }, { y: { $gt: 3 } }] },
  ),
  becomes(
    'two names on one array, other fields',
    { g: grades },
    { $set: { 'g.$[x].n': 0, 'g.$[y].k': 'z' } },
    { g: [{ k: 'z', n: 0 }, { k: 'b', n: 0 }, c] },
    { arrayFilters: [{ 'x.n': { $lt: 9 } }, { 'y.n': 1 }] },
  ),
  becomes(
    'one name in several paths',
    { g: grades },
    { $set: { 'g.$[x].n': 0 }, $unset: { 'g.$[x].k': 1 } },
    { g: [{ n: 0 }, b, c] },
    { arrayFilters: [{ 'x.k': 'a' }] },
  ),
  becomes(
    '$ and $[x] in one path',
    {
      g: [
        { k: 1, h: [1, 5] },
        { k: 2, h: [5] },
      ],
    },
    { $set: { 'g.$.h.$[y]': 0 } },
    {
      g: [
        { k: 1, h: [1, 0] },
        { k: 2, h: [5] },
      ],
    },
    { filter: { 'g.k': 1 }, arrayFilters: [{ y: 5 }] },
  ),
  becomes(
    'the array filter asks the collation',
    { g: ['x', 'y'] },
    { $set: { 'g.$[e]': 0 } },
    { g: [0, 'y'] },
    { arrayFilters: [{ e: 'X' }], collation: { locale: 'en', strength: 2 } },
  ),
  stays('$[x] that matches nothing', { g: [1] }, { $set: { 'g.$[x]': 0 } }, { arrayFilters: [{ x: 2 }] }),
  refused('$[x] without a filter', { g: [1] }, { $set: { 'g.$[x]': 0 } }, 2),
  refused('a filter that is not used', { g: [1] }, { $set: { g: 0 } }, 9, { arrayFilters: [{ x: 1 }] }),
  refused('two filters of one name', { g: [1] }, { $set: { 'g.$[x]': 0 } }, 9, {
    arrayFilters: [{ x: 1 }, { x: 2 }],
  }),
  refused('a filter with two names', { g: [1] }, { $set: { 'g.$[x]': 0 } }, 9, {
    arrayFilters: [{ x: 1, y: 2 }],
  }),
  refused('a filter without a name', { g: [1] }, { $set: { 'g.$[x]': 0 } }, 9, { arrayFilters: [{}] }),
  refused('a filter with a capital name', { g: [1] }, { $set: { 'g.$[X]': 0 } }, 2, {
    arrayFilters: [{ X: 1 }],
  }),
  refused('two names that meet at one element', { g: [1] }, { $set: { 'g.$[x]': 0, 'g.$[y]': 2 } }, 40, {
    arrayFilters: [{ x: 1 }, { y: 1 }],
  }),
  refused('$[x] of a document', { g: { h: 1 } }, { $set: { 'g.$[x]': 0 } }, 2, { arrayFilters: [{ x: 1 }] }),
];
