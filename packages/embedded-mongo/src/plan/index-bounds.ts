import type { CollectionInfo, IndexInfo, KeyRange } from '../storage/store.js';
import { isArrayIndex, splitPath } from '../values/paths.js';
import type { FieldTest } from '../query/filter.js';
import { demandsValue, type Condition } from './conditions.js';
import { implies } from './implies.js';
import {
  everything,
  intersected,
  intervalsOf,
  mostPoints,
  sameCollation,
  united,
  type Interval,
} from './intervals.js';
import type { Query } from './reader.js';

/** A walk over a part of an index that finds every document of the answer, unless a hint forced it. */
export interface IndexScan {
  readonly index: IndexInfo;
  /** Ascending and without overlaps. */
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** Gives the order that the query asks for. */
  readonly sorted: boolean;
  /** Narrowed by a condition; false when the whole index is walked for its order. */
  readonly isBounded: boolean;
  readonly score: number;
}

type IndexKey = IndexInfo['keys'][number];

/** Narrower is better; what looks at one document at most is best of all. */
const points = { one: 10, several: 8, range: 5, unique: 1000, partOfIndex: 3, sorted: 2 };

/** How an index can serve a query; undefined when it would miss documents or help nothing. */
export function scanOf(
  index: IndexInfo,
  query: Query,
  conditions: readonly Condition[],
  forced = false,
): IndexScan | undefined {
  const [first] = index.keys;
  if (!first) return undefined;
  const { collation } = query.environment;
  const same = sameCollation(index.collation, collation);
  const hasCondition = conditions.some(({ path, test }) => path === first[0] && !isNegation(test));
  const selective = index.sparse || index.partial !== undefined;
  if (!forced && selective && !(hasCondition && isComplete(index, query, conditions, same))) return undefined;

  const bounds = boundsOf(index, conditions, same);
  const order = sortOrder(index, query, bounds.fixed);
  const narrowed = bounds.score || (selective && hasCondition ? points.partOfIndex : 0);
  const score = narrowed + (order ? points.sorted : 0);
  if (score === 0 && !forced) return undefined;
  return {
    index,
    ranges: bounds.ranges,
    reverse: order === -1,
    sorted: order !== undefined,
    isBounded: narrowed > 0,
    score,
  };
}

function fieldOf(index: IndexInfo, [, direction]: IndexKey, same: boolean) {
  return { direction, collation: index.collation, sameCollation: same };
}

/** A sparse index lacks documents that have none of its fields, a partial one those outside its filter. */
function isComplete(
  index: IndexInfo,
  query: Query,
  conditions: readonly Condition[],
  same: boolean,
): boolean {
  if (index.partial) return implies(query.filter, index.partial.filter, same);
  return conditions.some(({ path, test }) => index.keys.some(([key]) => key === path) && demandsValue(test));
}

interface Bounds {
  readonly ranges: KeyRange[];
  readonly score: number;
  /** Leading fields that have one value throughout, and so no part in the order. */
  readonly fixed: ReadonlySet<string>;
}

/** An equality prefix, then one range. */
function boundsOf(index: IndexInfo, conditions: readonly Condition[], same: boolean): Bounds {
  let prefixes = [everything.lower];
  let score = 0;
  let last: Interval[] = [everything];
  let bounded = 0;
  const fixed = new Set<string>();
  const used: Condition[] = [];
  for (const key of index.keys) {
    const intervals = fieldIntervals(index, key, conditions, used, same);
    if (intervals === 'any') break;
    const tooMany = intervals.length * prefixes.length > mostPoints;
    if (tooMany || !intervals.every(isPoint)) {
      last = tooMany ? [hull(intervals)] : intervals;
      score += points.range;
      break;
    }
    if (intervals.length === 1) fixed.add(key[0]);
    score += intervals.length === 1 ? points.one : points.several;
    bounded++;
    prefixes = prefixes.flatMap((prefix) => intervals.map(({ lower }) => Buffer.concat([prefix, lower])));
  }
  if (bounded === index.keys.length && index.unique) score += points.unique;
  const ranges = prefixes.flatMap((prefix) =>
    last.map(({ lower, upper }) => ({
      lower: Buffer.concat([prefix, lower]),
      upper: Buffer.concat([prefix, upper]),
    })),
  );
  return { ranges: united(ranges), score, fixed };
}

function hull(intervals: readonly Interval[]): Interval {
  const [first = everything, ...more] = united(intervals);
  return { lower: first.lower, upper: (more.at(-1) ?? first).upper };
}

function isPoint({ point }: Interval): boolean {
  return point === true;
}

/**
 * An index that holds several entries of one document can take one condition only on each field: another
 * one may be met by another element. For the same reason a second field under the same array needs a
 * condition from the same $elemMatch.
 */
function fieldIntervals(
  index: IndexInfo,
  key: IndexKey,
  conditions: readonly Condition[],
  used: Condition[],
  same: boolean,
): Interval[] | 'any' {
  const [path] = key;
  // A number may name an element of the outer or, in an $elemMatch, of an inner array: the index has only one.
  if (splitPath(path).some(isArrayIndex)) return 'any';
  const field = fieldOf(index, key, same);
  let best: Interval[] | 'any' = 'any';
  let chosen: Condition | undefined;
  for (const condition of conditions) {
    if (condition.path !== path || isNegation(condition.test)) continue;
    // Even of a document that it holds, a sparse index lacks the elements that have none of its fields.
    if (index.sparse && !demandsValue(condition.test)) continue;
    const intervals = intervalsOf(condition.test, field);
    if (intervals === 'any') continue;
    if (!index.multikey) {
      best = intersected(best, intervals);
    } else if (used.every((earlier) => areIndependent(earlier, condition)) && isNarrower(intervals, best)) {
      best = intervals;
      chosen = condition;
    }
  }
  if (chosen) used.push(chosen);
  return best;
}

function isNegation({ op }: FieldTest): boolean {
  return op === 'ne' || op === 'nin' || op === 'not';
}

function isNarrower(intervals: Interval[], than: Interval[] | 'any'): boolean {
  if (than === 'any') return true;
  const [a, b] = [intervals.every(isPoint), than.every(isPoint)];
  return a === b ? intervals.length < than.length : a;
}

function areIndependent(a: Condition, b: Condition): boolean {
  const start = a.element && a.element.of === b.element?.of ? splitPath(a.element.path).length : 0;
  return splitPath(a.path)[start] !== splitPath(b.path)[start];
}

/** 1 or -1 when the index walked in that direction has the order of the sort. */
function sortOrder(index: IndexInfo, query: Query, fixed: ReadonlySet<string>): 1 | -1 | undefined {
  const { sort, environment } = query;
  if (!sort || index.multikey || index.collation || environment.collation) return undefined;
  let at = 0;
  let order: 1 | -1 | undefined;
  for (const [path, direction] of sort.keys) {
    if (fixed.has(path)) continue;
    while (fixed.has(index.keys[at]?.[0] ?? '')) at++;
    const key = index.keys[at++];
    if (key?.[0] !== path) return undefined;
    const wanted = key[1] === direction ? 1 : -1;
    if (order !== undefined && order !== wanted) return undefined;
    order = wanted;
  }
  return order ?? 1;
}

/** Ties go to the index with fewer fields, then to the older one. */
export function bestScan(
  collection: CollectionInfo,
  query: Query,
  conditions: readonly Condition[],
): IndexScan | undefined {
  let best: IndexScan | undefined;
  for (const index of collection.indexes) {
    const scan = scanOf(index, query, conditions);
    if (!scan) continue;
    const better = best ? scan.score - best.score || best.index.keys.length - scan.index.keys.length : 1;
    if (better > 0) best = scan;
  }
  return best;
}
