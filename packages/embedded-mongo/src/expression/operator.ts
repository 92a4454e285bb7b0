import { CommandError, fail } from '../errors.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { Expression, Scope } from './expression.js';

/** A value, or `undefined` for a missing one. */
export type Maybe = Value | undefined;

/** What an operator needs in order to compile its arguments. */
export interface Parser {
  parse(value: Value): Expression;
  /** The same parser inside a `$let`, `$map`, ...: it knows these variables too. */
  withVariables(names: Iterable<string>): Parser;
}

/** Compiles one `{ $name: argument }`. */
export type Operator = (argument: Value, parser: Parser, name: string) => Expression;
export type OperatorTable = Readonly<Record<string, Operator>>;

/** The values of the arguments, the operator's name for messages, and the scope. */
export type Compute<Arguments> = (values: Arguments, name: string, scope: Scope) => Maybe;

export function isNullish(value: Maybe): value is null | undefined {
  return value === null || value === undefined;
}

export function constantOf(value: Maybe): Expression {
  return { constant: { value }, evaluate: () => value };
}

/**
 * An operator over a list of arguments; a single argument may stand without its list.
 * Constant arguments are folded when `compute` does not declare the scope as its third parameter.
 */
export function operator(minimum: number, maximum: number, compute: Compute<Maybe[]>): Operator {
  return (argument, parser, name) => {
    const list = Array.isArray(argument) ? argument : [argument];
    checkCount(name, list.length, minimum, maximum);
    const parts = list.map((part) => parser.parse(part));
    return combine(parts, compute.length < 3, (values, scope) => compute(values, name, scope));
  };
}

/** The usual operator that answers null as soon as one of its arguments is null or missing. */
export function nullable(
  minimum: number,
  maximum: number,
  compute: (values: Value[], name: string) => Maybe,
) {
  return operator(minimum, maximum, (values, name) =>
    values.some(isNullish) ? null : compute(values as Value[], name),
  );
}

export function checkCount(name: string, count: number, minimum: number, maximum: number): void {
  if (count >= minimum && count <= maximum) return;
  if (minimum === maximum) {
    const plural = minimum === 1 ? 'argument' : 'arguments';
    fail(16020, `Expression ${name} takes exactly ${minimum} ${plural}. ${count} were passed in.`);
  }
  fail(
    28667,
    `Expression ${name} takes at least ${minimum} arguments, and at most ${maximum}, but ${count} were passed in.`,
  );
}

export interface Fields {
  /** Codes for: the argument is no object, it holds an unknown field, a required field (name: code) is missing. */
  readonly notObject: number;
  readonly unknown: number;
  readonly required: Readonly<Record<string, number>>;
  readonly optional?: readonly string[];
}

/** The fields of an operator that takes an object of named arguments, checked but not yet compiled. */
export function fieldsOf(argument: Value, name: string, fields: Fields): Doc {
  if (!isDoc(argument)) fail(fields.notObject, `${name} only supports an object as its argument`);
  for (const field of argument.keys()) {
    if (Object.hasOwn(fields.required, field) || fields.optional?.includes(field)) continue;
    fail(fields.unknown, `${name} found an unknown argument: ${field}`);
  }
  for (const [field, code] of Object.entries(fields.required)) {
    if (!argument.has(field)) fail(code, `${name} requires '${field}' to be specified`);
  }
  return argument;
}

export type NamedValues = Readonly<Partial<Record<string, Maybe>>>;

/** An operator with named arguments that are all evaluated before it. A field that is not given is not `in` the values. */
export function named(fields: Fields, compute: Compute<NamedValues>): Operator {
  return (argument, parser, name) => {
    const given = fieldsOf(argument, name, fields);
    const names = [...given.keys()];
    const parts = [...given.values()].map((part) => parser.parse(part));
    return combine(parts, compute.length < 3, (values, scope) => {
      const arguments_: Partial<Record<string, Maybe>> = {};
      for (let i = 0; i < names.length; i++) arguments_[names[i] ?? ''] = values[i];
      return compute(arguments_, name, scope);
    });
  };
}

/** Runs `compute` over the values of `parts`, once and for all when they are constants and it may be folded. */
export function combine(
  parts: readonly Expression[],
  foldable: boolean,
  compute: (values: Maybe[], scope: Scope) => Maybe,
): Expression {
  const evaluate = (scope: Scope): Maybe => {
    const values = new Array<Maybe>(parts.length);
    for (let i = 0; i < parts.length; i++) values[i] = parts[i]?.evaluate(scope);
    return compute(values, scope);
  };
  if (!foldable || !parts.every((part) => part.constant)) return { evaluate };
  try {
    return constantOf(evaluate(noScope));
  } catch (error) {
    // It fails when it is evaluated: a branch that is never taken must not refuse the whole command.
    if (error instanceof CommandError) return { evaluate };
    throw error;
  }
}

const noScope: Scope = {
  root: new Map(),
  current: null,
  variables: new Map(),
  environment: { now: new Date(0), collation: undefined, checkDeadline: () => undefined },
};

/** A scope of its own for variables that change while an operator runs: one copy, not one for each element. */
export class InnerScope implements Scope {
  readonly root: Doc;
  readonly environment: Scope['environment'];
  readonly variables: Map<string, Maybe>;
  current: Value;
  #steps = 0;

  constructor(outer: Scope) {
    this.root = outer.root;
    this.current = outer.current;
    this.environment = outer.environment;
    this.variables = new Map(outer.variables);
  }

  set(name: string, value: Maybe): void {
    if (name === 'CURRENT') this.current = value ?? null;
    else this.variables.set(name, value);
  }

  /** Called for every element of a loop over the client's data. */
  step(): void {
    if ((++this.#steps & 255) === 0) this.environment.checkDeadline();
  }
}
