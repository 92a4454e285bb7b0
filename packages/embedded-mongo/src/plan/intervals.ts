import type { Collation } from '../values/collation.js';
import { equalValues } from '../values/compare.js';
import { encodeKeyPart, isExactKeyPart, keyAfterPrefix, keyBracket } from '../values/keys.js';
import { isNaNValue } from '../values/numbers.js';
import { isDoc, isNumber } from '../values/types.js';
import type { Value } from '../values/value.js';
import { isKeyEnd } from './conditions.js';
import type { FieldTest, Pattern } from '../query/filter.js';
import { literalPrefix } from '../query/regex.js';

/** Key parts from `lower` up to, not including, `upper`. */
export interface Interval {
  readonly lower: Buffer;
  readonly upper: Buffer;
  /** Holds one value, whose key is `lower`. */
  readonly point?: true;
}

export const everything: Interval = { lower: Buffer.alloc(0), upper: Buffer.from([0xff]) };

/** More points than this are no longer looked up one by one. */
export const mostPoints = 500;

/** One field of an index, for the collation of one query. */
export interface KeyField {
  readonly direction: 1 | -1;
  readonly collation: Collation | undefined;
  /** False when the index orders texts by another collation than the query compares them. */
  readonly sameCollation: boolean;
}

/**
 * Where in an index the values lie that can pass a test: always a superset, because every document found is
 * matched again. 'any' when the test says nothing about where.
 */
export function intervalsOf(test: FieldTest, field: KeyField): Interval[] | 'any' {
  switch (test.op) {
    case 'eq':
      return equalTo(test.value, field);
    case 'in':
      return memberOf(test.values, test.patterns ?? [], field);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return comparedWith(test.op, test.value, field);
    case 'regex':
      return patternIntervals(test, field);
    case 'exists':
      return test.exists ? 'any' : [point(null, field)];
    case 'elemMatchValue':
      return elementIntervals(test.tests, field);
    default:
      return 'any';
  }
}

function point(value: Value | undefined, { direction, collation }: KeyField): Interval {
  const lower = encodeKeyPart(value, direction, collation);
  return { lower, upper: keyAfterPrefix(lower), point: true };
}

function bracket(value: Value, { direction }: KeyField): Interval {
  const lower = keyBracket(value, direction);
  return { lower, upper: keyAfterPrefix(lower) };
}

/** Texts under another collation than the index has lie elsewhere in it. */
function isComparable(value: Value, field: KeyField): boolean {
  return field.sameCollation || !(typeof value === 'string' || Array.isArray(value) || isDoc(value));
}

/** An index holds the elements of an array, so that a whole array is found by its first element. */
function equalTo(value: Value, field: KeyField): Interval[] | 'any' {
  if (!isComparable(value, field)) return 'any';
  return united((Array.isArray(value) ? [value[0], value] : [value]).map((each) => point(each, field)));
}

function memberOf(
  values: readonly Value[],
  patterns: readonly Pattern[],
  field: KeyField,
): Interval[] | 'any' {
  if (values.length + patterns.length > mostPoints) return 'any';
  const parts = [
    ...values.map((value) => equalTo(value, field)),
    ...patterns.map((pattern) => patternIntervals(pattern, field)),
  ];
  return parts.some((part) => part === 'any')
    ? 'any'
    : united(parts.flatMap((part) => (part === 'any' ? [] : part)));
}

function comparedWith(op: 'gt' | 'gte' | 'lt' | 'lte', value: Value, field: KeyField): Interval[] | 'any' {
  const withEqual = op === 'gte' || op === 'lte';
  if (value === null) return withEqual ? [point(null, field)] : [];
  if (isNumber(value) && isNaNValue(value)) return withEqual ? [point(value, field)] : [];
  // An array is compared as a whole, and MinKey and MaxKey with everything.
  if (Array.isArray(value) || isKeyEnd(value) || !isComparable(value, field)) return 'any';
  const whole = bracket(value, field);
  // A cut part has only its beginning in order, and folded texts are not in the collation's order.
  if (
    !isExactKeyPart(value, field.collation) ||
    (field.collation && (typeof value === 'string' || isDoc(value)))
  ) {
    return [whole];
  }
  const { lower, upper } = point(value, field);
  const upwards = (op === 'gt' || op === 'gte') === (field.direction === 1);
  if (upwards) return [{ lower: withEqual ? lower : upper, upper: whole.upper }];
  return [{ lower: whole.lower, upper: withEqual ? upper : lower }];
}

function patternIntervals({ source }: Pattern, field: KeyField): Interval[] | 'any' {
  const prefix = field.collation ? undefined : literalPrefix(source);
  const after = prefix === undefined ? undefined : nextText(prefix);
  if (prefix === undefined || after === undefined || !isExactKeyPart(prefix) || !isExactKeyPart(after))
    return 'any';
  const [low, high] = [encodeKeyPart(prefix, field.direction), encodeKeyPart(after, field.direction)];
  const texts =
    field.direction === 1 ? { lower: low, upper: high } : { lower: high, upper: keyAfterPrefix(low) };
  return united([texts, point(source, field)]);
}

/** The smallest text above all that start with `prefix`; none when its last character has no simple successor. */
function nextText(prefix: string): string | undefined {
  const last = prefix.charCodeAt(prefix.length - 1);
  if (last >= 0xd7ff) return undefined;
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}

/** All tests hold for one element, which is one entry of the index. */
function elementIntervals(tests: readonly FieldTest[], field: KeyField): Interval[] | 'any' {
  let result: Interval[] | 'any' = 'any';
  for (const test of tests) {
    if (!elementTests.has(test.op)) continue;
    result = intersected(result, intervalsOf(test, field));
  }
  return result;
}

const elementTests = new Set<FieldTest['op']>(['eq', 'in', 'gt', 'gte', 'lt', 'lte', 'regex']);

/** Both are in order and without overlaps. */
export function intersected(a: Interval[] | 'any', b: Interval[] | 'any'): Interval[] | 'any' {
  if (a === 'any') return b;
  if (b === 'any') return a;
  const result: Interval[] = [];
  for (let i = 0, j = 0; ;) {
    const [one, other] = [a[i], b[j]];
    if (!one || !other) return result;
    const endsFirst = Buffer.compare(one.upper, other.upper) <= 0 ? one : other;
    const order = Buffer.compare(one.lower, other.lower);
    const startsLast = order === 0 ? endsFirst : order < 0 ? other : one;
    if (startsLast === endsFirst) result.push(endsFirst);
    else if (Buffer.compare(startsLast.lower, endsFirst.upper) < 0) {
      result.push({ lower: startsLast.lower, upper: endsFirst.upper });
    }
    if (endsFirst === one) i++;
    else j++;
  }
}

/** In order and without overlaps. */
export function united(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((a, b) => Buffer.compare(a.lower, b.lower));
  const result: Interval[] = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (!last || Buffer.compare(next.lower, last.upper) >= 0) result.push(next);
    else if (Buffer.compare(next.upper, last.upper) > 0)
      result[result.length - 1] = { lower: last.lower, upper: next.upper };
  }
  return result;
}

export function sameCollation(a: Collation | undefined, b: Collation | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalValues(a.specification, b.specification));
}
