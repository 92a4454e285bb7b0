import { fail } from '../errors.js';
import type { Collation } from '../values/collation.js';
import { compareValues } from '../values/compare.js';
import { typeName } from '../values/types.js';
import type { Value } from '../values/value.js';
import { isTrue } from './logic.js';
import { isNullish, operator, type Maybe, type Operator, type OperatorTable } from './operator.js';

/** A set in the order of its values, which is also the order in which the server answers sets. */
class ValueSet {
  readonly values: Value[] = [];

  constructor(
    values: readonly Value[],
    private readonly collation: Collation | undefined,
  ) {
    const sorted = values.toSorted((a, b) => compareValues(a, b, collation));
    sorted.forEach((value, index) => {
      if (index === 0 || compareValues(value, sorted[index - 1], collation) !== 0) this.values.push(value);
    });
  }

  has(value: Value): boolean {
    let low = 0;
    let high = this.values.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const order = compareValues(this.values[middle], value, this.collation);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }

  isSubsetOf(other: ValueSet): boolean {
    return this.values.every((value) => other.has(value));
  }
}

function array(value: Maybe, code: number, name: string): Value[] {
  return Array.isArray(value)
    ? value
    : fail(code, `All operands of ${name} must be arrays. One argument is of type: ${typeName(value)}`);
}

/** Each value once, where it stands first. */
function firstOfEach(values: Value[], collation: Collation | undefined): Value[] {
  const compare = (a: number, b: number): number => compareValues(values[a], values[b], collation);
  const order = values.map((_value, index) => index).sort((a, b) => compare(a, b) || a - b);
  const kept = order.filter((at, index) => index === 0 || compare(at, order[index - 1] ?? at) !== 0);
  return kept.sort((a, b) => a - b).flatMap((index) => values.slice(index, index + 1));
}

interface SetRules {
  readonly minimum: number;
  readonly maximum: number;
  /** The code for an argument that is no array, for each position; the last one counts for all that follow. */
  readonly codes: readonly number[];
  readonly nullable: boolean;
}

function setOperator(
  { minimum, maximum, codes, nullable }: SetRules,
  compute: (sets: ValueSet[], arrays: Value[][], collation: Collation | undefined) => Value,
): Operator {
  return operator(minimum, maximum, (values, name, { environment: { collation } }) => {
    const arrays: Value[][] = [];
    for (const [index, value] of values.entries()) {
      if (nullable && isNullish(value)) return null;
      arrays.push(array(value, codes[Math.min(index, codes.length - 1)] ?? 0, name));
    }
    return compute(
      arrays.map((each) => new ValueSet(each, collation)),
      arrays,
      collation,
    );
  });
}

const many = { minimum: 0, maximum: Infinity, nullable: true };
const two = { minimum: 2, maximum: 2 };

const setEquals: Operator = (argument, parser, name) => {
  const count = Array.isArray(argument) ? argument.length : 1;
  if (count < 2) fail(17045, `${name} needs at least two arguments had: ${count}`);
  return setOperator(
    { minimum: 2, maximum: Infinity, codes: [17044], nullable: false },
    ([first, ...others]) => others.every((other) => first?.isSubsetOf(other) && other.isSubsetOf(first)),
  )(argument, parser, name);
};

function elements(code: number, test: (values: Value[]) => boolean): Operator {
  return operator(1, 1, ([value], name) => test(array(value, code, name)));
}

export const setOperators: OperatorTable = {
  $setUnion: setOperator(
    { ...many, codes: [17043] },
    (_sets, arrays, collation) => new ValueSet(arrays.flat(1), collation).values,
  ),
  $setIntersection: setOperator({ ...many, codes: [17047] }, ([first, ...others]) =>
    (first?.values ?? []).filter((value) => others.every((other) => other.has(value))),
  ),
  $setDifference: setOperator(
    { ...two, codes: [17048, 17049], nullable: true },
    ([, right], [left], collation) =>
      firstOfEach(
        (left ?? []).filter((value) => !right?.has(value)),
        collation,
      ),
  ),
  $setEquals: setEquals,
  $setIsSubset: setOperator({ ...two, codes: [17046, 17042], nullable: false }, ([left, right]) =>
    Boolean(left && right && left.isSubsetOf(right)),
  ),
  $anyElementTrue: elements(17041, (values) => values.some(isTrue)),
  $allElementsTrue: elements(17040, (values) => values.every(isTrue)),
};
