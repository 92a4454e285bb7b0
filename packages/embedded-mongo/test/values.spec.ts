import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, ObjectId } from 'bson';
import * as fc from 'fast-check';
import { toDoc } from '../src/bson/encode.js';
import { parseCollation } from '../src/values/collate.js';
import { compareValues } from '../src/values/compare.js';
import { encodeKey, encodeKeyPart, indexKeys, isExactKeyPart, keyAfterPrefix } from '../src/values/keys.js';
import * as numbers from '../src/values/numbers.js';
import { getPath, indexValues } from '../src/values/paths.js';
import { typeName } from '../src/values/types.js';
import type { Value } from '../src/values/value.js';
import { numberValues, texts, values } from './support/values.js';

const dec = (text: string) => Decimal128.fromString(text);
const code = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};
const maybe = fc.option(values, { nil: undefined, freq: 20 });

describe('compareValues', () => {
  it('is a total order', () => {
    fc.assert(
      fc.property(maybe, maybe, maybe, (a, b, c) => {
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

describe('index keys', () => {
  const direction = fc.constantFrom<1 | -1>(1, -1);
  const sign = (left: Buffer, right: Buffer) => Buffer.compare(left, right);

  it('are ordered as their values, in both directions', () => {
    fc.assert(
      fc.property(maybe, maybe, direction, (a, b, way) => {
        fc.pre(isExactKeyPart(a) && isExactKeyPart(b));
        const expected = compareValues(a, b) * way;
        expect(sign(encodeKeyPart(a, way), encodeKeyPart(b, way))).toBe(expected + 0);
      }),
      { numRuns: 4000 },
    );
  });

  it('are ordered as numbers, where types meet', () => {
    fc.assert(
      fc.property(numberValues, numberValues, (a, b) => {
        expect(sign(encodeKeyPart(a, 1), encodeKeyPart(b, 1))).toBe(compareValues(a, b));
      }),
      { numRuns: 6000 },
    );
  });

  it('compare field by field when they are compound', () => {
    const rows = fc.array(fc.oneof(texts, fc.constantFrom<Value>(null, 1, 2, 'a')), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(rows, rows, fc.tuple(direction, direction, direction), (a, b, ways) => {
        const expected =
          ways.map((way, i) => compareValues(a[i], b[i]) * way).find((each) => each !== 0) ?? 0;
        expect(sign(encodeKey(a, ways), encodeKey(b, ways))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('never begin with one another', () => {
    fc.assert(
      fc.property(maybe, maybe, direction, (a, b, way) => {
        const [left, right] = [encodeKeyPart(a, way), encodeKeyPart(b, way)];
        if (!left.equals(right)) expect(right.subarray(0, left.length).equals(left)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('fit into LMDB however long the values, and stay different', () => {
    const long = 'x'.repeat(5000);
    const ways = new Array<1>(8).fill(1);
    const key = encodeKey(new Array<Value>(8).fill(long), ways);
    expect(key.length).toBeLessThan(1950);
    expect(key.equals(encodeKey([...new Array<Value>(7).fill(long), `${long}y`], ways))).toBe(false);
    expect(isExactKeyPart(long)).toBe(false);
    expect(isExactKeyPart('x'.repeat(200))).toBe(true);
    expect(code(() => encodeKey(new Array<Value>(9).fill(1), new Array<1>(9).fill(1)))).toBe(67);
  });

  it('keep a cut value on its side of every exact value', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 300 }), texts, (short, zeros, tail) => {
        const long = short + 'a'.repeat(zeros) + tail + 'a'.repeat(250);
        fc.pre(isExactKeyPart(short));
        expect(sign(encodeKeyPart(short, 1), encodeKeyPart(long, 1))).toBe(compareValues(short, long));
      }),
    );
  });

  it('have a smallest key above each prefix', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 4, max: 254 }),
        fc.uint8Array({ maxLength: 4 }),
        (prefix, rest) => {
          const after = keyAfterPrefix(prefix);
          expect(sign(Buffer.concat([prefix, rest]), after)).toBe(-1);
          expect(after.length <= prefix.length).toBe(true);
        },
      ),
    );
    expect([...keyAfterPrefix(Buffer.from([1, 0xff]))]).toEqual([2]);
  });
});

describe('the keys of a document', () => {
  const keysOf = (doc: object, paths: string[], sparse = false) =>
    indexKeys(toDoc(doc), { keys: paths.map((path) => [path, 1] as const), sparse, collation: undefined });
  const expected = (...rows: (Value | undefined)[][]) =>
    rows
      .map((row) =>
        encodeKey(
          row,
          row.map((): 1 => 1),
        ).toString('hex'),
      )
      .sort();
  const check = (doc: object, paths: string[], multikey: boolean, ...rows: (Value | undefined)[][]) => {
    const found = keysOf(doc, paths);
    expect(found.keys.map((key) => key.toString('hex')).sort()).toEqual(expected(...rows));
    expect(found.multikey).toBe(multikey);
  };

  it('one for a plain value, null for a missing one', () => {
    check({ a: 1, b: { c: 'x' } }, ['a', 'b.c'], false, [1, 'x']);
    check({ a: 1 }, ['a', 'b.c'], false, [1, null]);
    check({ a: 5 }, ['a.b'], false, [null]);
  });

  it('one for each element of an array, each once', () => {
    check({ a: [1, 2, 1, 1n] }, ['a'], true, [1], [2]);
    check({ a: [{ b: 1 }, { b: [2, 3] }, 4] }, ['a.b'], true, [1], [2], [3], [null]);
    check({ a: [[1, 2]] }, ['a'], true, [[1, 2]]);
    check({ a: [] }, ['a'], true, [undefined]);
    check({ a: [[]] }, ['a'], true, [[]]);
    check({ a: [] }, ['a.b'], true, [null]);
    check({ a: [[{ b: 1 }]] }, ['a.b'], true, [null]);
  });

  it('numbers in a path are positions', () => {
    check({ a: [7, 8] }, ['a.1'], false, [8]);
    check({ a: [7] }, ['a.1'], true, [null]);
    check({ a: [{ b: 1 }, { b: 2 }] }, ['a.1.b'], false, [2]);
    expect(code(() => keysOf({ a: [{ 0: 'x' }] }, ['a.0']))).toBe(16746);
  });

  it('fields of one array go together, two arrays are refused', () => {
    const items = [
      { b: 1, c: 2 },
      { b: 3, c: 4 },
    ];
    check({ a: items }, ['a.b', 'a.c'], true, [1, 2], [3, 4]);
    check({ a: items, d: 'x' }, ['d', 'a.c'], true, ['x', 2], ['x', 4]);
    check({ a: [1, { b: 2 }] }, ['a', 'a.b'], true, [1, null], [toDoc({ b: 2 }), 2]);
    expect(code(() => keysOf({ a: [1], b: [2] }, ['a', 'b']))).toBe(171);
    expect(code(() => keysOf({ a: [{ b: [1], c: [2] }] }, ['a.b', 'a.c']))).toBe(171);
  });

  it('a sparse index leaves out what has none of its fields', () => {
    expect(keysOf({ c: 1 }, ['a', 'b'], true).keys).toEqual([]);
    expect(keysOf({ b: null }, ['a', 'b'], true).keys).toHaveLength(1);
    expect(keysOf({ a: [] }, ['a'], true).keys).toHaveLength(1);
  });

  it('a cut value makes the index give no order', () => {
    expect(keysOf({ a: 'x'.repeat(1000) }, ['a']).multikey).toBe(true);
  });

  it('has the same values at a path as a sort sees', () => {
    expect(indexValues(toDoc({ a: [{ b: 1 }, { b: [] }, {}] }), ['a', 'b'])).toEqual([1, undefined, null]);
    expect(getPath(toDoc({ a: [{ b: 1 }] }), ['a', '0', 'b'])).toBe(1);
    expect(getPath(toDoc({ a: [{ b: 1 }] }), ['a', 'b'])).toBeUndefined();
  });
});

describe('arithmetic', () => {
  const show = (v: Value) => `${typeName(v)} ${String(v)}`;

  it.each<[string, () => Value, string]>([
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
    expect(code(() => numbers.divide(1, dec('0.0')))).toBe(2);
    expect(code(() => numbers.modulo(1, 0))).toBe(16610);
    expect(code(() => numbers.add(2n ** 63n - 1n, 1, 'error'))).toBe(2);
    expect(code(() => numbers.toBigInt(NaN))).toBe(2);
    expect(code(() => numbers.absolute(-(2n ** 63n)))).toBe(28680);
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

describe('collation', () => {
  const collation = (options: object) => {
    const parsed = parseCollation(toDoc(options));
    if (!parsed) throw new Error('expected a collation');
    return parsed;
  };
  const sensitivities = ['base', 'accent', 'variant'] as const;
  const icuOf = (locale: string, strength: 1 | 2 | 3) =>
    new Intl.Collator(locale.replace('_', '-'), { sensitivity: sensitivities[strength - 1] ?? 'variant' });

  /** All pairs that ICU calls equal and folding does not, or the other way round. */
  function differences(locale: string, strength: 1 | 2 | 3, texts: string[]): string[] {
    const { fold } = collation({ locale, strength });
    const icu = icuOf(locale, strength);
    const ordered = texts.slice().sort(icu.compare);
    return ordered.flatMap((b, i) => {
      const a = ordered[i - 1];
      if (a === undefined || (icu.compare(a, b) === 0) === (fold(a) === fold(b))) return [];
      return [`${locale} ${strength}: ${a} ${b}`];
    });
  }

  const characters = (last: number) =>
    Array.from({ length: last }, (_, code) => String.fromCharCode(code)).filter(
      (each) => !/[\p{Cn}\p{Cs}\p{Co}]/u.test(each),
    );

  it('folds each character exactly as ICU compares it', () => {
    const all = characters(0x10000).filter((each) => !/[\u3400-\u9fff\uac00-\ud7ff]/.test(each));
    expect(([1, 2, 3] as const).flatMap((strength) => differences('en', strength, all))).toEqual([]);
  });

  it.each('ar cs da de el en_US es fi fr he it ja nl pl pt ru sv uk zh'.split(' '))(
    'folds as ICU compares in %s',
    (locale) => {
      const words = [
        'aa',
        'ae',
        'oe',
        'ue',
        'ss',
        'ch',
        'dž',
        'ij',
        'll',
        'ny',
        'cs',
        'dzs',
        'AA',
        'Ch',
        'SS',
        'Ij',
      ];
      const all = [...characters(0x250), ...characters(0x530).slice(0x350), ...words];
      expect(([1, 2] as const).flatMap((strength) => differences(locale, strength, all))).toEqual([]);
    },
  );

  it('folds texts exactly as it compares them, in a total order that is ICU’s', () => {
    const part = fc.constantFrom(
      'a',
      'A',
      'á',
      'a\u0301',
      'Å',
      'ß',
      'ss',
      'æ',
      'ae',
      'é',
      'E',
      'ø',
      'o',
      ' ',
      '\0',
      'ﬁ',
      'fi',
      'й',
      'и',
      'か',
      'ガ',
      '1',
      '①',
      '-',
    );
    const words = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
    for (const strength of [1, 2, 3] as const) {
      const { fold, compare } = collation({ locale: 'en', strength });
      const icu = icuOf('en', strength);
      fc.assert(
        fc.property(words, words, words, (a, b, c) => {
          expect(compare(a, b) === 0).toBe(fold(a) === fold(b));
          expect(compare(a, b)).toBe(Math.sign(icu.compare(a, b)));
          expect(compare(a, b)).toBe(0 - compare(b, a));
          if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
          const keyOf = (text: string) => encodeKeyPart([text], 1, collation({ locale: 'en', strength }));
          expect(keyOf(a).equals(keyOf(b))).toBe(
            compareValues([a], [b], collation({ locale: 'en', strength })) === 0,
          );
        }),
        { numRuns: 500 },
      );
    }
  });

  it('orders strings and leaves names alone', () => {
    const ignoringCase = collation({ locale: 'en', strength: 2 });
    expect(compareValues('ADA', 'ada', ignoringCase)).toBe(0);
    expect(compareValues('Ädä', 'ada', ignoringCase)).toBe(1);
    expect(compareValues('b', 'C', ignoringCase)).toBe(-1);
    expect(compareValues(toDoc({ A: 'x' }), toDoc({ a: 'X' }), ignoringCase)).toBe(-1);
    expect(compareValues('ada', 'Äda', collation({ locale: 'en', strength: 1 }))).toBe(0);
    expect(compareValues('ada', 'Ada', collation({ locale: 'en' }))).toBe(-1);
  });

  it('shows what it is as listIndexes does', () => {
    expect(Object.fromEntries(collation({ locale: 'en', strength: 2 }).specification)).toEqual({
      locale: 'en',
      caseLevel: false,
      caseFirst: 'off',
      strength: 2,
      numericOrdering: false,
      alternate: 'non-ignorable',
      maxVariable: 'punct',
      normalization: false,
      backwards: false,
      version: '57.1',
    });
    expect(parseCollation(undefined)).toBeUndefined();
    expect(parseCollation(toDoc({ locale: 'simple' }))).toBeUndefined();
    expect(parseCollation(toDoc({ locale: 'en', caseLevel: false, numericOrdering: false }))).toBeDefined();
  });

  it.each<[object, unknown]>([
    [{ strength: 2 }, 40414],
    [{ locale: 5 }, 14],
    [{ locale: 'xx' }, 238],
    [{ locale: 'tr', strength: 2 }, 238],
    [{ locale: 'en', strength: 4 }, 238],
    [{ locale: 'en', strength: 6 }, 2],
    [{ locale: 'en', strength: '2' }, 14],
    [{ locale: 'en', numericOrdering: true }, 238],
    [{ locale: 'en', caseLevel: true }, 238],
    [{ locale: 'en', caseFirst: 'upper' }, 238],
    [{ locale: 'en', caseLevel: 'x' }, 14],
    [{ locale: 'en', foo: 1 }, 40415],
  ])('refuses %j', (options, expected) => {
    expect(code(() => parseCollation(toDoc(options)))).toBe(expected);
  });
});
