import { Decimal128, Double } from 'bson';
import type { ConformanceCase } from './case.js';
import { computes, refuses } from './expression-case.js';

const decimal = (text: string) => Decimal128.fromString(text);
const date = new Date('2024-03-01T00:00:00Z');
const largestLong = 9223372036854775807n;

export const cases: ConformanceCase[] = [
  computes('$add of ints is an int', { $add: ['$a', '$b', 3] }, 6, { a: 1, b: 2 }),
  computes('$add of ints that overflow is a long', { $add: ['$a', 1] }, 2147483648n, { a: 2147483647 }),
  computes('$add of int and long is a long', { $add: ['$a', 1] }, 3n, { a: 2n }),
  computes('$add of longs that overflow is a double', { $add: ['$a', 1] }, new Double(2 ** 63), {
    a: largestLong,
  }),
  computes('$add of int and double is a double', { $add: ['$a', 1] }, new Double(3), { a: new Double(2) }),
  computes('$add with a decimal is exact', { $add: ['$a', '$b'] }, decimal('0.3'), {
    a: decimal('0.1'),
    b: decimal('0.2'),
  }),
  computes('$add of nothing is 0', { $add: [] }, 0),
  computes('$add with null is null', { $add: ['$a', 1] }, null, { a: null }),
  computes('$add with a missing field is null', { $add: ['$nothing', 1] }, null),
  computes(
    '$add of a date and milliseconds is a date',
    { $add: ['$d', 3600000] },
    new Date('2024-03-01T01:00:00Z'),
    {
      d: date,
    },
  ),
  refuses('$add of two dates is refused', { $add: ['$d', '$d'] }, 16612, { d: date }),
  refuses('$add of a string is refused', { $add: ['$a', 1] }, 14, { a: 'x' }),
  computes(
    '$subtract of dates is a long of milliseconds',
    { $subtract: ['$d', new Date('2024-02-29T00:00:00Z')] },
    86400000n,
    {
      d: date,
    },
  ),
  computes(
    '$subtract of a number from a date is a date',
    { $subtract: ['$d', 1] },
    new Date('2024-02-29T23:59:59.999Z'),
    {
      d: date,
    },
  ),
  computes('$subtract of ints that overflow is a long', { $subtract: ['$a', 1] }, -2147483649n, {
    a: -2147483648,
  }),
  refuses('$subtract of a date from a number is refused', { $subtract: [1, '$d'] }, 14, { d: date }),
  refuses('$subtract takes exactly two arguments', { $subtract: [1] }, 16020),
  computes('$multiply of ints that overflow is a long', { $multiply: ['$a', 2] }, 4294967294n, {
    a: 2147483647,
  }),
  computes('$multiply with a double is a double', { $multiply: ['$a', 2] }, new Double(3), { a: 1.5 }),
  computes('$multiply of decimals keeps their digits', { $multiply: ['$a', '$a'] }, decimal('1.21'), {
    a: decimal('1.1'),
  }),
  computes('$divide of ints is a double', { $divide: ['$a', 2] }, new Double(2), { a: 4 }),
  computes('$divide of decimals', { $divide: ['$a', 3] }, decimal('0.3333333333333333333333333333333333'), {
    a: decimal('1'),
  }),
  refuses('$divide by zero is refused', { $divide: ['$a', 0] }, 2, { a: 4 }),
  refuses('$divide of a string is refused', { $divide: ['$a', 2] }, 14, { a: 'x' }),
  computes('$mod keeps the sign of the dividend', { $mod: ['$a', 3] }, -1, { a: -7 }),
  computes('$mod of doubles', { $mod: ['$a', 2] }, 1.5, { a: 7.5 }),
  refuses('$mod by zero is refused', { $mod: ['$a', 0] }, 16610, { a: 4 }),
  computes('$abs of the smallest int is a long', { $abs: '$a' }, 2147483648n, { a: -2147483648 }),
  computes('$abs of null is null', { $abs: '$a' }, null, { a: null }),
  refuses('$abs of a string is refused', { $abs: '$a' }, 28765, { a: 'x' }),
  computes('$ceil of a double stays a double', { $ceil: '$a' }, new Double(-2), { a: -2.7 }),
  computes('$floor of a decimal', { $floor: '$a' }, decimal('-3'), { a: decimal('-2.5') }),
  computes('$round goes to the even neighbour', { $round: ['$a', 0] }, new Double(2), { a: 2.5 }),
  computes('$round to a place', { $round: ['$a', 1] }, 19.2, { a: 19.25 }),
  computes('$round to tens keeps an int', { $round: ['$a', -1] }, 20, { a: 19 }),
  refuses('$round refuses a place above 100', { $round: ['$a', 101] }, 51083, { a: 1.5 }),
  refuses('$round refuses a fractional place', { $round: ['$a', 1.5] }, 51082, { a: 1.5 }),
  computes('$trunc cuts towards zero', { $trunc: ['$a', 1] }, -7.8, { a: -7.85 }),
  computes('$sqrt of an int is a double', { $sqrt: '$a' }, new Double(5), { a: 25 }),
  refuses('$sqrt of a negative number is refused', { $sqrt: '$a' }, 28714, { a: -1 }),
  computes('$pow of ints is an int', { $pow: ['$a', 3] }, 8, { a: 2 }),
  computes('$pow with a negative exponent is a double', { $pow: ['$a', -2] }, 0.25, { a: 2 }),
  computes('$pow that leaves the ints is a long', { $pow: ['$a', 40] }, 1099511627776n, { a: 2 }),
  computes('$pow that leaves the longs is a double', { $pow: ['$a', 70] }, 2 ** 70, { a: 2 }),
  refuses('$pow of zero with a negative exponent is refused', { $pow: [0, '$a'] }, 28764, { a: -1 }),
  computes('$exp of zero', { $exp: '$a' }, new Double(1), { a: 0 }),
  computes('$ln of one', { $ln: '$a' }, new Double(0), { a: 1 }),
  refuses('$ln of zero is refused', { $ln: '$a' }, 28766, { a: 0 }),
  computes('$log10', { $log10: '$a' }, new Double(3), { a: 1000 }),
  computes('$log with a base', { $log: ['$a', 2] }, new Double(3), { a: 8 }),
  refuses('$log with the base 1 is refused', { $log: ['$a', 1] }, 28759, { a: 8 }),
  refuses('an unknown operator is refused', { $frobnicate: 1 }, 168),
];
