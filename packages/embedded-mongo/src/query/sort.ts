import { fail } from '../errors.js';
import type { Collation } from '../values/collation.js';
import { compareValues } from '../values/compare.js';
import { toNumber } from '../values/numbers.js';
import { fieldPath, walk } from '../values/paths.js';
import { isDoc, isNumber } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';

/** A missing value sorts as null; `undefined` is an empty array, which lies below null. */
export type SortKey = readonly (Value | undefined)[];

export interface Sorter {
  readonly keys: readonly (readonly [path: string, direction: 1 | -1])[];
  /** As the client wrote it. */
  readonly specification: Doc;
  compare(a: Doc, b: Doc): number;
  /** For callers that compare a document often. */
  keyOf(doc: Doc): SortKey;
  compareKeys(a: SortKey, b: SortKey): number;
}

const mostKeys = 32;

export function parseSort(specification: Doc, collation?: Collation): Sorter {
  const paths = [...specification.keys()].map(fieldPath);
  const keys = [...specification].map(([path, value]) => [path, parseDirection(path, value)] as const);
  if (keys.length > mostKeys) fail('BadValue', `a sort can have ${mostKeys} keys at most`);
  const directions = keys.map(([, direction]) => direction);

  function compareKeys(a: SortKey, b: SortKey): number {
    for (let i = 0; i < directions.length; i++) {
      const order = compareValues(a[i], b[i], collation);
      if (order !== 0) return directions[i] === 1 ? order : -order;
    }
    return 0;
  }
  function keyOf(doc: Doc): SortKey {
    const starts = paths.map((parts) => position(doc, parts, 0));
    if (!starts.some(({ value }) => Array.isArray(value))) return starts.map(({ value }) => value ?? null);
    return sortKeys(starts).reduce((best, key) => (compareKeys(key, best) < 0 ? key : best));
  }
  return { keys, specification, keyOf, compareKeys, compare: (a, b) => compareKeys(keyOf(a), keyOf(b)) };
}

function parseDirection(path: string, value: Value): 1 | -1 {
  if (isDoc(value) && value.has('$meta')) fail('NotImplemented', '$meta is not supported by this server');
  if (!isNumber(value)) return fail(15974, `Illegal key in $sort specification: ${path}`);
  const direction = toNumber(value);
  if (direction === 1 || direction === -1) return direction;
  return fail(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
}

interface Position {
  readonly value: Value | undefined;
  readonly next: number;
  readonly parts: readonly string[];
  /** An element of the array at the path's end: a value of its own, even when it is an array again. */
  readonly isElement?: true;
}

/**
 * Every key that the document would have in an index on these paths: fields of one array go together, element
 * by element. Two arrays side by side have no order.
 */
function sortKeys(positions: readonly Position[]): SortKey[] {
  const arrays = new Set(positions.filter(isOpenArray).map(({ value }) => value));
  if (arrays.size > 1) fail('BadValue', 'cannot sort with keys that are parallel arrays');
  const [array] = arrays;
  if (!array) return [positions.map(({ value, isElement }) => (isElement ? value : (value ?? null)))];
  const elements: (Value | undefined)[] = array.length > 0 ? array : [undefined];
  return elements.flatMap((element) =>
    sortKeys(positions.map((position) => (position.value === array ? inside(position, element) : position))),
  );
}

function position(from: Doc, parts: readonly string[], start: number): Position {
  const { value, next } = walk(from, parts, start);
  return { value, next, parts };
}

interface OpenArray extends Position {
  readonly value: Value[];
}

function isOpenArray(position: Position): position is OpenArray {
  return Array.isArray(position.value) && !position.isElement;
}

function inside({ parts, next }: Position, element: Value | undefined): Position {
  if (next === parts.length) return { parts, next, value: element, isElement: true };
  if (isDoc(element)) return position(element, parts, next);
  return { parts, next: parts.length, value: null };
}

/** What a sort may hold, as in MongoDB without allowDiskUse. */
const mostBytes = 100 * 1024 * 1024;

export interface Sorting<T> {
  readonly documentOf: (item: T) => Doc;
  /** Keep only so many: the first ones. */
  readonly limit?: number | undefined;
  /** Counts against the 100 MiB that a sort may hold. */
  readonly sizeOf?: (item: T) => number;
}

/** A stable sort. With a limit it never holds more than a few times as many. */
export function sortItems<T>(
  items: Iterable<T>,
  sorter: Sorter,
  { documentOf, limit, sizeOf }: Sorting<T>,
): T[] {
  const most = limit ?? Number.POSITIVE_INFINITY;
  const full = 2 * most + 100;
  let kept: { key: SortKey; item: T; size: number }[] = [];
  let bytes = 0;
  const settle = (): void => {
    kept = kept.sort((a, b) => sorter.compareKeys(a.key, b.key)).slice(0, most);
    bytes = kept.reduce((sum, { size }) => sum + size, 0);
  };
  for (const item of items) {
    const size = sizeOf?.(item) ?? 0;
    kept.push({ key: sorter.keyOf(documentOf(item)), item, size });
    bytes += size;
    if (kept.length >= full || bytes > mostBytes) settle();
    if (bytes > mostBytes) {
      const reason = 'but did not opt in to external sorting.';
      fail('QueryExceededMemoryLimit', `Sort exceeded memory limit of ${mostBytes} bytes, ${reason}`);
    }
  }
  settle();
  return kept.map(({ item }) => item);
}
