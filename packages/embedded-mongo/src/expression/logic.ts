import { fail } from '../errors.js';
import { compareValues } from '../values/compare.js';
import { isTrue } from '../values/numbers.js';
import { typeName, isDoc } from '../values/types.js';
import type { Value } from '../values/value.js';
import type { Expression, Scope } from './expression.js';
import {
  checkCount,
  constantOf,
  fieldsOf,
  InnerScope,
  isNullish,
  operator,
  type Maybe,
  type Operator,
  type OperatorTable,
  type Parser,
} from './operator.js';

function comparison(answer: (order: number) => Value): Operator {
  return operator(2, 2, ([left, right], _name, scope) =>
    answer(compareValues(left, right, scope.environment.collation)),
  );
}

function listOf(argument: Value, parser: Parser): Expression[] {
  return (Array.isArray(argument) ? argument : [argument]).map((part) => parser.parse(part));
}

/** $and and $or: stops at the first argument that decides. */
function junction(decisive: boolean): Operator {
  return (argument, parser) => {
    const parts = listOf(argument, parser);
    const evaluate = (scope: Scope): boolean =>
      parts.some((part) => isTrue(part.evaluate(scope)) === decisive) ? decisive : !decisive;
    if (parts.every((part) => part.constant)) {
      return constantOf(parts.some((part) => isTrue(part.constant?.value) === decisive) === decisive);
    }
    return { evaluate };
  };
}

function condition(test: Expression, yes: Expression, no: Expression): Expression {
  if (test.constant) return isTrue(test.constant.value) ? yes : no;
  return { evaluate: (scope) => (isTrue(test.evaluate(scope)) ? yes : no).evaluate(scope) };
}

const cond: Operator = (argument, parser, name) => {
  let parts: Value[];
  if (isDoc(argument)) {
    const required = { if: 17080, then: 17081, else: 17082 };
    const given = fieldsOf(argument, name, { notObject: 16020, unknown: 17083, required });
    parts = Object.keys(required).map((field) => given.get(field) ?? null);
  } else {
    parts = Array.isArray(argument) ? argument : [argument];
    checkCount(name, parts.length, 3, 3);
  }
  const [test, yes, no] = parts.map((part) => parser.parse(part));
  return condition(test ?? constantOf(null), yes ?? constantOf(null), no ?? constantOf(null));
};

const ifNull: Operator = (argument, parser, name) => {
  const parts = listOf(argument, parser);
  if (parts.length < 2) fail(1257300, `${name} needs at least two arguments, had: ${parts.length}`);
  return {
    evaluate: (scope) => {
      let value: Maybe;
      for (const part of parts) {
        value = part.evaluate(scope);
        if (!isNullish(value)) break;
      }
      return value;
    },
  };
};

const switchFields = {
  notObject: 40060,
  unknown: 40067,
  required: { branches: 40068 },
  optional: ['default'],
};

const switch_: Operator = (argument, parser, name) => {
  const given = fieldsOf(argument, name, switchFields);
  const list = given.get('branches');
  if (!Array.isArray(list)) fail(40061, `${name} expected an array for 'branches', found: ${typeName(list)}`);
  if (list.length === 0) fail(40068, `${name} requires at least one branch.`);
  const branches = list.map((branch) => {
    const required = { case: 40064, then: 40065 };
    const parts = fieldsOf(branch, `${name} branch`, { notObject: 40062, unknown: 40063, required });
    return {
      test: parser.parse(parts.get('case') ?? null),
      result: parser.parse(parts.get('then') ?? null),
    };
  });
  const otherwise = given.has('default') ? parser.parse(given.get('default') ?? null) : undefined;
  return {
    evaluate: (scope) => {
      for (const { test, result } of branches)
        if (isTrue(test.evaluate(scope))) return result.evaluate(scope);
      if (otherwise) return otherwise.evaluate(scope);
      return fail(
        40066,
        `${name} could not find a matching branch for an input, and no default was specified.`,
      );
    },
  };
};

/** User variables begin with a small letter; only CURRENT can be bound again. */
export function checkVariableName(name: string): void {
  if (name === 'CURRENT' || /^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name)) return;
  fail('FailedToParse', `'${name}' is not a valid name of a user variable`);
}

const let_: Operator = (argument, parser, name) => {
  const required = { vars: 16876, in: 16877 };
  const given = fieldsOf(argument, name, { notObject: 16874, unknown: 16875, required });
  const vars = given.get('vars');
  if (!isDoc(vars)) fail('FailedToParse', `invalid parameter: expected an object (vars)`);
  const bindings = [...vars].map(([variable, value]) => {
    checkVariableName(variable);
    return [variable, parser.parse(value)] as const;
  });
  const body = parser.withVariables(vars.keys()).parse(given.get('in') ?? null);
  if (body.constant) return body;
  return {
    evaluate: (scope) => {
      const inner = new InnerScope(scope);
      for (const [variable, value] of bindings) inner.set(variable, value.evaluate(scope));
      return body.evaluate(inner);
    },
  };
};

/** Comparison, boolean and conditional operators, and those that only bind or quote. */
export const logicOperators: OperatorTable = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: comparison((order) => Math.sign(order)),
  $and: junction(false),
  $or: junction(true),
  $not: operator(1, 1, ([value]) => !isTrue(value)),
  $cond: cond,
  $ifNull: ifNull,
  $switch: switch_,
  $let: let_,
  $literal: (argument) => constantOf(argument),
};
