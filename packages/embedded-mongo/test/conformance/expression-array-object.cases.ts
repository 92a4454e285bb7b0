import type { ConformanceCase } from './case.js';
import { computes, refuses } from './expression-case.js';

const list = { a: [5, 1, 3] };

export const cases: ConformanceCase[] = [
  computes('a path through an array answers an array', '$a.b', [1, 2], {
    a: [{ b: 1 }, { c: 5 }, { b: 2 }, 7],
  }),
  computes('a path through nested arrays passes over them', '$a.b', [1], { a: [{ b: 1 }, [{ b: 2 }]] }),
  computes('a number in a path is a name, not a position', '$a.0', [], list),
  computes('a path through a scalar is missing', '$a.b', undefined, { a: 1 }),
  computes('an array expression makes null of what is missing', ['$a', '$b'], [1, null], { a: 1 }),
  computes('an object expression leaves out what is missing', { x: '$a', y: '$b' }, { x: 1 }, { a: 1 }),
  computes('$arrayElemAt from the end', { $arrayElemAt: ['$a', -1] }, 3, list),
  computes('$arrayElemAt out of bounds is missing', { $arrayElemAt: ['$a', 9] }, undefined, list),
  refuses('$arrayElemAt of a string is refused', { $arrayElemAt: ['$a', 0] }, 28689, { a: 'x' }),
  refuses('$arrayElemAt with a fraction is refused', { $arrayElemAt: ['$a', 1.5] }, 28691, list),
  computes('$first', { $first: '$a' }, 5, list),
  computes('$last of an empty array is missing', { $last: '$a' }, undefined, { a: [] }),
  computes('$concatArrays', { $concatArrays: ['$a', [9]] }, [5, 1, 3, 9], list),
  computes('$concatArrays with null is null', { $concatArrays: ['$a', '$b'] }, null, list),
  refuses('$concatArrays of a number is refused', { $concatArrays: ['$a', [1]] }, 28664, { a: 1 }),
  computes('$filter', { $filter: { input: '$a', as: 'x', cond: { $gt: ['$$x', 2] } } }, [5, 3], list),
  computes(
    '$filter with a limit',
    { $filter: { input: '$a', cond: { $gt: ['$$this', 2] }, limit: 1 } },
    [5],
    list,
  ),
  computes('$filter of null is null', { $filter: { input: '$a', cond: true } }, null),
  refuses('$filter of a number is refused', { $filter: { input: '$a', cond: true } }, 28651, { a: 1 }),
  computes('$map', { $map: { input: '$a', as: 'x', in: { $add: ['$$x', '$b'] } } }, [15, 11, 13], {
    ...list,
    b: 10,
  }),
  computes('$map makes null of what is missing', { $map: { input: '$a', in: '$$this.x' } }, [1, null], {
    a: [{ x: 1 }, {}],
  }),
  refuses('$map needs in', { $map: { input: '$a' } }, 16882, list),
  refuses(
    'a variable outside of its operator is refused',
    { $map: { input: '$a', as: 'x', in: '$$y' } },
    17276,
    list,
  ),
  computes(
    '$reduce',
    { $reduce: { input: '$a', initialValue: 0, in: { $add: ['$$value', '$$this'] } } },
    9,
    list,
  ),
  refuses(
    '$reduce of a number is refused',
    { $reduce: { input: '$a', initialValue: 0, in: '$$value' } },
    40080,
    { a: 1 },
  ),
  computes('$in', { $in: [3, '$a'] }, true, list),
  refuses('$in a missing field is refused', { $in: [3, '$b'] }, 40081, list),
  computes('$isArray', { $isArray: ['$a'] }, true, list),
  computes('$range counts down', { $range: [5, 0, -2] }, [5, 3, 1]),
  refuses('$range refuses a step of zero', { $range: [0, 5, 0] }, 34449),
  refuses('$range is bounded', { $range: [0, '$n'] }, 146, { n: 2000000000 }),
  computes('$reverseArray', { $reverseArray: '$a' }, [3, 1, 5], list),
  computes('$size', { $size: '$a' }, 3, list),
  refuses('$size of a missing field is refused', { $size: '$b' }, 17124, list),
  computes('$slice from the end', { $slice: ['$a', -2] }, [1, 3], list),
  computes('$slice with a position', { $slice: ['$a', 1, 1] }, [1], list),
  refuses('$slice refuses a count of zero', { $slice: ['$a', 1, 0] }, 28729, list),
  computes(
    '$arrayToObject of pairs',
    {
      $arrayToObject: [
        [
          ['x', 1],
          ['y', 2],
        ],
      ],
    },
    { x: 1, y: 2 },
  ),
  computes(
    '$arrayToObject of documents',
    { $arrayToObject: '$a' },
    { x: 2 },
    {
      a: [
        { k: 'x', v: 1 },
        { k: 'x', v: 2 },
      ],
    },
  ),
  refuses('$arrayToObject does not mix its forms', { $arrayToObject: [[{ k: 'x', v: 1 }, ['y', 2]]] }, 40391),
  computes('$objectToArray', { $objectToArray: '$o' }, [{ k: 'x', v: 1 }], { o: { x: 1 } }),
  refuses('$objectToArray of an array is refused', { $objectToArray: '$a' }, 40390, list),
  computes(
    '$mergeObjects passes over null',
    { $mergeObjects: ['$o', null, { y: 3 }] },
    { x: 1, y: 3 },
    { o: { x: 1, y: 2 } },
  ),
  refuses('$mergeObjects of a number is refused', { $mergeObjects: ['$a'] }, 40400, { a: 1 }),
];
