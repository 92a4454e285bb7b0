import type { ConformanceCase } from './case.js';
import { finds, over, refused } from './query-case.js';

const tags = over([
  { a: ['x', 'y'] },
  { a: ['y', 'x'] },
  { a: ['x'] },
  { a: 'x' },
  { a: [] },
  { a: [['x', 'y']] },
  { a: ['x', 'y', 'z'] },
  {},
]);
const numbers = over([{ a: [1, 10] }, { a: [4, 6] }, { a: 5 }, { a: [[4, 6]] }, { a: [] }, { a: null }]);
const items = over([
  {
    items: [
      { sku: 'a', n: 1 },
      { sku: 'b', n: 5 },
    ],
  },
  { items: [{ sku: 'a', n: 5 }] },
  { items: { sku: 'a', n: 5 } },
  { items: [{ sku: 'c', n: [1, 5] }] },
  { items: [{ n: 5 }, 'a', null] },
  { items: [] },
  { items: 7 },
]);
const nested = over([
  { a: [{ b: [{ c: 1 }, { c: 2 }] }] },
  { a: [{ b: { c: 2 } }] },
  { a: { b: [{ c: 3 }] } },
  { a: [[{ b: { c: 2 } }]] },
]);
const places = over([
  { a: [1, 2, 3] },
  { a: [2, 1] },
  { a: { 0: 1 } },
  { a: [[1, 9], 2] },
  { a: [{ 0: 5 }] },
]);

export const cases: ConformanceCase[] = [
  tags('a value is found in an array', { a: 'x' }, [1, 2, 3, 4, 7]),
  tags('an array is found whole and as an element', { a: ['x', 'y'] }, [1, 6]),
  tags('an empty array is found whole', { a: [] }, [5]),
  tags('an empty array is not null', { a: null }, [8]),
  tags('$in finds an element', { a: { $in: ['z', 'q'] } }, [7]),
  tags('$in finds a whole array', { a: { $in: [['x', 'y'], ['x']] } }, [1, 3, 6]),
  tags('$all finds all in any order', { a: { $all: ['x', 'y'] } }, [1, 2, 7]),
  tags('$all of one value finds it outside an array too', { a: { $all: ['x'] } }, [1, 2, 3, 4, 7]),
  tags('$all of nothing finds nothing', { a: { $all: [] } }, []),
  tags('$all of an array finds it whole or as an element', { a: { $all: [['x', 'y']] } }, [1, 6]),
  tags('$all with a regular expression', { a: { $all: [/^x/, /z/] } }, [7]),
  tags('$size', { a: { $size: 2 } }, [1, 2]),
  tags('$size of zero', { a: { $size: 0 } }, [5]),
  tags('$size of one sees a nested array as one', { a: { $size: 1 } }, [3, 6]),
  tags('$not $size finds what is no array', { a: { $not: { $size: 2 } } }, [3, 4, 5, 6, 7, 8]),
  tags('$ne looks at each element', { a: { $ne: 'x' } }, [5, 6, 8]),
  tags('$exists of an element', { 'a.0': { $exists: true } }, [1, 2, 3, 6, 7]),
  tags('arrays compare element by element', { a: { $gt: ['x', 'y'] } }, [2, 6, 7]),
  tags('an array is less than a longer one that it begins', { a: { $lt: ['x', 'y'] } }, [3, 5]),

  numbers('two bounds can be met by two elements', { a: { $gt: 4, $lt: 6 } }, [1, 2, 3]),
  numbers('$elemMatch asks one element', { a: { $elemMatch: { $gt: 3, $lt: 5 } } }, [2]),
  numbers('$elemMatch needs an array', { a: { $elemMatch: { $eq: 5 } } }, []),
  numbers('$elemMatch in $elemMatch', { a: { $elemMatch: { $elemMatch: { $gt: 5 } } } }, [4]),
  numbers('$elemMatch with $size', { a: { $elemMatch: { $size: 2 } } }, [4]),
  numbers('$elemMatch with $in', { a: { $elemMatch: { $in: [6, 10] } } }, [1, 2]),
  numbers('$elemMatch with $ne asks for some other element', { a: { $elemMatch: { $ne: 1 } } }, [1, 2, 4]),
  numbers('$not $elemMatch', { a: { $not: { $elemMatch: { $gt: 5 } } } }, [3, 4, 5, 6]),
  numbers(
    '$all of $elemMatch',
    { a: { $all: [{ $elemMatch: { $lt: 5 } }, { $elemMatch: { $gt: 6 } }] } },
    [1],
  ),

  items('a path goes through the elements', { 'items.sku': 'a' }, [1, 2, 3]),
  items('two conditions can be met by two elements', { 'items.sku': 'a', 'items.n': 5 }, [1, 2, 3]),
  items('$elemMatch of fields asks one element', { items: { $elemMatch: { sku: 'a', n: 5 } } }, [2]),
  items(
    '$elemMatch looks into an array in the element',
    { items: { $elemMatch: { n: { $gt: 4, $lt: 2 } } } },
    [4],
  ),
  items('$elemMatch with $or', { items: { $elemMatch: { $or: [{ sku: 'c' }, { n: { $gt: 9 } }] } } }, [4]),
  items('$elemMatch with a missing field', { items: { $elemMatch: { sku: null } } }, [5]),
  items('$elemMatch of nothing finds any document', { items: { $elemMatch: {} } }, [1, 2, 4, 5]),
  items('null passes over elements that are no documents', { 'items.sku': null }, [5, 7]),
  items('$exists: false is about all elements', { 'items.sku': { $exists: false } }, [5, 6, 7]),
  items('an element is found whole', { items: { sku: 'a', n: 5 } }, [2, 3]),
  items('a field of an element by its place', { 'items.0.sku': 'a' }, [1, 2]),
  items('$size below an array', { 'items.n': { $size: 2 } }, [4]),

  nested('arrays in documents in arrays', { 'a.b.c': 2 }, [1, 2]),
  nested('an array directly in an array is not gone through', { 'a.b.c': { $exists: true } }, [1, 2, 3]),
  nested('a place leads through it', { 'a.0.b.c': 2 }, [1, 2, 4]),
  nested('$elemMatch on a path through arrays', { 'a.b': { $elemMatch: { c: { $gt: 1, $lt: 3 } } } }, [1]),

  places('an element by its place', { 'a.0': 1 }, [1, 3]),
  places('a place beyond the end', { 'a.2': { $exists: true } }, [1]),
  places('what a place leads to is taken whole', { 'a.0': [1, 9] }, [4]),
  places('a number can name a field of an element', { 'a.0': 5 }, [5]),
  places('a place in a nested array', { 'a.0.1': 9 }, [4]),

  finds(
    '$all of $elemMatch on fields',
    [{ a: [{ x: 1 }, { x: 2 }] }, { a: [{ x: 1 }] }],
    {
      a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] },
    },
    [1],
  ),

  refused('$all needs an array', { a: { $all: 1 } }, 2),
  refused('$all holds no other operators', { a: { $all: [{ $gt: 1 }] } }, 2),
  refused('$all mixes no $elemMatch with values', { a: { $all: [{ $elemMatch: { x: 1 } }, 2] } }, 2),
  refused('$elemMatch needs a document', { a: { $elemMatch: 1 } }, 2),
  refused('$size needs a number', { a: { $size: 'x' } }, 2),
  refused('$size is whole', { a: { $size: 1.5 } }, 2),
  refused('$size is not negative', { a: { $size: -1 } }, 2),
];
