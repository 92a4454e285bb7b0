import { BSONRegExp } from 'bson';
import type { Environment } from '../expression/expression.js';
import { canonicalRank, compareValues, equalValues } from '../values/compare.js';
import { isNaNValue } from '../values/numbers.js';
import { isNumber, typeName, typeNumber } from '../values/types.js';
import type { Value } from '../values/value.js';
import type { FieldTest, Pattern } from './filter.js';
import { truncatedLong } from './long.js';

export type ValueTest = (value: Value | undefined) => boolean;

/** A test of one value, as it is: the array around it and the path to it are the matcher's business. */
export function compileLeaf(test: FieldTest, { collation }: Environment): ValueTest {
  switch (test.op) {
    case 'eq':
      return equality(test.value, collation);
    case 'in':
      return membership(test.values, test.patterns ?? [], collation);
    case 'type':
      return (value) => value !== undefined && test.types.includes(typeNumber(value));
    case 'regex':
      return patternTest(test);
    case 'mod':
      return (value) => {
        const whole = isNumber(value) ? truncatedLong(value) : undefined;
        return whole !== undefined && whole % test.divisor === test.remainder;
      };
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return comparison(test.op, test.value, collation);
  }
  throw new TypeError(`${test.op} is no test of a single value`);
}

function equality(wanted: Value, collation: Environment['collation']): ValueTest {
  if (wanted === null) return (value) => value === null || value === undefined;
  if (typeof wanted === 'boolean' || (typeof wanted === 'string' && !collation))
    return (value) => value === wanted;
  return (value) => value !== undefined && equalValues(value, wanted, collation);
}

const accepts = {
  gt: (order: number) => order > 0,
  gte: (order: number) => order >= 0,
  lt: (order: number) => order < 0,
  lte: (order: number) => order <= 0,
};

/** Only values of the bound's own type compare with it; MinKey and MaxKey compare with everything. */
function comparison(op: keyof typeof accepts, bound: Value, collation: Environment['collation']): ValueTest {
  const accept = accepts[op];
  const withEqual = accept(0);
  if (bound === null) return (value) => withEqual && (value === null || value === undefined);
  const type = typeName(bound);
  if (type === 'minKey' || type === 'maxKey') return (value) => accept(compareValues(value ?? null, bound));
  if (isNumber(bound) && isNaNValue(bound)) {
    return (value) => withEqual && isNumber(value) && isNaNValue(value);
  }
  const rank = canonicalRank(bound);
  return (value) =>
    canonicalRank(value) === rank &&
    !(isNumber(value) && isNaNValue(value)) &&
    accept(compareValues(value, bound, collation));
}

function membership(
  values: readonly Value[],
  patterns: readonly Pattern[],
  collation: Environment['collation'],
) {
  const sorted = [...values].sort((a, b) => compareValues(a, b, collation));
  const tests = patterns.map(patternTest);
  return (value: Value | undefined): boolean => {
    const wanted = value ?? null;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareValues(sorted[middle], wanted, collation);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return tests.some((test) => test(value));
  };
}

function patternTest({ regex, source }: Pattern): ValueTest {
  return (value) =>
    typeof value === 'string' ? regex.test(value) : value instanceof BSONRegExp && equalValues(value, source);
}
