import { createHash } from 'node:crypto';
import { fail } from '../errors.js';
import type { IndexInfo } from '../storage/store.js';
import type { Collation } from './collation.js';
import { canonicalRank } from './compare.js';
import { KeyWriter, tagOf } from './key-writer.js';
import { splitPath, walk } from './paths.js';
import type { Doc, Value } from './value.js';

/** Eight parts of the longest kind, a prefix and a record id stay under the 1,978 bytes of an LMDB key. */
export const mostKeyParts = 8;
const keptBytes = 216;
const hashBytes = 20;

/**
 * One part of an index key: comparing parts byte by byte (memcmp) is comparing their values, in the given
 * direction. No part is the beginning of another, so compound keys compare field by field. `undefined` is the
 * key of an empty array, which lies below null; a missing field is null.
 *
 * Two limits, which the planner must know: a part that is too long keeps its beginning and a hash, which is
 * good for equality but not for order (see `isExactKeyPart`), and under a collation strings are folded, so
 * that equal ones have equal keys, but their keys are not in the collation's order.
 */
export function encodeKeyPart(value: Value | undefined, direction: 1 | -1, collation?: Collation): Buffer {
  return encodeKey([value], [direction], collation);
}

export function encodeKey(
  parts: readonly (Value | undefined)[],
  directions: readonly (1 | -1)[],
  collation?: Collation,
): Buffer {
  return encodeParts(parts, directions, collation).key;
}

function encodeParts(
  parts: readonly (Value | undefined)[],
  directions: readonly (1 | -1)[],
  collation: Collation | undefined,
): { key: Buffer; exact: boolean } {
  if (parts.length > mostKeyParts) {
    fail('CannotCreateIndex', `an index cannot have more than ${mostKeyParts} fields`);
  }
  writer.reset();
  let exact = true;
  for (let i = 0; i < parts.length; i++) {
    const start = writer.length;
    writer.value(parts[i], collation);
    if (writer.length - start > keptBytes) {
      const digest = createHash('sha256').update(writer.since(start)).digest();
      writer.cutAt(start + keptBytes);
      writer.raw(digest.subarray(0, hashBytes));
      exact = false;
    }
    if (directions[i] === -1) writer.invertFrom(start);
  }
  return { key: writer.copy(), exact };
}

const writer = new KeyWriter();

/** Whether the key holds the whole value. When not, a range over it must be widened to the whole bracket. */
export function isExactKeyPart(value: Value | undefined, collation?: Collation): boolean {
  return encodeParts([value], [1], collation).exact;
}

/** What the parts of all values of one type bracket start with, and no others. */
export function keyBracket(value: Value | undefined, direction: 1 | -1): Buffer {
  const tag = tagOf(canonicalRank(value));
  return Buffer.from([direction === -1 ? tag ^ 0xff : tag]);
}

/** The smallest key above everything that starts with `prefix`. No part starts with the byte FF. */
export function keyAfterPrefix(prefix: Uint8Array): Buffer {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return Buffer.from([0xff]);
  const after = Buffer.from(prefix.subarray(0, length));
  after[length - 1] = (after[length - 1] ?? 0) + 1;
  return after;
}

/**
 * What a document puts into an index, each key once. `multikey` says that an array was expanded, or that a
 * part was cut: both ways the index no longer gives a sort order.
 */
export function indexKeys(doc: Doc, index: KeyedIndex): IndexKeys {
  return oneKey(doc, index) ?? expandedKeys(doc, index);
}

type KeyedIndex = Pick<IndexInfo, 'keys' | 'sparse' | 'collation'>;

interface IndexKeys {
  readonly keys: Buffer[];
  readonly multikey: boolean;
}

/** Of most documents, which have no array where the index looks; undefined for the others. */
function oneKey(doc: Doc, index: KeyedIndex): IndexKeys | undefined {
  const row: Value[] = [];
  const directions: (1 | -1)[] = [];
  let missing = 0;
  for (const [path, direction] of index.keys) {
    const { value } = walk(doc, splitPath(path), 0);
    if (Array.isArray(value)) return undefined;
    if (value === undefined) missing++;
    row.push(value ?? null);
    directions.push(direction);
  }
  if (index.sparse && missing === row.length) return { keys: [], multikey: false };
  const { key, exact } = encodeParts(row, directions, index.collation);
  return { keys: [key], multikey: !exact };
}

function expandedKeys(doc: Doc, index: KeyedIndex): IndexKeys {
  const paths = index.keys.map(([path]) => splitPath(path));
  const directions = index.keys.map(([, direction]) => direction);
  const keys = new Map<string, Buffer>();
  let multikey = false;

  /** `progress` is how far along its path each field is; a field at its end has its value in `row`. */
  function expand(from: Doc, progress: number[], row: (Value | undefined)[], missing: number): void {
    let array: Value[] | undefined;
    const expanding: number[] = [];
    paths.forEach((path, i) => {
      const start = progress[i] ?? 0;
      if (start === path.length) return;
      const { value, next } = walk(from, path, start);
      progress[i] = next;
      if (Array.isArray(value)) {
        // Fields of one array are taken element by element; two arrays would give every combination.
        if (array !== undefined && array !== value) fail(171, 'cannot index parallel arrays');
        array = value;
        expanding.push(i);
      } else {
        progress[i] = path.length;
        row[i] = value ?? null;
        if (value === undefined) missing++;
      }
    });
    if (array === undefined) {
      if (!index.sparse || missing < paths.length) emit(row);
      return;
    }
    multikey = true;
    const elements: (Value | undefined)[] = array.length > 0 ? array : [undefined];
    for (const element of elements) {
      const elementRow = row.slice();
      for (const i of expanding) if (progress[i] === paths[i]?.length) elementRow[i] = element;
      expand(element instanceof Map ? element : nothing, progress.slice(), elementRow, missing);
    }
  }

  function emit(row: (Value | undefined)[]): void {
    const { key, exact } = encodeParts(row, directions, index.collation);
    if (!exact) multikey = true;
    keys.set(key.toString('latin1'), key);
  }

  const row = new Array<Value | undefined>(paths.length);
  expand(doc, new Array<number>(paths.length).fill(0), row, 0);
  return { keys: [...keys.values()], multikey };
}

const nothing: Doc = new Map();
