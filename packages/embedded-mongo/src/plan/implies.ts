import type { FieldTest, Filter } from '../query/filter.js';
import { canonicalRank, compareValues, equalValues } from '../values/compare.js';
import { isNaNValue } from '../values/numbers.js';
import { isDoc, isNumber } from '../values/types.js';
import type { Value } from '../values/value.js';
import { demandsValue } from './conditions.js';

/**
 * Whether every document that passes `filter` passes the filter of a partial index. Decided as MongoDB does,
 * condition by condition, so that some true implications are not seen: then the index is not used.
 */
export function implies(filter: Filter, partial: Filter, sameCollation: boolean): boolean {
  if (partial.kind === 'always') return true;
  if (partial.kind === 'and') return partial.parts.every((part) => implies(filter, part, sameCollation));
  if (filter.kind === 'or') return filter.parts.every((part) => implies(part, partial, sameCollation));
  if (filter.kind === 'and' && filter.parts.some((part) => implies(part, partial, sameCollation)))
    return true;
  if (partial.kind === 'or') return partial.parts.some((part) => implies(filter, part, sameCollation));
  if (partial.kind !== 'field' || filter.kind !== 'field' || partial.path !== filter.path) return false;
  return testImplies(filter.test, partial.test, sameCollation);
}

function testImplies(test: FieldTest, wanted: FieldTest, sameCollation: boolean): boolean {
  if (test.op === 'all') return test.tests.some((inner) => testImplies(inner, wanted, sameCollation));
  switch (wanted.op) {
    case 'exists':
      return wanted.exists && (demandsValue(test) || isNotNull(test));
    case 'type':
      return test.op === 'type' && test.types.every((type) => wanted.types.includes(type));
    case 'in':
      return (
        [...wanted.values].some((value) => testImplies(test, { op: 'eq', value }, sameCollation)) ||
        isWithin(test, wanted.values, sameCollation)
      );
    case 'eq':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return comparisonImplies(test, wanted.op, wanted.value, sameCollation);
    default:
      return false;
  }
}

function isNotNull(test: FieldTest): boolean {
  if (test.op === 'ne') return test.value === null;
  return (
    test.op === 'not' && test.tests.length === 1 && test.tests[0]?.op === 'eq' && test.tests[0].value === null
  );
}

function isWithin(test: FieldTest, wanted: readonly Value[], sameCollation: boolean): boolean {
  if (test.op !== 'in' || test.patterns?.length) return false;
  return test.values.every((value) =>
    wanted.some((each) => comparisonImplies({ op: 'eq', value }, 'eq', each, sameCollation)),
  );
}

type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte';

function comparisonImplies(test: FieldTest, op: Comparison, wanted: Value, sameCollation: boolean): boolean {
  if (test.op === 'in') {
    if (test.patterns?.length || test.values.length === 0) return false;
    return test.values.every((value) => comparisonImplies({ op: 'eq', value }, op, wanted, sameCollation));
  }
  if (!isComparison(test)) return false;
  const { value } = test;
  if (canonicalRank(value) !== canonicalRank(wanted)) return false;
  if (!sameCollation && (typeof wanted === 'string' || Array.isArray(wanted) || isDoc(wanted))) return false;
  if (isNaN(value) || isNaN(wanted)) return test.op === op && equalValues(value, wanted);
  const order = compareValues(value, wanted);
  if (order === 0) return test.op === op || (test.op === 'eq' && op.endsWith('e')) || op === `${test.op}e`;
  if (op === 'eq') return false;
  return order > 0
    ? op.startsWith('g') && !test.op.startsWith('l')
    : op.startsWith('l') && !test.op.startsWith('g');
}

function isComparison(
  test: FieldTest,
): test is Extract<FieldTest, { op: Comparison | 'ne' }> & { op: Comparison } {
  return test.op === 'eq' || test.op === 'gt' || test.op === 'gte' || test.op === 'lt' || test.op === 'lte';
}

function isNaN(value: Value): boolean {
  return isNumber(value) && isNaNValue(value);
}
