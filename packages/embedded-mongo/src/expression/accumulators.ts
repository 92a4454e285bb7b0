import { fail } from '../errors.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { ValueSet } from '../values/value-map.js';
import type { Expression, Scope } from './expression.js';
import { folds, type Fold } from './folds.js';
import { MemoryBudget } from './memory.js';
import { isNullish, type Maybe } from './operator.js';
import { parseExpression } from './parse.js';

export interface Accumulator {
  add(scope: Scope): void;
  result(): Value;
}

export interface AccumulatorFactory {
  create(): Accumulator;
}

interface AccumulatorOptions {
  readonly variables?: ReadonlySet<string>;
}

class First implements Fold {
  #value: Value | undefined;

  take(value: Maybe): void {
    if (this.#value === undefined) this.#value = value ?? null;
  }

  result(): Value {
    return this.#value ?? null;
  }
}

class Last implements Fold {
  #value: Value = null;

  take(value: Maybe): void {
    this.#value = value ?? null;
  }

  result(): Value {
    return this.#value;
  }
}

class Push implements Fold {
  readonly #values: Value[] = [];
  readonly #budget = new MemoryBudget('$push');

  take(value: Maybe): void {
    if (value === undefined) return;
    this.#budget.charge(value);
    this.#values.push(value);
  }

  result(): Value {
    return this.#values;
  }
}

class AddToSet implements Fold {
  readonly #values: Value[] = [];
  readonly #budget = new MemoryBudget('$addToSet');
  #known: ValueSet | undefined;

  take(value: Maybe, scope: Scope): void {
    if (value === undefined) return;
    this.#known ??= new ValueSet([], scope.environment.collation);
    if (!this.#known.add(value)) return;
    this.#budget.charge(value);
    this.#values.push(value);
  }

  result(): Value {
    return this.#values;
  }
}

class MergeObjects implements Fold {
  readonly #merged: Doc = new Map();

  take(value: Maybe): void {
    if (isNullish(value)) return;
    if (!isDoc(value))
      fail(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(value)}`);
    for (const [name, field] of value) this.#merged.set(name, field);
  }

  result(): Value {
    return this.#merged;
  }
}

const unary: Readonly<Record<string, () => Fold>> = {
  ...folds,
  $first: () => new First(),
  $last: () => new Last(),
  $push: () => new Push(),
  $addToSet: () => new AddToSet(),
  $mergeObjects: () => new MergeObjects(),
};

/** Compiles `{ $sum: expression }` and its like, as they stand beside a field of $group or $bucket. */
export function parseAccumulator(
  specification: Value,
  stage: '$group' | '$bucket',
  options: AccumulatorOptions = {},
): AccumulatorFactory {
  if (!isDoc(specification)) fail(40234, `a field of ${stage} must be an accumulator object`);
  const [entry] = specification;
  if (specification.size !== 1 || !entry) fail(40238, `a field of ${stage} must specify one accumulator`);
  const [name, argument] = entry;
  if (name === '$count') return countFactory(argument);
  const create = Object.hasOwn(unary, name) ? unary[name] : undefined;
  if (!create) fail(15952, `unknown group operator '${name}'`);
  if (Array.isArray(argument) && argument.length !== 1)
    fail(40237, `The ${name} accumulator is a unary operator`);
  return foldFactory(
    create,
    parseExpression(Array.isArray(argument) ? (argument[0] ?? null) : argument, options),
  );
}

function foldFactory(create: () => Fold, input: Expression): AccumulatorFactory {
  return {
    create() {
      const fold = create();
      return { add: (scope) => fold.take(input.evaluate(scope), scope), result: () => fold.result() };
    },
  };
}

function countFactory(argument: Value): AccumulatorFactory {
  if (!isDoc(argument) || argument.size > 0)
    fail('TypeMismatch', '$count takes no arguments, i.e. $count:{}');
  return foldFactory(folds['$sum'] ?? (() => new Push()), { evaluate: () => 1, constant: { value: 1 } });
}
