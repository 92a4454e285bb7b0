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
  computes('$indexOfArray', { $indexOfArray: ['$a', 3] }, 2, list),
  computes('$indexOfArray from a start', { $indexOfArray: ['$a', 5, 1] }, -1, list),
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
    '$zip stops with the shortest',
    { $zip: { inputs: ['$a', ['x', 'y']] } },
    [
      [5, 'x'],
      [1, 'y'],
    ],
    list,
  ),
  computes(
    '$zip fills up with the defaults',
    {
      $zip: {
        inputs: [
          ['a', null],
          [1, 2, 3],
        ],
        useLongestLength: true,
        defaults: ['z', 0],
      },
    },
    [
      ['a', 1],
      [null, 2],
      ['z', 3],
    ],
  ),
  refuses(
    '$zip refuses defaults without useLongestLength',
    { $zip: { inputs: ['$a'], defaults: [1] } },
    34466,
    list,
  ),
  computes('$sortArray of values', { $sortArray: { input: '$a', sortBy: -1 } }, [5, 3, 1], list),
  computes(
    '$sortArray of documents',
    { $sortArray: { input: '$a', sortBy: { n: 1, m: -1 } } },
    [
      { n: 1, m: 2 },
      { n: 1, m: 1 },
      { n: 2, m: 1 },
    ],
    {
      a: [
        { n: 2, m: 1 },
        { n: 1, m: 1 },
        { n: 1, m: 2 },
      ],
    },
  ),
  computes('$maxN', { $maxN: { n: 2, input: '$a' } }, [5, 3], list),
  computes('$minN passes over null', { $minN: { n: 2, input: '$a' } }, [1, 2], { a: [null, 2, 1] }),
  computes('$firstN', { $firstN: { n: 2, input: '$a' } }, [5, 1], list),
  computes('$lastN', { $lastN: { n: 2, input: '$a' } }, [1, 3], list),
  refuses('$firstN refuses n of zero', { $firstN: { n: 0, input: '$a' } }, 5787908, list),
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
  computes('$getField with a dot in the name', { $getField: { field: 'a.b', input: '$o' } }, 1, {
    o: { 'a.b': 1 },
  }),
  computes('$getField of the current document', { $getField: 'x' }, 7, { x: 7 }),
  computes(
    '$setField',
    { $setField: { field: 'y', input: '$o', value: 2 } },
    { x: 1, y: 2 },
    { o: { x: 1 } },
  ),
  computes('$unsetField', { $unsetField: { field: 'x', input: '$o' } }, { y: 2 }, { o: { x: 1, y: 2 } }),
  refuses('$setField of a number is refused', { $setField: { field: 'y', input: 1, value: 2 } }, 4161105),
  computes('$setUnion', { $setUnion: [[2, 1, 2], [3]] }, [1, 2, 3]),
  computes(
    '$setIntersection',
    {
      $setIntersection: [
        [3, 2, 1],
        [2, 3, 4],
      ],
    },
    [2, 3],
  ),
  computes('$setDifference', { $setDifference: [[3, 1, 3], [1]] }, [3]),
  computes(
    '$setEquals ignores order and repetition',
    {
      $setEquals: [
        [1, 2, 1],
        [2, 1],
      ],
    },
    true,
  ),
  refuses('$setEquals needs two arguments', { $setEquals: [[1]] }, 17045),
  computes('$setIsSubset', { $setIsSubset: [[1], '$a'] }, true, list),
  computes('$setUnion with null is null', { $setUnion: ['$b', [1]] }, null),
  refuses('$setUnion of a number is refused', { $setUnion: ['$b', [1]] }, 17043, { b: 1 }),
  computes('$anyElementTrue', { $anyElementTrue: [[0, null, 'x']] }, true),
  computes('$allElementsTrue', { $allElementsTrue: [[1, 0]] }, false),
  refuses('$allElementsTrue of null is refused', { $allElementsTrue: ['$b'] }, 17040, { b: null }),
];
