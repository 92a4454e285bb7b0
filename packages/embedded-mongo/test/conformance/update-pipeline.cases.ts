import type { ConformanceCase } from './case.js';
import { becomes, refused, stays } from './update-case.js';

export const cases: ConformanceCase[] = [
  becomes('$set computes', { a: 1, b: 2 }, [{ $set: { c: { $add: ['$a', '$b'] } } }], { a: 1, b: 2, c: 3 }),
  becomes('$addFields is $set', { a: 1 }, [{ $addFields: { b: '$a' } }], { a: 1, b: 1 }),
  becomes('$set keeps the place of a field', { a: 1, b: 2 }, [{ $set: { a: '$b' } }], { a: 2, b: 2 }),
  becomes('one $set reads what was before it', { a: 1, b: 2 }, [{ $set: { a: '$b', b: '$a' } }], {
    a: 2,
    b: 1,
  }),
  becomes('the next stage reads the stage before', { a: 1 }, [{ $set: { b: '$a' } }, { $set: { c: '$b' } }], {
    a: 1,
    b: 1,
    c: 1,
  }),
  becomes('new fields come in the order of the stage', {}, [{ $set: { c: 1, a: 2 } }], { c: 1, a: 2 }),
  becomes('$set of a dotted path', { a: { b: 1 } }, [{ $set: { 'a.c': 2 } }], { a: { b: 1, c: 2 } }),
  becomes('$set of a nested document adds to it', { a: { b: 1 } }, [{ $set: { a: { c: 2 } } }], {
    a: { b: 1, c: 2 },
  }),
  becomes(
    '$set of a dotted path reaches every element',
    { a: [{ b: 1 }, { b: 2 }] },
    [{ $set: { 'a.c': 0 } }],
    {
      a: [
        { b: 1, c: 0 },
        { b: 2, c: 0 },
      ],
    },
  ),
  becomes('$set under a scalar replaces it', { a: 5 }, [{ $set: { 'a.b': 1 } }], { a: { b: 1 } }),
  becomes('$set of a literal array', {}, [{ $set: { a: [1, '$_id'] } }], { a: [1, 1] }),
  becomes('$set to a missing field leaves none', { a: 1 }, [{ $set: { b: '$nothing', c: 1 } }], {
    a: 1,
    c: 1,
  }),
  becomes('$$REMOVE takes a field away', { a: 1, b: 2 }, [{ $set: { a: '$$REMOVE' } }], { b: 2 }),
  becomes('$unset of one field', { a: 1, b: 2 }, [{ $unset: 'a' }], { b: 2 }),
  becomes('$unset of several', { a: 1, b: { c: 2, d: 3 } }, [{ $unset: ['a', 'b.c'] }], { b: { d: 3 } }),
  becomes('$unset reaches every element', { a: [{ b: 1, c: 2 }, { b: 3 }, 4] }, [{ $unset: 'a.b' }], {
    a: [{ c: 2 }, {}, 4],
  }),
  becomes('$project includes', { a: 1, b: 2 }, [{ $project: { a: 1 } }], { a: 1 }),
  becomes('$project excludes', { a: 1, b: 2 }, [{ $project: { a: 0 } }], { b: 2 }),
  becomes('$replaceWith keeps _id', { a: { b: 1 } }, [{ $replaceWith: '$a' }], { b: 1 }),
  becomes('$replaceRoot keeps _id', { a: { b: 1 } }, [{ $replaceRoot: { newRoot: '$a' } }], { b: 1 }),
  becomes(
    '$replaceWith of a merged document',
    { a: { b: 1 } },
    [{ $replaceWith: { $mergeObjects: ['$$ROOT', '$a'] } }],
    { a: { b: 1 }, b: 1 },
  ),
  becomes('_id comes back after an $unset', { a: 1 }, [{ $unset: ['_id', 'a'] }], {}),
  becomes('conditions', { n: 5 }, [{ $set: { size: { $cond: [{ $gt: ['$n', 3] }, 'big', 'small'] } } }], {
    n: 5,
    size: 'big',
  }),
  becomes('a literal', {}, [{ $set: { a: { $literal: '$b' } } }], { a: '$b' }),
  stays('a pipeline that changes nothing', { a: 1 }, [{ $set: { a: '$a' } }]),
  stays('stages that undo each other', { a: 1 }, [{ $set: { b: 1 } }, { $unset: 'b' }]),
  stays('no stages', { a: 1 }, []),
  refused('a changed _id', { a: 2 }, [{ $set: { _id: '$a' } }], 66),
  refused('a stage that is not for updates', {}, [{ $match: { a: 1 } }], 72),
  refused('an unknown stage', {}, [{ $nothing: {} }], 40324),
  refused('a stage with two names', {}, [{ $set: { a: 1 }, $unset: 'b' }], 40323),
  refused('$replaceWith of a number', { a: 1 }, [{ $replaceWith: '$a' }], 40228),
  refused('$replaceRoot without a document', {}, [{ $replaceRoot: 1 }], 40229),
  refused('$replaceRoot with an unknown option', {}, [{ $replaceRoot: { root: '$a' } }], 40415),
  refused('$replaceRoot without newRoot', {}, [{ $replaceRoot: {} }], 40414),
  refused('$set of no document', {}, [{ $set: 1 }], 40272),
  refused('$unset of a number', {}, [{ $unset: 1 }], 31002),
  refused('$unset of nothing', {}, [{ $unset: [] }], 31119),
  refused('$unset of a list with a number', {}, [{ $unset: ['a', 1] }], 31120),
  refused('$set of conflicting paths', {}, [{ $set: { a: 1, 'a.b': 2 } }], 40176),
  refused('arrayFilters and a pipeline', { a: [1] }, [{ $set: { a: 1 } }], 9, { arrayFilters: [{ x: 1 }] }),
];
