import type { Binary, BSONRegExp, Code, ObjectId, Timestamp } from 'bson';
import type { Collation } from './collation.js';
import { compareNumbers, type NumberValue } from './numbers.js';
import { typeFacts } from './types.js';
import type { Doc, Value } from './value.js';

/** The type bracket: values of different ranks are ordered by them alone. A missing value has rank 0. */
export function canonicalRank(v: Value | undefined): number {
  return typeFacts(v).rank;
}

export function equalValues(a: Value | undefined, b: Value | undefined, collation?: Collation): boolean {
  return compareValues(a, b, collation) === 0;
}

/** MongoDB's order of all values. The collation orders strings, never field names. */
export function compareValues(a: Value | undefined, b: Value | undefined, collation?: Collation): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b, collation);
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  const rank = canonicalRank(a);
  const difference = rank - canonicalRank(b);
  if (difference !== 0) return difference < 0 ? -1 : 1;
  return comparers[rank]?.(a, b, collation) ?? 0;
}

type Comparer = (a: Value | undefined, b: Value | undefined, collation: Collation | undefined) => number;

/** Both values are of the rank that the comparer stands for, so of its type. */
function of<T extends Value>(compare: (a: T, b: T, collation: Collation | undefined) => number): Comparer {
  return (a, b, collation) => compare(a as T, b as T, collation);
}

/** By rank; missing, null, MinKey and MaxKey equal themselves and need none. */
const comparers: Readonly<Record<number, Comparer>> = {
  10: of<NumberValue>(compareNumbers),
  15: of<string>(compareText),
  20: of<Doc>(compareDocs),
  25: of<Value[]>(compareArrays),
  30: of<Binary>(compareBinaries),
  35: of<ObjectId>((a, b) => Buffer.compare(a.id, b.id)),
  40: of<boolean>((a, b) => Number(a) - Number(b)),
  45: of<Date>((a, b) => Math.sign(a.getTime() - b.getTime())),
  47: of<Timestamp>((a, b) => Math.sign(a.t - b.t || a.i - b.i)),
  50: of<BSONRegExp>((a, b) => compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options)),
  60: of<Code>((a, b) => compareStrings(a.code, b.code)),
};

function compareText(a: string, b: string, collation: Collation | undefined): number {
  return collation ? collation.compare(a, b) : compareStrings(a, b);
}

/** The order of the UTF-8 bytes. UTF-16 differs from it: surrogates lie below U+E000 to U+FFFF. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const surrogates = Number(isSurrogate(x)) - Number(isSurrogate(y));
    return surrogates || (x < y ? -1 : 1);
  }
  return Math.sign(a.length - b.length);
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Field by field in their order: first the types, then the names, then the values. */
function compareDocs(a: Doc, b: Doc, collation: Collation | undefined): number {
  const others = b.entries();
  for (const [name, value] of a) {
    const other = others.next();
    if (other.done) return 1;
    const [otherName, otherValue] = other.value;
    const difference =
      canonicalRank(value) - canonicalRank(otherValue) ||
      compareStrings(name, otherName) ||
      compareValues(value, otherValue, collation);
    if (difference !== 0) return Math.sign(difference);
  }
  return others.next().done ? 0 : -1;
}

function compareArrays(a: Value[], b: Value[], collation: Collation | undefined): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = compareValues(a[i], b[i], collation);
    if (difference !== 0) return difference;
  }
  return Math.sign(a.length - b.length);
}

export function binaryBytes(v: Binary): Uint8Array {
  return v.buffer.subarray(0, v.position);
}

/** As long as it is on the wire, where the old subtype 2 repeats its length. */
export function binarySize(v: Binary): number {
  return v.position + (v.sub_type === 2 ? 4 : 0);
}

function compareBinaries(a: Binary, b: Binary): number {
  const difference = binarySize(a) - binarySize(b) || a.sub_type - b.sub_type;
  return Math.sign(difference || Buffer.compare(binaryBytes(a), binaryBytes(b)));
}
