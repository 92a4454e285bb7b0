import { fail } from '../errors.js';
import { toNumber } from '../values/numbers.js';
import { isInt32, isNumber, typeName } from '../values/types.js';
import type { Value } from '../values/value.js';
import { checkVariableName } from './logic.js';
import { isTrue } from '../values/numbers.js';
import { MemoryBudget } from './memory.js';
import { fieldsOf, InnerScope, isNullish, type Operator, type OperatorTable } from './operator.js';

function variableOf(value: Value | undefined): string {
  if (value === undefined) return 'this';
  if (typeof value !== 'string') fail('FailedToParse', `'as' must be a string, found ${typeName(value)}`);
  checkVariableName(value);
  return value;
}

const filterFields = {
  notObject: 28646,
  unknown: 28647,
  required: { input: 28648, cond: 28650 },
  optional: ['as', 'limit'],
};

const filter: Operator = (argument, parser, name) => {
  const given = fieldsOf(argument, name, filterFields);
  const variable = variableOf(given.get('as'));
  const input = parser.parse(given.get('input') ?? null);
  const test = parser.withVariables([variable]).parse(given.get('cond') ?? null);
  const limit = parser.parse(given.get('limit') ?? null);
  return {
    evaluate: (scope) => {
      const elements = input.evaluate(scope);
      if (isNullish(elements)) return null;
      if (!Array.isArray(elements))
        fail(28651, `input to ${name} must be an array not ${typeName(elements)}`);
      const most = filterLimit(limit.evaluate(scope), name);
      const inner = new InnerScope(scope);
      const kept: Value[] = [];
      for (const element of elements) {
        if (kept.length >= most) break;
        inner.step();
        inner.set(variable, element);
        if (isTrue(test.evaluate(inner))) kept.push(element);
      }
      return kept;
    },
  };
};

function filterLimit(value: Value | undefined, name: string): number {
  if (isNullish(value)) return Infinity;
  if (!isNumber(value) || !isInt32(toNumber(value))) {
    fail(327391, `${name}: limit must be represented as a 32-bit integral value`);
  }
  const limit = toNumber(value);
  return limit > 0 ? limit : fail(327392, `${name}: limit must be greater than 0. Invalid value ${limit}`);
}

const mapFields = {
  notObject: 16878,
  unknown: 16879,
  required: { input: 16880, in: 16882 },
  optional: ['as'],
};

const map: Operator = (argument, parser, name) => {
  const given = fieldsOf(argument, name, mapFields);
  const variable = variableOf(given.get('as'));
  const input = parser.parse(given.get('input') ?? null);
  const body = parser.withVariables([variable]).parse(given.get('in') ?? null);
  return {
    evaluate: (scope) => {
      const elements = input.evaluate(scope);
      if (isNullish(elements)) return null;
      if (!Array.isArray(elements))
        fail(16883, `input to ${name} must be an array not ${typeName(elements)}`);
      const inner = new InnerScope(scope);
      const budget = new MemoryBudget(name);
      return elements.map((element) => {
        inner.step();
        inner.set(variable, element);
        const result = body.evaluate(inner) ?? null;
        budget.charge(result);
        return result;
      });
    },
  };
};

const reduceFields = {
  notObject: 40075,
  unknown: 40076,
  required: { input: 40077, initialValue: 40078, in: 40079 },
};

const reduce: Operator = (argument, parser, name) => {
  const given = fieldsOf(argument, name, reduceFields);
  const input = parser.parse(given.get('input') ?? null);
  const initial = parser.parse(given.get('initialValue') ?? null);
  const body = parser.withVariables(['this', 'value']).parse(given.get('in') ?? null);
  return {
    evaluate: (scope) => {
      const elements = input.evaluate(scope);
      if (isNullish(elements)) return null;
      if (!Array.isArray(elements)) {
        fail(40080, `${name} requires that 'input' be an array, found: ${typeName(elements)}`);
      }
      const inner = new InnerScope(scope);
      let result = initial.evaluate(scope);
      for (const element of elements) {
        inner.step();
        inner.set('this', element);
        inner.set('value', result);
        result = body.evaluate(inner);
        MemoryBudget.check(result ?? null, name);
      }
      return result;
    },
  };
};

export const iterationOperators: OperatorTable = {
  $filter: filter,
  $map: map,
  $reduce: reduce,
};
