import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, ObjectId } from 'bson';
import * as fc from 'fast-check';
import { toDoc } from './support/plain.js';
import { compareValues } from '../src/values/compare.js';
import * as numbers from '../src/values/numbers.js';
import { typeName } from '../src/values/types.js';
import type { Value } from '../src/values/value.js';
import { codeOf, maybeValues, numberValues } from './support/values.js';

const dec = (text: string) => Decimal128.fromString(text);

describe('compareValues', () => {
  it('is a total order', () => {
    fc.assert(
      fc.property(maybeValues, maybeValues, maybeValues, (a, b, c) => {
        expect(compareValues(a, a)).toBe(0);
        expect(compareValues(a, b)).toBe(0 - compareValues(b, a));
        const [x, y, z] = [{ v: a }, { v: b }, { v: c }]
          .sort((l, r) => compareValues(l.v, r.v))
          .map(({ v }) => v);
        expect(compareValues(x, y)).toBeLessThanOrEqual(0);
        expect(compareValues(y, z)).toBeLessThanOrEqual(0);
        expect(compareValues(x, z)).toBeLessThanOrEqual(0);
        if (compareValues(a, b) === 0) expect(compareValues(a, c)).toBe(compareValues(b, c));
      }),
      { numRuns: 2000 },
    );
  });

  it('is a total order of numbers, where types meet', () => {
    fc.assert(
      fc.property(numberValues, numberValues, numberValues, (a, b, c) => {
        expect(compareValues(a, b)).toBe(0 - compareValues(b, a));
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) {
          expect(compareValues(a, c)).toBe(Math.min(compareValues(a, b), compareValues(b, c)));
        }
      }),
      { numRuns: 4000 },
    );
  });

  it.each<[string, Value, Value, number]>([
    ['int64 and double by exact value', 2n ** 53n + 1n, 2 ** 53, 1],
    ['equal numbers of different types', 1, dec('1.00'), 0],
    ['a double is not the decimal that it is written as', 0.1, dec('0.1'), 1],
    ['a double is the decimal that it exactly is', 0.5, dec('0.5'), 0],
    ['-0 is 0', -0, 0, 0],
    ['NaN below -Infinity', NaN, -Infinity, -1],
    ['NaN is NaN', NaN, dec('NaN'), 0],
    ['a decimal beyond all doubles', dec('1E+400'), Number.MAX_VALUE, 1],
    ['a decimal beyond all doubles below Infinity', dec('1E+400'), Infinity, -1],
    ['a decimal smaller than all doubles above 0', dec('1E-400'), 0, 1],
    ['null below numbers', null, -Infinity, -1],
    ['numbers below strings', Infinity, '', -1],
    ['strings by UTF-8, not UTF-16', '\uffff', '😀', -1],
    ['strings below objects', 'z', new Map(), -1],
    ['arrays above objects', [], new Map([['a', 1]]), 1],
    ['object ids below booleans', new ObjectId(), false, -1],
    ['false below true', false, true, -1],
    ['a shorter array first', [1], [1, null], -1],
  ])('%s', (_, a, b, expected) => {
    expect(compareValues(a, b)).toBe(expected);
  });

  it('compares objects by type, then name, then value of each field, and its order matters', () => {
    expect(compareValues(toDoc({ b: 1 }), toDoc({ a: 'x' }))).toBe(-1);
    expect(compareValues(toDoc({ a: 2 }), toDoc({ b: 1 }))).toBe(-1);
    expect(compareValues(toDoc({ a: 1, b: 2 }), toDoc({ b: 2, a: 1 }))).toBe(-1);
    expect(compareValues(toDoc({ a: 1 }), toDoc({ a: 1, b: null }))).toBe(-1);
  });

  it('puts a missing value between MinKey and null', () => {
    expect(compareValues(undefined, null)).toBe(-1);
  });
});

describe('arithmetic', () => {
  const show = (v: numbers.NumberValue) => `${typeName(v)} ${v.toString()}`;

  it.each<[string, () => numbers.NumberValue, string]>([
    ['int + int', () => numbers.add(1, 2), 'int 3'],
    ['an int that overflows becomes a long', () => numbers.add(2147483647, 1), 'long 2147483648'],
    ['int * int beyond 2^53', () => numbers.multiply(2147483647, 2147483647), 'long 4611686014132420609'],
    ['0 * -1 stays an int', () => numbers.multiply(0, -1), 'int 0'],
    ['int + long', () => numbers.add(1, 2n), 'long 3'],
    ['long + double', () => numbers.add(1n, new Double(2)), 'double 3'],
    ['a double that is whole stays a double', () => numbers.add(0.5, 0.5), 'double 1'],
    [
      'a long that overflows becomes a double',
      () => numbers.add(2n ** 63n - 1n, 1n),
      'double 9223372036854776000',
    ],
    ['int + decimal', () => numbers.add(1, dec('0.10')), 'decimal 1.10'],
    ['a double counts with 15 digits', () => numbers.add(dec('0'), 0.1), 'decimal 0.100000000000000'],
    ['decimal of a whole double', () => numbers.toDecimal(new Double(10)), 'decimal 10.0000000000000'],
    ['decimal - decimal', () => numbers.subtract(dec('1.5'), dec('1.50')), 'decimal 0.00'],
    ['decimal * decimal', () => numbers.multiply(dec('1.20'), dec('3')), 'decimal 3.60'],
    [
      'decimal / decimal',
      () => numbers.divide(dec('1'), dec('3')),
      'decimal 0.3333333333333333333333333333333333',
    ],
    ['decimal / decimal, exact', () => numbers.divide(dec('10'), dec('4')), 'decimal 2.5'],
    ['int / int is a double', () => numbers.divide(4, 2), 'double 2'],
    [
      'far apart',
      () => numbers.add(dec('1E+6000'), dec('1')),
      'decimal 1.000000000000000000000000000000000E+6000',
    ],
    [
      'half to even, down',
      () => numbers.add(dec('1000000000000000000000000000000000'), dec('0.5')),
      'decimal 1000000000000000000000000000000000',
    ],
    [
      'half to even, up',
      () => numbers.add(dec('1000000000000000000000000000000001'), dec('0.5')),
      'decimal 1000000000000000000000000000000002',
    ],
    [
      'rounding up to one digit more',
      () => numbers.add(dec('9999999999999999999999999999999999'), dec('0.5')),
      'decimal 1.000000000000000000000000000000000E+34',
    ],
    ['overflow', () => numbers.multiply(dec('1E+6111'), dec('1E+34')), 'decimal Infinity'],
    ['underflow', () => numbers.multiply(dec('1E-6176'), dec('0.1')), 'decimal 0E-6176'],
    ['Infinity - Infinity', () => numbers.subtract(dec('Infinity'), dec('Infinity')), 'decimal NaN'],
    ['int % int', () => numbers.modulo(-7, 3), 'int -1'],
    ['long % int', () => numbers.modulo(7n, 3), 'long 1'],
    ['int % a whole double', () => numbers.modulo(7, new Double(4)), 'int 3'],
    ['double % int', () => numbers.modulo(7.5, 2), 'double 1.5'],
    ['decimal % decimal', () => numbers.modulo(dec('-7.5'), dec('2')), 'decimal -1.5'],
    ['decimal % far smaller', () => numbers.modulo(dec('1E+100'), dec('7')), `decimal ${10n ** 100n % 7n}`],
    ['round half to even', () => numbers.roundNumber(2.5), 'double 2'],
    ['round by exact value', () => numbers.roundNumber(2.675, 2), 'double 2.67'],
    ['round tens of an int', () => numbers.roundNumber(15, -1), 'int 20'],
    ['round a decimal', () => numbers.roundNumber(dec('1.25'), 1), 'decimal 1.2'],
    ['truncate', () => numbers.truncate(-2.79, 1), 'double -2.7'],
    ['floor', () => numbers.roundNumber(-2.1, 0, 'floor'), 'double -3'],
    ['ceiling of a decimal', () => numbers.roundNumber(dec('2.1'), 0, 'ceiling'), 'decimal 3'],
    ['negate the smallest int', () => numbers.negate(-2147483648), 'long 2147483648'],
    ['absolute decimal', () => numbers.absolute(dec('-1.5')), 'decimal 1.5'],
  ])('%s', (_, work, expected) => {
    expect(show(work())).toBe(expected);
  });

  it('refuses what has no result', () => {
    expect(codeOf(() => numbers.divide(1, dec('0.0')))).toBe(2);
    expect(codeOf(() => numbers.modulo(1, 0))).toBe(16610);
    expect(codeOf(() => numbers.add(2n ** 63n - 1n, 1, 'error'))).toBe(2);
    expect(codeOf(() => numbers.toBigInt(NaN))).toBe(2);
    expect(codeOf(() => numbers.absolute(-(2n ** 63n)))).toBe(28680);
  });

  it('agrees with fractions of BigInts', () => {
    const part = fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: -20, max: 20 }));
    fc.assert(
      fc.property(part, part, ([a, e], [b, f]) => {
        const [left, right] = [dec(`${a}E${e}`), dec(`${b}E${f}`)];
        const scaled = a * 10n ** BigInt(e + 20) + b * 10n ** BigInt(f + 20);
        const sum = Decimal128.fromStringWithRounding(`${scaled}E-20`);
        expect(compareValues(numbers.add(left, right), sum)).toBe(0);
        const product = Decimal128.fromStringWithRounding(`${a * b}E${e + f}`);
        expect(compareValues(numbers.multiply(left, right), product)).toBe(0);
        if (b !== 0n) {
          const quotient = numbers.divide(left, right) as Decimal128;
          const back = numbers.subtract(numbers.multiply(quotient, right), left);
          const tolerance = numbers.multiply(numbers.absolute(left), dec('2E-33'));
          expect(compareValues(numbers.absolute(back), tolerance)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('reads numbers from text and writes them back', () => {
    for (const text of ['0', '-0', '1.50', '1E+100', '-Infinity', 'NaN', '0.000001', '1E-6176']) {
      expect(String(numbers.parseDecimal(text))).toBe(dec(text).toString());
    }
    expect(String(numbers.parseDecimal('.5'))).toBe('0.5');
    for (const text of ['', '.', '1,5', '0x10', 'e5', '1e', ' 1']) {
      expect(numbers.parseDecimal(text)).toBeUndefined();
    }
  });
});
