import { describe, expect, it } from '@jest/globals';
import { ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { encodeDoc } from '../src/bson/encode.js';
import { toDoc, toValue } from './support/plain.js';
import { CommandError } from '../src/errors.js';
import type { Environment } from '../src/expression/expression.js';
import { parseFilter } from '../src/query/parse.js';
import { compileUpdate } from '../src/update/update.js';
import type { Doc, Value } from '../src/values/value.js';
import { referenceUpdate, type ReferenceOperation } from './support/reference-update.js';

const now = new Date('2024-02-29T12:00:00Z');
const environment: Environment = { now, collation: undefined, checkDeadline: () => undefined };
const everything = parseFilter(new Map());

function updater(update: object) {
  return compileUpdate(toValue(update), { environment, filter: everything });
}

function apply(update: object, doc: Doc, position: () => number | undefined = () => undefined): Doc {
  return updater(update).apply(doc, position);
}

function upsert(filter: object, update: object): Doc {
  return updater(update).insertFor(parseFilter(toDoc(filter)));
}

function codeOf(run: () => unknown): number | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.code;
    throw error;
  }
}

const scalar = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -3, max: 6 }) },
  fc.constantFrom<Value>(null, true, 'x', 'y', 2n, 1.5),
);
const name = fc.constantFrom('a', 'b', 'c');
const { value } = fc.letrec<{ value: Value; array: Value[]; doc: Doc }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, depthSize: 'small' }, scalar, tie('array'), tie('doc')),
  array: fc.array(tie('value'), { maxLength: 3 }),
  doc: fc
    .uniqueArray(fc.tuple(name, tie('value')), { maxLength: 3, selector: ([key]) => key })
    .map((fields): Doc => new Map(fields)),
}));
// Mostly documents that operators find something in: a number, an array, a document.
const document = fc
  .record(
    {
      _id: fc.constant<Value>(1),
      a: fc.oneof(scalar, value),
      b: fc.oneof(fc.array(scalar, { maxLength: 4 }), value),
      c: fc.oneof(
        fc
          .array(fc.record({ a: scalar, b: fc.array(scalar, { maxLength: 3 }) }), { maxLength: 3 })
          .map(toValue),
        value,
      ),
    },
    { requiredKeys: ['_id'] },
  )
  .map(toDoc);
const plainPath = fc
  .tuple(name, fc.array(fc.constantFrom('a', 'b', '0', '1', '4'), { maxLength: 2 }))
  .map(([first, rest]) => [first, ...rest].join('.'));
const path = fc.oneof(
  { weight: 3, arbitrary: plainPath },
  fc.tuple(name, fc.constantFrom('$[]', '$[].a', '$[].$[]', 'b.$[]')).map((parts) => parts.join('.')),
);
const push = fc
  .record(
    {
      $each: fc.array(value, { maxLength: 3 }),
      $position: fc.integer({ min: -4, max: 4 }),
      $slice: fc.integer({ min: -3, max: 3 }),
      $sort: fc.constantFrom<1 | -1>(1, -1),
    },
    { requiredKeys: ['$each'] },
  )
  .map((clauses) => toValue(clauses));
const anyPath = ['$set', '$min', '$max', '$unset', '$setOnInsert'];

function operationsAt(where: fc.Arbitrary<string>): Record<string, fc.Arbitrary<ReferenceOperation>> {
  return {
    any: fc.tuple(fc.constantFrom(...anyPath), where, value),
    number: fc.tuple(fc.constantFrom('$inc', '$mul'), where, fc.constantFrom<Value>(0, 1, 2, 3n, 0.5)),
    push: fc.tuple(fc.constant('$push'), where, fc.oneof(scalar, push)),
    add: fc.tuple(fc.constant('$addToSet'), where, scalar),
    pop: fc.tuple(fc.constant('$pop'), where, fc.constantFrom<Value>(1, -1)),
    pull: fc.tuple(fc.constant('$pull'), where, scalar),
    pullAll: fc.tuple(fc.constant('$pullAll'), where, fc.array(scalar, { maxLength: 5 })),
  };
}

/** Operators at random, at any path. */
const wild: fc.Arbitrary<ReferenceOperation> = fc.oneof(
  ...Object.values(operationsAt(path)),
  fc.tuple(fc.constant('$rename'), plainPath, plainPath),
);

/** The paths that the document has, with what lies there. */
function* pathsIn(doc: Doc): Generator<[string, Value]> {
  for (const [field, inner] of doc) {
    if (field !== '_id') yield [field, inner];
    if (inner instanceof Map) for (const [rest, at] of pathsIn(inner)) yield [`${field}.${rest}`, at];
    if (!Array.isArray(inner)) continue;
    for (const [rest, at] of pathsIn(new Map(inner.map((each, index) => [String(index), each])))) {
      yield [`${field}.${rest}`, at];
      yield [`${field}.${rest.replace(/^\d+/, '$[]')}`, at];
    }
  }
}

/** Operators that find what they want, beside one at random now and then. */
function operationOn(doc: Doc): fc.Arbitrary<ReferenceOperation> {
  const fitting = [...pathsIn(doc)].flatMap(([field, at]) => {
    const { any, number, ...ofArrays } = operationsAt(fc.constant(field));
    if (Array.isArray(at)) return Object.values(ofArrays);
    const renamed = fc.tuple(fc.constant('$rename'), fc.constant(field.replaceAll('$[]', '0')), plainPath);
    return typeof at === 'number' && number ? [number] : any ? [any, renamed] : [];
  });
  return fc.oneof({ weight: 1, arbitrary: wild }, ...fitting.map((arbitrary) => ({ weight: 1, arbitrary })));
}

const documentAndOperations = document.chain((doc) =>
  fc.tuple(fc.constant(doc), fc.array(operationOn(doc), { minLength: 1, maxLength: 3 })),
);

function asUpdate(operations: readonly ReferenceOperation[]): Doc {
  const update = new Map<string, Doc>();
  for (const [operator, field, operand] of operations) {
    update.set(operator, (update.get(operator) ?? new Map<string, Value>()).set(field, operand));
  }
  return update;
}

describe('random updates of random documents', () => {
  it('agree with a naive reference, leave their input alone and keep what does not change', () => {
    let changed = 0;
    let refused = 0;
    fc.assert(
      fc.property(documentAndOperations, ([doc, drawn]) => {
        // A field can be named once in an operator.
        const operations = drawn.filter(
          ([operator, field], index) =>
            !drawn.slice(0, index).some((other) => other[0] === operator && other[1] === field),
        );
        const before = encodeDoc(doc);
        const reference = referenceUpdate(doc, operations);
        let result: Doc | undefined;
        const code = codeOf(() => {
          result = compileUpdate(asUpdate(operations), { environment, filter: everything }).apply(
            doc,
            () => undefined,
          );
        });
        expect(encodeDoc(doc)).toEqual(before);
        if (reference.error !== undefined) {
          refused += 1;
          // Of several mistakes any one may be named.
          const [[, only] = ['', '']] = operations;
          if (operations.length === 1 && !only.includes('$[]')) expect(code).toBe(reference.error);
          else expect(code).toBeDefined();
          return;
        }
        expect(code).toBeUndefined();
        const after = encodeDoc(result ?? new Map());
        expect(after.toString('hex')).toBe(encodeDoc(reference.document).toString('hex'));
        if (after.equals(before)) expect(result).toBe(doc);
        else changed += 1;
      }),
      { numRuns: 2000 },
    );
    // The generators do reach both sides.
    expect(changed).toBeGreaterThan(400);
    expect(refused).toBeGreaterThan(150);
  });

  it('twice the same $set changes nothing the second time', () => {
    fc.assert(
      fc.property(document, plainPath, value, (doc, field, operand) => {
        const { apply: change } = updater({ $set: { [field]: operand } });
        let once: Doc | undefined;
        if (codeOf(() => (once = change(doc, () => undefined))) !== undefined || !once) return;
        expect(change(once, () => undefined)).toBe(once);
      }),
    );
  });
});

describe('an update', () => {
  it('copies only along the path that it changes', () => {
    const doc = toDoc({ _id: 1, a: { b: { c: 1 } }, d: [{ e: 1 }, { e: 2 }], f: { g: 1 } });
    const after = apply({ $set: { 'd.1.e': 3 } }, doc);
    expect(after.get('a')).toBe(doc.get('a'));
    expect(after.get('f')).toBe(doc.get('f'));
    expect((after.get('d') as Value[])[0]).toBe((doc.get('d') as Value[])[0]);
    expect(after.get('d')).not.toBe(doc.get('d'));
  });

  it('asks for the position only when a path has a $', () => {
    const refuse = (): never => {
      throw new Error('asked');
    };
    const doc = toDoc({ _id: 1, a: [1] });
    expect(apply({ $set: { 'a.0': 2 } }, doc, refuse)).toEqual(toDoc({ _id: 1, a: [2] }));
    expect(() => apply({ $set: { 'a.$': 2 } }, doc, refuse)).toThrow('asked');
    expect(codeOf(() => apply({ $set: { 'a.$': 2 } }, doc))).toBe(2);
  });

  it('writes the time of the command', () => {
    const after = apply(
      { $currentDate: { a: true, b: { $type: 'timestamp' }, c: { $type: 'timestamp' } } },
      toDoc({ _id: 1 }),
    );
    expect(after.get('a')).toBe(now);
    const [b, c] = [after.get('b'), after.get('c')] as [Timestamp, Timestamp];
    expect(c.greaterThan(b)).toBe(true);
  });

  it('fills in empty timestamps at the top of a replacement', () => {
    const empty = new Timestamp({ t: 0, i: 0 });
    const after = apply({ a: empty, b: { c: empty } }, toDoc({ _id: 1 }));
    expect((after.get('a') as Timestamp).isZero()).toBe(false);
    expect((after.get('b') as Doc).get('c')).toBe(empty);
  });

  it('may be used for many documents', () => {
    const { apply: change } = updater({ $push: { a: { $each: [3, 1], $sort: 1 } }, $rename: { b: 'c' } });
    const none = (): undefined => undefined;
    expect(change(toDoc({ _id: 1, a: [2], b: 1 }), none)).toEqual(toDoc({ _id: 1, a: [1, 2, 3], c: 1 }));
    expect(change(toDoc({ _id: 2, c: 5 }), none)).toEqual(toDoc({ _id: 2, c: 5, a: [1, 3] }));
    expect(change(toDoc({ _id: 3, b: 7 }), none)).toEqual(toDoc({ _id: 3, a: [1, 3], c: 7 }));
  });

  it('works on big sets', () => {
    const numbers = Array.from({ length: 60_000 }, (_, index) => index);
    const doc = toDoc({ _id: 1, a: numbers });
    const added = apply({ $addToSet: { a: { $each: numbers.map((n) => n + 30_000) } } }, doc);
    expect((added.get('a') as Value[]).length).toBe(90_000);
    expect(apply({ $pullAll: { a: numbers } }, doc).get('a')).toEqual([]);
  });

  it('never makes a document that is too deep to be read again', () => {
    const nested = (depth: number): Value => (depth === 0 ? 1 : new Map([['a', nested(depth - 1)]]));
    const doc: Doc = new Map<string, Value>([
      ['_id', 1],
      ['a', nested(150)],
    ]);
    expect(codeOf(() => apply({ $set: { 'b.c': nested(150) } }, doc))).toBeUndefined();
    expect(codeOf(() => apply({ $set: { [`b${'.b'.repeat(60)}`]: nested(150) } }, doc))).toBe(15);
    expect(codeOf(() => apply([{ $set: { [`b${'.b'.repeat(60)}`]: '$a' } }], doc))).toBe(15);
    expect(codeOf(() => apply({ $unset: { [`b${'.b'.repeat(5000)}`]: 1 } }, doc))).toBe(15);
  });
});

describe('an upsert', () => {
  it('makes an ObjectId and puts it first', () => {
    const made = upsert({ a: 1 }, { $set: { b: 2 } });
    expect([...made.keys()]).toEqual(['_id', 'a', 'b']);
    expect(made.get('_id')).toBeInstanceOf(ObjectId);
    expect([...upsert({ a: 1 }, { b: 2 }).keys()]).toEqual(['_id', 'b']);
    expect([...upsert({ a: 1 }, [{ $set: { b: 2 } }]).keys()]).toEqual(['_id', 'a', 'b']);
  });

  it('shares nothing with the filter that a later update could reach', () => {
    const filter = parseFilter(toDoc({ a: { b: [1] } }));
    const compiled = updater({ $push: { 'a.b': 2 } });
    const first = compiled.insertFor(filter);
    const second = compiled.insertFor(filter);
    expect(first.get('a')).toEqual(toDoc({ b: [1, 2] }));
    expect(second.get('a')).toEqual(toDoc({ b: [1, 2] }));
    expect(first.get('_id')).not.toEqual(second.get('_id'));
  });
});
