import { Decimal128 } from 'bson';
import { fail } from '../errors.js';
import {
  absolute,
  divide,
  makeDouble,
  modulo,
  multiply,
  subtract,
  toNumber,
  type NumberValue,
} from '../values/numbers.js';
import { isNumber, typeName } from '../values/types.js';
import type { Value } from '../values/value.js';
import { isNullish, nullable, operator, type Maybe, type Operator, type OperatorTable } from './operator.js';
import { kindOf, maxLong, minLong, Summation } from './summation.js';

function numeric(value: Maybe, name: string, code: number | 'TypeMismatch' = 'TypeMismatch'): NumberValue {
  return isNumber(value as Value)
    ? (value as NumberValue)
    : fail(code, `${name} only supports numeric types, not ${typeName(value)}`);
}

const add: Operator = operator(0, Infinity, (values, name) => {
  const sum = new Summation();
  let date: Date | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (value instanceof Date) {
      if (date) fail(16612, `only one date allowed in an ${name} expression`);
      date = value;
    } else if (isNumber(value)) {
      sum.add(value);
    } else {
      fail('TypeMismatch', `${name} only supports numeric or date types, not ${typeName(value)}`);
    }
  }
  return date ? shifted(date, sum.result(), name) : sum.result();
});

/** Dates move by whole milliseconds, halves away from zero. */
function shifted(date: Date, by: NumberValue, name: string): Date {
  const distance = toNumber(by);
  const result = new Date(date.getTime() + Math.sign(distance) * Math.round(Math.abs(distance)));
  return Number.isNaN(result.getTime()) ? fail('Overflow', `date overflow in ${name}`) : result;
}

const difference: Operator = nullable(2, 2, ([left = null, right = null], name) => {
  if (isNumber(left) && isNumber(right)) return subtract(left, right, 'double');
  if (left instanceof Date && right instanceof Date) return BigInt(left.getTime() - right.getTime());
  if (left instanceof Date && isNumber(right)) return shifted(left, subtract(0, right, 'double'), name);
  return fail('TypeMismatch', `can't ${name} ${typeName(right)} from ${typeName(left)}`);
});

const product: Operator = operator(0, Infinity, (values, name) => {
  let result: NumberValue = 1;
  for (const value of values) {
    if (isNullish(value)) return null;
    result = multiply(result, numeric(value, name), 'double');
  }
  return result;
});

function isZero(value: NumberValue): boolean {
  return value instanceof Decimal128
    ? /^-?0/.test(value.toString()) && !/[1-9]/.test(value.toString().split('E')[0] ?? '')
    : toNumber(value) === 0;
}

/** $divide and $mod. */
function division(
  typeCode: number,
  zeroCode: number,
  verb: string,
  compute: (a: NumberValue, b: NumberValue) => NumberValue,
) {
  return nullable(2, 2, ([left = null, right = null], name) => {
    if (!isNumber(left) || !isNumber(right)) {
      fail(typeCode, `${name} only supports numeric types, not ${typeName(left)} and ${typeName(right)}`);
    }
    if (isZero(right)) fail(zeroCode, `can't ${verb} by zero`);
    return compute(left, right);
  });
}

/** Arithmetic and the rest of the operators on numbers. */
export const arithmeticOperators: OperatorTable = {
  $add: add,
  $subtract: difference,
  $multiply: product,
  $divide: division(14, 2, '$divide', divide),
  $mod: division(16611, 16610, '$mod', modulo),
};
