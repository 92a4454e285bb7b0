import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  BSON,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  ObjectId,
  Timestamp,
} from 'bson';
import * as fc from 'fast-check';
import { decodeDoc } from '../src/bson/decode.js';
import { encodeDoc } from '../src/bson/encode.js';
import { toDoc, toPlain } from './support/plain.js';
import { RawDocument } from '../src/bson/raw.js';
import { CommandError } from '../src/errors.js';
import { compareValues } from '../src/values/compare.js';
import { typeName } from '../src/values/types.js';
import type { Doc, Value } from '../src/values/value.js';
import { docs } from './support/values.js';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Through plain objects, so only for names that a plain object keeps in their order. */
const orderly = (doc: Doc): boolean =>
  [...doc].every(([name, value]) => !/^\d+$|^__proto__$/.test(name) && orderlyValue(value));
const orderlyValue = (value: Value): boolean =>
  value instanceof Map ? orderly(value) : Array.isArray(value) ? value.every(orderlyValue) : true;

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CommandError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('BSON', () => {
  it('survives a round trip byte for byte', () => {
    fc.assert(
      fc.property(docs, (doc) => {
        const bytes = encodeDoc(doc);
        const decoded = decodeDoc(bytes);
        expect(compareValues(decoded, doc)).toBe(0);
        expect(encodeDoc(decoded).equals(bytes)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is what the bson package writes', () => {
    fc.assert(
      fc.property(docs.filter(orderly), (doc) => {
        const theirs = BSON.serialize(toPlain(doc));
        expect(encodeDoc(doc).equals(theirs)).toBe(true);
        expect(encodeDoc(decodeDoc(theirs)).equals(theirs)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps the number types apart', () => {
    const theirs = BSON.serialize({
      int: new Int32(1),
      double: new Double(1),
      fraction: new Double(1.5),
      minus: new Double(-0),
      long: Long.fromNumber(1),
      decimal: Decimal128.fromString('1'),
    });
    const doc = decodeDoc(theirs);
    expect([...doc.values()].map(typeName)).toEqual(['int', 'double', 'double', 'double', 'long', 'decimal']);
    expect(doc.get('minus')).toBe(-0);
    expect(encodeDoc(doc).equals(theirs)).toBe(true);
  });

  it('keeps the order of all names', () => {
    const doc: Doc = new Map<string, Value>([
      ['b', 1],
      ['1', 2],
      ['__proto__', 3],
      ['', 4],
    ]);
    expect([...decodeDoc(encodeDoc(doc)).keys()]).toEqual(['b', '1', '__proto__', '']);
  });

  it('makes documents of literals', () => {
    const date = new Date(5);
    const doc = toDoc({
      a: undefined,
      b: [/x/gi, new Uint8Array([1])],
      c: { d: date },
      e: Long.ONE,
      f: new Double(0.5),
    });
    expect([...doc.keys()]).toEqual(['b', 'c', 'e', 'f']);
    expect((doc.get('b') as Value[]).map(typeName)).toEqual(['regex', 'binData']);
    expect(toPlain(doc)).toMatchObject({ c: { d: date }, e: 1n, f: 0.5 });
  });

  it('carries stored documents into replies as they are', () => {
    const stored = encodeDoc(toDoc({ x: 1 }));
    const reply = new Map([['batch', [new RawDocument(stored)]]]);
    expect(encodeDoc(reply).equals(BSON.serialize({ batch: [{ x: 1 }] }))).toBe(true);
  });

  it('keeps nothing of the bytes that it reads', () => {
    const one = BSON.serialize({
      a: new ObjectId('0102030405060708090a0b0c'),
      b: new Binary(Buffer.from([7])),
    });
    const bytes = Buffer.from(one);
    const doc = decodeDoc(bytes);
    bytes.fill(0);
    expect(encodeDoc(doc).equals(one)).toBe(true);
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    ['undefined', () => hex('08000000 06 6100 00'), /^22 .*undefined/],
    ['DBPointer', () => hex('1a000000 0c 6100 02000000 6100 000000000000000000000000 00'), /^22 .*DBPointer/],
    ['symbols', () => BSON.serialize({ a: new BSONSymbol('x') }), /^22 .*symbol/],
    ['code with scope', () => BSON.serialize({ a: new Code('x', { y: 1 }) }), /^22 .*scope/],
    ['a type that is none', () => hex('08000000 20 6100 00'), /^22 .*0x20/],
    ['a document that is too short', () => hex('04000000'), /^22 .*length 4/],
    ['no bytes', () => hex(''), /^22 /],
    ['a length beyond the end', () => hex('06000000 00'), /^22 .*length 6/],
    ['a negative length', () => hex('ffffffff 00'), /^22 .*length -1/],
    ['bytes after the end', () => hex('05000000 00 00'), /^22 .*1 bytes after/],
    ['an early terminator', () => hex('06000000 00 00'), /^22 .*ends before/],
    ['a string over the end', () => hex('0e000000 02 6100 ff000000 6200 00'), /^22 .*reaches over/],
    ['a string without length', () => hex('0d000000 02 6100 00000000 00 00'), /^22 .*length 0/],
    ['a string without terminator', () => hex('0e000000 02 6100 02000000 6263 00'), /^22 .*terminator/],
    ['a string that is not UTF-8', () => hex('0e000000 02 6100 02000000 ff00 00'), /^22 .*UTF-8/],
    ['a name that is not UTF-8', () => hex('08000000 0a ff00 00'), /^22 .*UTF-8/],
    ['a name without end', () => hex('07000000 0a 6161'), /^22 .*terminator/],
    ['a boolean that is neither', () => hex('09000000 08 6100 02 00'), /^22 .*boolean/],
    ['a name twice', () => hex('0b000000 0a 6100 0a 6100 00'), /^22 .*twice/],
    ['options that are none', () => hex('0b000000 0b 6100 00 7a00 00'), /^22 .*options/],
    ['a date beyond JavaScript', () => hex('10000000 09 6100 ffffffffffffff7f 00'), /^22 .*275760/],
    [
      'a binary whose lengths differ',
      () => hex('12000000 05 6100 05000000 02 02000000 07 00'),
      /^22 .*lengths/,
    ],
  ])('refuses %s', (_, bytes, expected) => {
    expect(refusal(() => decodeDoc(bytes()))).toMatch(expected);
  });

  it('accepts U+FFFD where it was written', () => {
    expect(decodeDoc(encodeDoc(toDoc({ a: '\ufffd' }))).get('a')).toBe('\ufffd');
  });

  it('bounds the nesting both ways', () => {
    const nest = (levels: number): Doc =>
      Array.from({ length: levels - 1 }).reduce<Doc>((inner) => new Map([['a', inner]]), new Map());
    expect(decodeDoc(encodeDoc(nest(200))).size).toBe(1);
    expect(refusal(() => encodeDoc(nest(201)))).toMatch(/^15 .*200 levels/);
    let bytes = Buffer.from(encodeDoc(nest(200)));
    const wrapped = Buffer.alloc(bytes.length + 8);
    wrapped.writeInt32LE(wrapped.length, 0);
    wrapped.write('\x03a\0', 4, 'latin1');
    bytes.copy(wrapped, 7);
    bytes = wrapped;
    expect(refusal(() => decodeDoc(bytes))).toMatch(/^22 .*200 levels/);
  });

  it('refuses to write what cannot be read', () => {
    expect(refusal(() => encodeDoc(new Map([['a\0b', 1]])))).toMatch(/^2 /);
    expect(refusal(() => encodeDoc(new Map([['a', 2n ** 63n]])))).toMatch(/^15 /);
    expect(refusal(() => encodeDoc(new Map([['a', new Date(NaN)]])))).toMatch(/^2 /);
    expect(refusal(() => encodeDoc(new Map([['a', new Code('x', { y: 1 })]])))).toMatch(/^22 /);
    expect(refusal(() => toDoc({ a: new DBRef('x', new ObjectId()) }))).toMatch(/^2 /);
    expect(refusal(() => toDoc({ a: () => 1 }))).toMatch(/^2 /);
  });

  it('answers broken bytes with an error of its own and nothing else', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xff), fc.boolean());
    fc.assert(
      fc.property(docs, fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(), (doc, changes, cut) => {
        const bytes = Buffer.from(encodeDoc(doc));
        for (const [at, byte, flip] of changes) {
          const i = at % bytes.length;
          bytes[i] = flip ? (bytes[i] ?? 0) ^ byte : byte;
        }
        const broken = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
        // What is still read must also be written again: never half a document.
        refusal(() => encodeDoc(decodeDoc(broken)));
      }),
      { numRuns: 5000 },
    );
  });

  it('writes every type whole where its own space runs out', () => {
    const huge = new Map([['text', 'x'.repeat(1024 * 1024)]]);
    const values: Value[] = [
      1,
      1.5,
      5n,
      true,
      'abc',
      new Date(7),
      new ObjectId(),
      new Binary(Buffer.from('abcdef'), 2),
    ];
    for (const value of [...values, new Timestamp({ t: 1, i: 2 }), Decimal128.fromString('1'), values]) {
      for (let short = 0; short < 24; short++) {
        // After a document this large the encoder starts again with the space of 16 KiB that is filled here.
        encodeDoc(huge);
        const pad = new Binary(Buffer.alloc(16 * 1024 - 20 - short, 1));
        const doc = new Map<string, Value>([
          ['p', pad],
          ['v', value],
        ]);
        expect(compareValues(decodeDoc(encodeDoc(doc)), doc)).toBe(0);
      }
    }
  });
});
