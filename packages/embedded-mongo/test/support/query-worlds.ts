import { BSONRegExp, MaxKey, MinKey } from 'bson';
import * as fc from 'fast-check';
import { toDoc } from './plain.js';
import type { Doc, Value } from '../../src/values/value.js';
import type { FakeIndex } from './fake-reader.js';

/** Random documents, and filters and indexes that have something to do with them. */
export interface World {
  name: string;
  documents: fc.Arbitrary<Doc[]>;
  filters: fc.Arbitrary<Doc>;
  indexes: fc.Arbitrary<FakeIndex>;
  collations: fc.Arbitrary<object | undefined>;
}

const scalar: fc.Arbitrary<Value> = fc.constantFrom<Value>(
  ...[0, 1, 2, 3, 2n, 1.5, NaN, 'a', 'b', 'B', 'ab', '', 'long'.repeat(80), `${'long'.repeat(80)}x`],
  ...[null, true, new MinKey(), new MaxKey(), new Date(1), new BSONRegExp('^a', '')],
);
const leaf: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.constant<Value>(new Map<string, Value>([['x', 1]])),
  fc.constantFrom<Value>([[1, 2]], [[]], [['a'], 3], []),
);
function record(names: string[], value: fc.Arbitrary<Value>): fc.Arbitrary<Doc> {
  return fc
    .tuple(...names.map(() => fc.option(value, { nil: undefined, freq: 4 })))
    .map((found) => new Map(names.flatMap((name, i) => (found[i] === undefined ? [] : [[name, found[i]]]))));
}
const inner = record(['x', 'y'], leaf);
const field: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  inner,
  fc.array(fc.oneof({ weight: 4, arbitrary: inner }, scalar, fc.array(inner, { maxLength: 1 })), {
    maxLength: 3,
  }),
);
/** Arrays lie below `a` only, mostly: documents with two of them fit no compound index. */
const document = fc.oneof(
  { weight: 1, arbitrary: record(['a', 'b', 'c'], field) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.option(field, { nil: undefined, freq: 6 }), record(['b', 'c'], scalar))
      .map(([a, rest]): Doc => (a === undefined ? rest : new Map([['a', a], ...rest]))),
  },
);
const scalarDocument = record(['a', 'b', 'c'], fc.oneof(scalar, record(['x', 'y'], scalar)));

/** Arrays in arrays are left to the conformance cases: the naive sort knows one array at most on each path. */
const flat = fc.oneof(scalar, record(['x', 'y'], scalar));
export const sortable = fc.oneof(
  { weight: 3, arbitrary: scalarDocument },
  fc
    .tuple(fc.array(flat, { maxLength: 3 }), record(['b', 'c'], scalar))
    .map(([a, rest]): Doc => new Map<string, Value>([['a', a], ...rest])),
);

const path = fc.constantFrom(
  ...['a', 'a', 'a', 'b', 'b', 'c', 'a.x', 'a.x', 'a.x', 'a.y', 'a.y', 'b.x', 'a.0', 'a.0.x'],
);
const comparison = fc.constantFrom('$gt', '$gte', '$lt', '$lte', '$eq');
const notRegex = leaf.filter((value) => !(value instanceof BSONRegExp));
const simpleTest: fc.Arbitrary<Doc> = fc.oneof(
  fc.tuple(comparison, notRegex).map(([name, value]): Doc => new Map([[name, value]])),
  fc.tuple(notRegex, notRegex).map(
    ([low, high]): Doc =>
      new Map<string, Value>([
        ['$gte', low],
        ['$lt', high],
      ]),
  ),
  fc.array(leaf, { maxLength: 4 }).map((values): Doc => new Map<string, Value>([['$in', values]])),
  fc.boolean().map((exists): Doc => new Map([['$exists', exists]])),
  fc.constantFrom('^a', '^ab', 'b').map((pattern): Doc => new Map([['$regex', pattern]])),
  fc.constantFrom('number', 'string', 'array', 'null').map((type): Doc => new Map([['$type', type]])),
  fc.constantFrom(0, 1, 2).map((size): Doc => new Map([['$size', size]])),
);
const test: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  { weight: 6, arbitrary: simpleTest },
  notRegex.map((value): Value => new Map([['$ne', value]])),
  simpleTest.map((value): Value => new Map([['$not', value]])),
  fc.array(leaf, { maxLength: 2 }).map((values): Value => new Map<string, Value>([['$all', values]])),
  simpleTest.map((value): Value => new Map<string, Value>([['$elemMatch', value]])),
  fc.tuple(fc.oneof(leaf, simpleTest), fc.oneof(leaf, simpleTest)).map(
    ([x, y]): Value =>
      new Map([
        [
          '$elemMatch',
          new Map<string, Value>([
            ['x', x],
            ['y', y],
          ]),
        ],
      ]),
  ),
);
export const condition = fc.tuple(path, test).map(([name, value]): Doc => new Map([[name, value]]));
const conjunction = fc
  .array(condition, { minLength: 1, maxLength: 3 })
  .map((parts): Doc => new Map([['$and', parts]]));
const filters: fc.Arbitrary<Doc> = fc.oneof(
  condition,
  conjunction,
  fc
    .tuple(condition, fc.array(conjunction, { minLength: 1, maxLength: 3 }))
    .map(([part, branches]): Doc => new Map([...part, ['$or', branches]])),
);
const partials = fc.constantFrom<object | undefined>(
  ...[
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    { a: { $exists: true } },
    { b: { $gt: 1 } },
    { c: { $in: [1, 'a'] } },
    { a: 1 },
  ],
);
const collations = fc.constantFrom<object | undefined>(
  ...[undefined, undefined, undefined, undefined, undefined, { locale: 'en', strength: 2 }],
);
export const index = fc
  .record({
    paths: fc.uniqueArray(path, { minLength: 1, maxLength: 3 }),
    directions: fc.array(fc.constantFrom<1 | -1>(1, -1), { minLength: 3, maxLength: 3 }),
    sparse: fc.constantFrom(true, false, false, false),
    partial: partials,
    collation: collations,
  })
  .map(({ paths, directions, sparse, partial, collation }): FakeIndex => ({
    key: Object.fromEntries(paths.map((each, i) => [each, directions[i] ?? 1])),
    ...(partial ? { partialFilterExpression: partial } : { sparse }),
    ...(collation && { collation }),
  }));
export const sorts = fc
  .uniqueArray(fc.tuple(path, fc.constantFrom<1 | -1>(1, -1)), {
    minLength: 1,
    maxLength: 3,
    selector: ([name]) => name,
  })
  .map((keys) => Object.fromEntries(keys));

function several(each: fc.Arbitrary<Doc>): fc.Arbitrary<Doc[]> {
  return fc.array(each, { maxLength: 12 });
}

// Few values and few paths, so that wrong bounds meet a document that they miss.
const digit = fc.constantFrom<Value>(0, 1, 2);
const digits = fc.oneof({ weight: 3, arbitrary: digit }, fc.array(digit, { minLength: 1, maxLength: 2 }));
const interval: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: digit },
  fc.constant(null),
  fc.tuple(digit, digit).map(
    ([low, high]): Value =>
      new Map([
        ['$gte', low],
        ['$lte', high],
      ]),
  ),
);
const deep = fc.constantFrom('a.x', 'a.x', 'a.x', 'a.y', 'a.y', 'a.y', 'b', 'b.x');
const deepCondition = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(deep, interval).map(([name, value]): Doc => new Map([[name, value]])),
  },
  fc.tuple(fc.constantFrom('a', 'b'), interval, interval).map(
    ([name, x, y]): Doc =>
      new Map([
        [
          name,
          new Map([
            [
              '$elemMatch',
              new Map([
                ['x', x],
                ['y', y],
              ]),
            ],
          ]),
        ],
      ]),
  ),
  fc
    .tuple(fc.constantFrom('a.x', 'b', 'b.x'), digit, digit)
    .map(([name, $gte, $lte]): Doc => toDoc({ [name]: { $elemMatch: { $gte, $lte } } })),
);
const text = fc.constantFrom(
  'a',
  'A',
  'b',
  'B',
  'ab',
  'aB',
  'é',
  'e',
  'É',
  'z',
  '_',
  'x'.repeat(300),
  `${'x'.repeat(300)}y`,
);
const textTest = fc.oneof(
  text,
  fc.tuple(comparison, text).map(([name, value]) => ({ [name]: value })),
  fc.array(text, { maxLength: 3 }).map(($in) => ({ $in })),
  fc.constantFrom('^a', '^A', '^x', 'b$').map(($regex) => ({ $regex })),
);

export const worlds: World[] = [
  { name: 'values of all types', documents: several(document), filters, indexes: index, collations },
  {
    name: 'fields of the elements of arrays',
    // Each kind has its arrays in one place, or an index over two fields could not hold the documents.
    documents: fc.oneof(
      {
        weight: 3,
        arbitrary: several(
          fc.record({ a: fc.array(record(['x', 'y'], digit), { maxLength: 3 }), b: digit }).map(toDoc),
        ),
      },
      several(fc.record({ a: record(['x', 'y'], digit), b: digits }).map(toDoc)),
      several(fc.record({ a: record(['x'], digits), b: record(['x'], digit) }).map(toDoc)),
      several(
        fc
          .record({ x: digits, y: digit, b: digit })
          .map(({ x, y, b }) => toDoc({ a: [{ x, y }, { x: y }], b: [b] })),
      ),
    ),
    filters: fc
      .array(deepCondition, { minLength: 2, maxLength: 4 })
      .map((parts): Doc => new Map([['$and', parts]])),
    indexes: fc
      .uniqueArray(fc.tuple(deep, fc.constantFrom<1 | -1>(1, -1)), {
        minLength: 1,
        maxLength: 3,
        selector: ([name]) => name,
      })
      .map((keys) => ({ key: Object.fromEntries(keys) })),
    collations: fc.constant(undefined),
  },
  {
    name: 'texts',
    documents: several(
      fc.record({ a: text, b: fc.oneof(text, fc.array(text, { maxLength: 2 })) }).map(toDoc),
    ),
    filters: fc
      .tuple(fc.constantFrom('a', 'b'), textTest, fc.constantFrom('a', 'b'), textTest)
      .map(([first, a, second, b]) => toDoc({ $and: [{ [first]: a }, { [second]: b }] })),
    indexes: fc
      .tuple(fc.constantFrom({ a: 1 }, { b: -1 }, { a: -1, b: 1 }, { b: 1, a: 1 }), collations)
      .map(([key, collation]) => ({ key: key, ...(collation && { collation }) })),
    collations,
  },
];
