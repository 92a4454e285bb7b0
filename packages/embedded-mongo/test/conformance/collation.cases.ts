import type { ConformanceCase } from './case.js';
import { finds, over, refused } from './query-case.js';

const weak = { locale: 'en', strength: 2 };
const weakest = { locale: 'en', strength: 1 };
const texts = over([
  { a: 'cafe' },
  { a: 'Cafe' },
  { a: 'café' },
  { a: 'CAFÉ' },
  { a: ['x', 'CAFE'] },
  { a: { b: 'CAFE' } },
  { a: 5 },
]);
const order = over([{ a: 'b' }, { a: 'A' }, { a: 'a' }, { a: 'B' }, { a: 'é' }, { a: 'f' }, { a: 'e' }]);
const index = [{ key: { a: 1 }, collation: weak }];

export const cases: ConformanceCase[] = [
  texts('without a collation every byte counts', { a: 'cafe' }, [1]),
  texts('strength 2 ignores case', { a: 'cafe' }, [1, 2, 5], { collation: weak }),
  texts('strength 1 ignores accents too', { a: 'cafe' }, [1, 2, 3, 4, 5], { collation: weakest }),
  texts('strength 3 tells them apart', { a: 'cafe' }, [1], { collation: { locale: 'en', strength: 3 } }),
  texts('the locale simple is no collation', { a: 'cafe' }, [1], { collation: { locale: 'simple' } }),
  texts('$in', { a: { $in: ['CAFÉ', 5] } }, [3, 4, 7], { collation: weak }),
  texts('$ne', { a: { $ne: 'CAFE' } }, [3, 4, 6, 7], { collation: weak }),
  texts('$all', { a: { $all: ['X', 'cafe'] } }, [5], { collation: weak }),
  texts('inside a document', { a: { b: 'cafe' } }, [6], { collation: weak }),
  texts('$elemMatch', { a: { $elemMatch: { $eq: 'X' } } }, [5], { collation: weak }),
  texts('a regular expression knows no collation', { a: /cafe/ }, [1], { collation: weak }),
  texts('$expr', { $expr: { $eq: ['$a', 'CAFE'] } }, [1, 2], { collation: weak }),
  texts('an index of the same collation', { a: 'CAFE' }, [1, 2, 5], { collation: weak, indexes: index }),
  texts('$in by an index of the same collation', { a: { $in: ['CAFÉ', 'X'] } }, [3, 4, 5], {
    collation: weak,
    indexes: index,
  }),
  texts('a range by an index of the same collation', { a: { $gt: 'CAFE' } }, [3, 4, 5], {
    collation: weak,
    indexes: index,
  }),
  texts('an index of another collation', { a: 'cafe' }, [1], { indexes: index }),
  order('texts sort by their letters', {}, [2, 3, 1, 4, 7, 5, 6], {
    collation: weak,
    sort: { a: 1, _id: 1 },
  }),
  order('downwards', {}, [6, 5, 7, 1, 4, 2, 3], { collation: weak, sort: { a: -1, _id: 1 } }),
  order('strength 1 sees no accent', {}, [2, 3, 1, 4, 5, 7, 6], {
    collation: weakest,
    sort: { a: 1, _id: 1 },
  }),
  order('a range', { a: { $gte: 'B', $lt: 'f' } }, [1, 4, 5, 7], { collation: weak }),
  order('a sort by an index of the same collation', {}, [2, 3, 1, 4, 7, 5, 6], {
    collation: weak,
    sort: { a: 1, _id: 1 },
    indexes: index,
  }),
  finds('names of fields have no collation', [{ a: { B: 1 } }], { a: { b: 1 } }, [], { collation: weak }),
  {
    name: 'a unique index takes equal texts for duplicates',
    documents: [{ _id: 1, a: 'x' }],
    indexes: [{ key: { a: 1 }, unique: true, collation: weak }],
    run: { command: { insert: '$collection', documents: [{ _id: 2, a: 'X' }] } },
    expect: { error: 11000 },
  },
  refused('a collation has a locale', {}, 40414, { collation: { strength: 2 } }),
];
