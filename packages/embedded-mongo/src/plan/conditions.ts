import type { FieldTest, Filter } from '../query/filter.js';
import { typeName } from '../values/types.js';
import type { Value } from '../values/value.js';

/** A test that every document of the answer passes at `path`. */
export interface Condition {
  readonly path: string;
  readonly test: FieldTest;
  /** Set for what one $elemMatch asks of one element of the array at `path`. */
  readonly element?: { readonly path: string; readonly of: FieldTest };
}

/** What a filter demands without alternatives: its top level, its $and, its $all and its $elemMatch. */
export function conditionsOf(filter: Filter, element?: Condition['element']): Condition[] {
  if (filter.kind === 'and') return filter.parts.flatMap((part) => conditionsOf(part, element));
  if (filter.kind !== 'field') return [];
  const path = element ? `${element.path}.${filter.path}` : filter.path;
  return testConditions(path, filter.test, element);
}

function testConditions(path: string, test: FieldTest, element: Condition['element']): Condition[] {
  if (test.op === 'all') return test.tests.flatMap((inner) => testConditions(path, inner, element));
  const whole: Condition = element ? { path, test, element } : { path, test };
  return test.op === 'elemMatchObject' ? [whole, ...conditionsOf(test.filter, { path, of: test })] : [whole];
}

/** Whether only documents that have a value at the path can pass: what a sparse index holds. */
export function demandsValue(test: FieldTest): boolean {
  switch (test.op) {
    case 'eq':
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return test.value !== null && !isKeyEnd(test.value);
    case 'in':
      return !test.values.includes(null);
    case 'exists':
      return test.exists;
    case 'ne':
    case 'nin':
    case 'not':
      return false;
    default:
      return true;
  }
}

/** MinKey and MaxKey compare with everything, a missing value included. */
export function isKeyEnd(value: Value): boolean {
  const type = typeName(value);
  return type === 'minKey' || type === 'maxKey';
}
