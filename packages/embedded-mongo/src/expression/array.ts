import { fail } from '../errors.js';
import { equalValues } from '../values/compare.js';
import { toNumber } from '../values/numbers.js';
import { isInt32, isNumber, typeName } from '../values/types.js';
import type { Value } from '../values/value.js';
import { iterationOperators } from './iteration.js';
import { MemoryBudget } from './memory.js';
import { isNullish, nullable, operator, type Maybe, type Operator, type OperatorTable } from './operator.js';

function array(value: Maybe, code: number, what: string): Value[] {
  return Array.isArray(value) ? value : fail(code, `${what} must be an array, but is ${typeName(value)}`);
}

/** `codes` for: no number, and a number that is no int32. */
function int32(value: Maybe, codes: readonly [number, number], what: string): number {
  if (!isNumber(value)) fail(codes[0], `${what} must be a numeric value, but is ${typeName(value)}`);
  const number = toNumber(value);
  return isInt32(number + 0)
    ? number + 0
    : fail(codes[1], `${what} must be representable as a 32-bit integer: ${number}`);
}

const elementAt: Operator = nullable(2, 2, ([list, at], name) => {
  const values = array(list, 28689, `${name}'s first argument`);
  return values.at(int32(at, [28690, 28691], `${name}'s second argument`));
});

const concatArrays: Operator = operator(0, Infinity, (values, name) => {
  const result: Value[] = [];
  const budget = new MemoryBudget(name);
  for (const value of values) {
    if (isNullish(value)) return null;
    const part = array(value, 28664, `every argument of ${name}`);
    budget.chargeBytes(part.length * 16);
    for (const element of part) result.push(element);
  }
  return result;
});

const contains: Operator = operator(2, 2, ([value, list], name, scope) =>
  array(list, 40081, `the second argument of ${name}`).some((element) =>
    equalValues(value, element, scope.environment.collation),
  ),
);

const range: Operator = operator(2, 3, (values, name) => {
  const start = int32(values[0], [34443, 34444], `the start of ${name}`);
  const end = int32(values[1], [34445, 34446], `the end of ${name}`);
  const step = values.length > 2 ? int32(values[2], [34447, 34448], `the step of ${name}`) : 1;
  if (step === 0) fail(34449, `${name} requires a non-zero step value`);
  const count = Math.max(0, Math.ceil((end - start) / step));
  new MemoryBudget(name).chargeBytes(count * 16);
  return Array.from({ length: count }, (_value, index) => start + index * step);
});

const slice: Operator = nullable(2, 3, (values, name) => {
  const elements = array(values[0], 28724, `the first argument of ${name}`);
  const first = int32(values[1], [28725, 28726], `the second argument of ${name}`);
  if (values.length === 2) return first < 0 ? elements.slice(first) : elements.slice(0, first);
  const count = int32(values[2], [28727, 28728], `the third argument of ${name}`);
  if (count <= 0) fail(28729, `the third argument of ${name} must be positive: ${count}`);
  const start = first < 0 ? Math.max(0, elements.length + first) : first;
  return elements.slice(start, start + count);
});

function sized(value: Maybe, name: string): number {
  return array(value, 17124, `The argument to ${name}`).length;
}

export const arrayOperators: OperatorTable = {
  $arrayElemAt: elementAt,
  $first: nullable(1, 1, ([list], name) => array(list, 28689, `${name}'s argument`)[0]),
  $last: nullable(1, 1, ([list], name) => array(list, 28689, `${name}'s argument`).at(-1)),
  $concatArrays: concatArrays,
  $in: contains,
  $isArray: operator(1, 1, ([value]) => Array.isArray(value)),
  $range: range,
  $reverseArray: nullable(1, 1, ([list], name) => array(list, 34435, `The argument to ${name}`).toReversed()),
  $size: operator(1, 1, ([value], name) => sized(value, name)),
  $slice: slice,
  ...iterationOperators,
};
