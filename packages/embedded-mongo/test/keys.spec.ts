import { describe, expect, it } from '@jest/globals';
import { ObjectId } from 'bson';
import * as fc from 'fast-check';
import { toDoc } from './support/plain.js';
import { canonicalRank, compareValues } from '../src/values/compare.js';
import {
  encodeKey,
  encodeKeyPart,
  indexKeys,
  isExactKeyPart,
  keyAfterPrefix,
  keyBracket,
} from '../src/values/keys.js';
import { getPath, indexValues } from '../src/values/paths.js';
import type { Value } from '../src/values/value.js';
import { codeOf, maybeValues, numberValues, texts } from './support/values.js';

describe('index keys', () => {
  const direction = fc.constantFrom<1 | -1>(1, -1);
  const sign = (left: Buffer, right: Buffer) => Buffer.compare(left, right);

  it('are the same for a large value however much space there was before', () => {
    const huge = 'x'.repeat(1024 * 1024);
    const id = new ObjectId('65a000000000000000000001');
    for (let shift = 0; shift < 14; shift++) {
      const value = [...new Array<null>(shift).fill(null), ...new Array<ObjectId>(400).fill(id)];
      encodeKeyPart(huge, 1);
      const cramped = encodeKeyPart(value, 1);
      expect(encodeKeyPart(value, 1).equals(cramped)).toBe(true);
    }
  });

  it('are ordered as their values, in both directions', () => {
    fc.assert(
      fc.property(maybeValues, maybeValues, direction, (a, b, way) => {
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
      fc.property(maybeValues, maybeValues, direction, (a, b, way) => {
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
    expect(codeOf(() => encodeKey(new Array<Value>(9).fill(1), new Array<1>(9).fill(1)))).toBe(67);
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

  it('of one type bracket lie between its prefix and the key after it', () => {
    fc.assert(
      fc.property(maybeValues, maybeValues, direction, (a, b, way) => {
        const bracket = keyBracket(a, way);
        const key = encodeKeyPart(b, way);
        const inside = sign(bracket, key) <= 0 && sign(key, keyAfterPrefix(bracket)) < 0;
        expect(inside).toBe(canonicalRank(a) === canonicalRank(b));
      }),
    );
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
    expect(codeOf(() => keysOf({ a: [{ 0: 'x' }] }, ['a.0']))).toBe(16746);
  });

  it('fields of one array go together, two arrays are refused', () => {
    const items = [
      { b: 1, c: 2 },
      { b: 3, c: 4 },
    ];
    check({ a: items }, ['a.b', 'a.c'], true, [1, 2], [3, 4]);
    check({ a: items, d: 'x' }, ['d', 'a.c'], true, ['x', 2], ['x', 4]);
    check({ a: [1, { b: 2 }] }, ['a', 'a.b'], true, [1, null], [toDoc({ b: 2 }), 2]);
    expect(codeOf(() => keysOf({ a: [1], b: [2] }, ['a', 'b']))).toBe(171);
    expect(codeOf(() => keysOf({ a: [{ b: [1], c: [2] }] }, ['a.b', 'a.c']))).toBe(171);
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
