import { Decimal128, Double, type Document } from 'bson';
import type { ConformanceCase } from './case.js';

const decimal = (text: string) => Decimal128.fromString(text);

/** What an accumulator makes of the field `v` of all documents, in their order. */
function gathers(name: string, accumulator: Document, values: unknown[], result: unknown): ConformanceCase {
  return {
    name,
    documents: values.map((v, index) => (v === undefined ? { _id: index } : { _id: index, v })),
    run: { aggregate: [{ $group: { _id: null, r: accumulator } }] },
    expect: { documents: [{ _id: null, r: result }] },
  };
}

function refused(
  name: string,
  accumulator: unknown,
  error: number,
  values: unknown[] = [1],
): ConformanceCase {
  return {
    name,
    documents: values.map((v, index) => ({ _id: index, v })),
    run: { aggregate: [{ $group: { _id: null, r: accumulator } }] },
    expect: { error },
  };
}

export const cases: ConformanceCase[] = [
  gathers('$sum of ints', { $sum: '$v' }, [1, 2, 3], 6),
  gathers('$sum of ints becomes a long', { $sum: '$v' }, [2147483647, 1], 2147483648n),
  gathers('$sum of longs', { $sum: '$v' }, [1n, 2], 3n),
  gathers(
    '$sum of longs that overflow is a double',
    { $sum: '$v' },
    [9223372036854775807n, 1n],
    new Double(2 ** 63),
  ),
  gathers('$sum of ints and doubles', { $sum: '$v' }, [1, new Double(2)], new Double(3)),
  gathers('$sum of doubles is compensated', { $sum: '$v' }, [1e17, 3.5, -1e17], 3.5),
  gathers(
    '$sum never passes over decimals and longs',
    { $sum: '$v' },
    [decimal('0.1'), 2n, 1],
    decimal('3.1'),
  ),
  gathers('$sum passes over what is no number', { $sum: '$v' }, [1, 'x', null, undefined, [5], 2], 3),
  gathers('$sum of nothing is 0', { $sum: '$v' }, ['x'], 0),
  gathers('$sum of a constant counts', { $sum: 1 }, [1, 2, 3], 3),
  gathers('$avg of ints is a double', { $avg: '$v' }, [1, 2], 1.5),
  gathers('$avg with a decimal is a decimal', { $avg: '$v' }, [decimal('1.5'), 2n], decimal('1.75')),
  gathers('$avg of no numbers is null', { $avg: '$v' }, ['x'], null),
  gathers('$min passes over null and missing', { $min: '$v' }, [null, undefined, 3, 2], 2),
  gathers('$max compares across types', { $max: '$v' }, [3, 'a', 5], 'a'),
  gathers('$max compares decimals by value', { $max: '$v' }, [decimal('10'), decimal('9')], decimal('10')),
  gathers('$min of nothing is null', { $min: '$v' }, [null], null),
  gathers('$first', { $first: '$v' }, [3, 1], 3),
  gathers('$first of a missing value is null', { $first: '$v' }, [undefined, 1], null),
  gathers('$last', { $last: '$v' }, [3, 1], 1),
  gathers(
    '$push keeps null and leaves out what is missing',
    { $push: '$v' },
    [1, null, undefined, 1],
    [1, null, 1],
  ),
  gathers('$addToSet takes equal numbers for one', { $addToSet: '$v' }, [1, 1n, new Double(1)], [1]),
  gathers(
    '$addToSet tells long texts apart',
    { $addToSet: { $strLenCP: '$v' } },
    ['x'.repeat(900), 'x'.repeat(900)],
    [900],
  ),
  gathers('$addToSet leaves out what is missing', { $addToSet: '$v' }, [undefined, null], [null]),
  gathers('$count', { $count: {} }, [1, 2], 2),
  gathers('$mergeObjects lets the last one win', { $mergeObjects: '$v' }, [{ a: 1, b: 1 }, null, { b: 2 }], {
    a: 1,
    b: 2,
  }),
  gathers('$stdDevPop', { $stdDevPop: '$v' }, [2, 4, 4, 4, 5, 5, 7, 9], new Double(2)),
  gathers('$stdDevSamp', { $stdDevSamp: '$v' }, [1, 3], Math.SQRT2),
  gathers('$stdDevSamp of one value is null', { $stdDevSamp: '$v' }, [1], null),
  refused('an unknown accumulator is refused', { $median9: '$v' }, 15952),
  refused('a field that is no accumulator is refused', '$v', 40234),
  refused('two accumulators in a field are refused', { $sum: 1, $avg: 1 }, 40238),
  refused('$sum takes one argument', { $sum: ['$v', 1] }, 40237),
  refused('$count takes no argument', { $count: 1 }, 14),
  refused('$mergeObjects of a number is refused', { $mergeObjects: '$v' }, 40400),
];
