import { Binary, BSONRegExp, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import * as fc from 'fast-check';
import type { Doc, Value } from '../../src/values/value.js';

/** Numbers that are equal or nearly so across types: where an order breaks first. */
const nearNumbers: Value[] = [
  0,
  -0,
  new Double(0),
  0n,
  Decimal128.fromString('0'),
  Decimal128.fromString('-0E+3'),
  1,
  new Double(1),
  1n,
  Decimal128.fromString('1.0'),
  Decimal128.fromString('10E-1'),
  -1,
  -1n,
  new Double(-1),
  0.1,
  Decimal128.fromString('0.1'),
  Decimal128.fromString('0.1000000000000000055511151231257827'),
  -0.1,
  Decimal128.fromString('-0.1'),
  2 ** 53,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 53n - 1n,
  -(2n ** 53n) - 1n,
  2 ** 53 + 2,
  -(2 ** 53),
  Decimal128.fromString('9007199254740993'),
  Decimal128.fromString('9007199254740993.5'),
  2n ** 63n - 1n,
  -(2n ** 63n),
  2 ** 63,
  -(2 ** 63),
  Decimal128.fromString('9223372036854775807'),
  Decimal128.fromString('9223372036854775808'),
  NaN,
  Infinity,
  -Infinity,
  Decimal128.fromString('NaN'),
  Decimal128.fromString('Infinity'),
  Decimal128.fromString('-Infinity'),
  Decimal128.fromString('1E+6000'),
  Decimal128.fromString('-1E+6000'),
  Decimal128.fromString('1E-6000'),
  Decimal128.fromString('-1E-6000'),
  5e-324,
  -5e-324,
  Number.MAX_VALUE,
  1e22,
  1e23,
  Decimal128.fromString('1E+22'),
  Decimal128.fromString('1E+23'),
  Decimal128.fromString('9999999999999999999999999999999999'),
  0.5,
  Decimal128.fromString('0.50'),
  1.5,
  Decimal128.fromString('99999999999999991611392'),
  Decimal128.fromString('99999999999999991611393'),
];

const decimals = fc
  .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 34n - 1n), fc.integer({ min: -400, max: 400 }))
  .map(([negative, digits, exponent]) =>
    Decimal128.fromString(`${negative ? '-' : ''}${digits}E${exponent}`),
  );

export const numberValues: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...nearNumbers) },
  fc.integer(),
  fc.integer({ min: -3, max: 3 }),
  fc.double().map((n) => ((n | 0) === n && !Object.is(n, -0) ? new Double(n) : n)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  decimals,
);

export const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({
    unit: fc.constantFrom('a', 'b', '\0', '\u0001', '\u0002', 'é', '\uffff', '\ue000', '😀'),
    maxLength: 5,
  }),
);

/** What a field name or a regular expression may hold. */
export const names = texts.map((text) => text.replaceAll('\0', ''));

const bytes = fc.uint8Array({ maxLength: 6 });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

const scalars: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: numberValues },
  { weight: 3, arbitrary: texts },
  fc.constantFrom<Value>(null, true, false),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((id) => new ObjectId(id)),
  fc.tuple(bytes, fc.constantFrom(0, 2, 4, 128)).map(([data, subtype]) => new Binary(data, subtype)),
  fc.tuple(uint32, uint32).map(([t, i]) => new Timestamp({ t, i })),
  fc
    .tuple(names, fc.constantFrom('', 'i', 'ms'))
    .map(([pattern, options]) => new BSONRegExp(pattern, options)),
  texts.map((code) => new Code(code)),
  fc.constantFrom<Value>(new MinKey(), new MaxKey()),
);

const nested = fc.letrec<{ value: Value; doc: Doc; array: Value[] }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalars, tie('array'), tie('doc')),
  array: fc.array(tie('value'), { maxLength: 3 }),
  doc: fc
    .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom('a', 'b', '0', '__proto__'), names), tie('value')), {
      maxLength: 3,
      selector: ([name]) => name,
    })
    .map((fields): Doc => new Map(fields)),
}));

export const values: fc.Arbitrary<Value> = nested.value;
export const docs: fc.Arbitrary<Doc> = nested.doc;

/** Also missing, which has its own place in the order and in index keys. */
export const maybeValues = fc.option(values, { nil: undefined, freq: 20 });

/** The code of the error that `work` throws. */
export function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}
