import { compareValues } from '../values/compare.js';
import { makeDouble, toNumber } from '../values/numbers.js';
import { isNumber } from '../values/types.js';
import type { Value } from '../values/value.js';
import type { Scope } from './expression.js';
import { combine, isNullish, type Maybe, type Operator, type OperatorTable } from './operator.js';
import { Summation } from './summation.js';

/** Takes values one after the other and answers what they come to. */
export interface Fold {
  take(value: Maybe, scope: Scope): void;
  result(): Value;
}

class Sum implements Fold {
  protected readonly sum = new Summation();
  protected count = 0;

  take(value: Maybe): void {
    if (!isNumber(value)) return;
    this.sum.add(value);
    this.count++;
  }

  result(): Value {
    return this.sum.result();
  }
}

class Average extends Sum {
  override result(): Value {
    return this.count === 0 ? null : this.sum.average(this.count);
  }
}

/** The smallest (-1) or greatest (1) of what is neither null nor missing. */
class Extreme implements Fold {
  #best: Value = null;

  constructor(private readonly direction: 1 | -1) {}

  take(value: Maybe, scope: Scope): void {
    if (isNullish(value)) return;
    const order = this.#best === null ? 1 : compareValues(value, this.#best, scope.environment.collation);
    if (this.#best === null || order * this.direction > 0) this.#best = value;
  }

  result(): Value {
    return this.#best;
  }
}

/** Welford's algorithm, as MongoDB computes it; `bias` is 1 for a sample. */
class Deviation implements Fold {
  #count = 0;
  #mean = 0;
  #squares = 0;

  constructor(private readonly bias: 0 | 1) {}

  take(value: Maybe): void {
    if (!isNumber(value)) return;
    const number = toNumber(value);
    const delta = number - this.#mean;
    this.#mean += delta / ++this.#count;
    this.#squares += delta * (number - this.#mean);
  }

  result(): Value {
    const divisor = this.#count - this.bias;
    return divisor <= 0 ? null : makeDouble(Math.sqrt(this.#squares / divisor));
  }
}

/** The folds that are both accumulators and expressions. */
export const folds: Readonly<Record<string, () => Fold>> = {
  $sum: () => new Sum(),
  $avg: () => new Average(),
  $min: () => new Extreme(-1),
  $max: () => new Extreme(1),
  $stdDevPop: () => new Deviation(0),
  $stdDevSamp: () => new Deviation(1),
};

/** Several arguments are folded as they are; a single one that is an array is folded over its elements. */
function foldOperator(create: () => Fold): Operator {
  return (argument, parser) => {
    const parts = (Array.isArray(argument) ? argument : [argument]).map((part) => parser.parse(part));
    return combine(parts, false, (values, scope) => {
      const fold = create();
      const [only] = values;
      for (const value of values.length === 1 && Array.isArray(only) ? only : values) fold.take(value, scope);
      return fold.result();
    });
  };
}

export const foldOperators: OperatorTable = Object.fromEntries(
  Object.entries(folds).map(([name, create]) => [name, foldOperator(create)]),
);
