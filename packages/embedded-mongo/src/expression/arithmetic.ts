import { Decimal128 } from 'bson';
import { fail } from '../errors.js';
import {
  absolute,
  add,
  compareNumbers,
  divide,
  fitsLong,
  isIntegral,
  isNaNValue,
  makeDouble,
  modulo,
  multiply,
  negate,
  roundNumber,
  subtract,
  toBigInt,
  toNumber,
  type NumberValue,
  type Rounding,
} from '../values/numbers.js';
import { isInt32, isNumber, typeName } from '../values/types.js';
import { isNullish, nullable, operator, type Maybe, type Operator, type OperatorTable } from './operator.js';

function numeric(value: Maybe, name: string, code: number | 'TypeMismatch' = 'TypeMismatch'): NumberValue {
  return isNumber(value) ? value : fail(code, `${name} only supports numeric types, not ${typeName(value)}`);
}

/** From the left to the right, without the compensation of $sum; only ints that come to an int again are one. */
const sum: Operator = operator(0, Infinity, (values, name) => {
  let total: NumberValue = 0;
  let onlyInts = true;
  let date: Date | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (value instanceof Date) {
      if (date) fail(16612, `only one date allowed in an ${name} expression`);
      date = value;
    } else if (isNumber(value)) {
      onlyInts &&= typeName(value) === 'int';
      total = add(total, value);
    } else {
      fail('TypeMismatch', `${name} only supports numeric or date types, not ${typeName(value)}`);
    }
  }
  if (date) return shifted(date, total, name);
  return onlyInts && isInt32(toNumber(total)) ? toNumber(total) : total;
});

/** Dates move by whole milliseconds, halves away from zero. */
function shifted(date: Date, by: NumberValue, name: string): Date {
  const distance = toNumber(by);
  const result = new Date(date.getTime() + Math.sign(distance) * Math.round(Math.abs(distance)));
  return Number.isNaN(result.getTime()) ? fail('Overflow', `date overflow in ${name}`) : result;
}

const difference: Operator = nullable(2, 2, ([left, right], name) => {
  if (isNumber(left) && isNumber(right)) return subtract(left, right);
  if (left instanceof Date && right instanceof Date) return BigInt(left.getTime() - right.getTime());
  if (left instanceof Date && isNumber(right)) return shifted(left, negate(right), name);
  return fail('TypeMismatch', `can't ${name} ${typeName(right)} from ${typeName(left)}`);
});

const product: Operator = operator(0, Infinity, (values, name) => {
  let result: NumberValue = 1;
  for (const value of values) {
    if (isNullish(value)) return null;
    result = multiply(result, numeric(value, name));
  }
  return result;
});

/** $divide and $mod: the function itself refuses a divisor of zero. */
function division(typeCode: number, compute: (a: NumberValue, b: NumberValue) => NumberValue): Operator {
  return nullable(2, 2, ([left, right], name) => {
    if (isNumber(left) && isNumber(right)) return compute(left, right);
    return fail(
      typeCode,
      `${name} only supports numeric types, not ${typeName(left)} and ${typeName(right)}`,
    );
  });
}

/** $round and $trunc: a number and a place between -20 and 100. */
function rounding(how: Rounding): Operator {
  return nullable(1, 2, ([value, place = 0], name) => {
    const number = numeric(value, name, 51081);
    if (!isNumber(place) || !isIntegral(place))
      fail(51082, `precision argument to ${name} must be a integral value`);
    const digits = toNumber(place);
    if (digits >= -20 && digits <= 100) return roundNumber(number, digits, how);
    return fail(51083, `cannot apply ${name} with precision value ${digits} value must be in [-20, 100]`);
  });
}

function unary(compute: (value: NumberValue) => NumberValue): Operator {
  return nullable(1, 1, ([value], name) => compute(numeric(value, name, 28765)));
}

interface Domain {
  readonly code: number;
  readonly text: string;
  readonly includes: (sign: number) => boolean;
}

function sign(value: NumberValue): number {
  return isNaNValue(value) ? NaN : compareNumbers(value, 0);
}

/** Roots, powers and logarithms are served in doubles; 34 digits of them are not, and nothing is approximated. */
function asDouble(value: NumberValue, name: string): number {
  if (value instanceof Decimal128) fail('NotImplemented', `${name} of a Decimal128 is not supported`);
  return toNumber(value);
}

/** Numbers outside of the domain have no result. */
function analytic(compute: (x: number) => number, domain?: Domain): Operator {
  return nullable(1, 1, ([value], name) => {
    const number = numeric(value, name, 28765);
    const side = sign(number);
    if (domain && !Number.isNaN(side) && !domain.includes(side))
      fail(domain.code, `${name}'s argument must be ${domain.text}, but is ${String(number)}`);
    return makeDouble(compute(asDouble(number, name)));
  });
}

const positive = (code: number): Domain => ({
  code,
  text: 'a positive number',
  includes: (side) => side > 0,
});

const logarithm: Operator = nullable(2, 2, ([value, base], name) => {
  if (!isNumber(value)) fail(28756, `${name}'s argument must be numeric, not ${typeName(value)}`);
  if (!isNumber(base)) fail(28757, `${name}'s base must be numeric, not ${typeName(base)}`);
  if (sign(value) <= 0) fail(28758, `${name}'s argument must be a positive number, but is ${String(value)}`);
  if (sign(base) <= 0 || compareNumbers(base, 1) === 0) {
    fail(28759, `${name}'s base must be a positive number not equal to 1, but is ${String(base)}`);
  }
  return makeDouble(Math.log(asDouble(value, name)) / Math.log(asDouble(base, name)));
});

const power: Operator = nullable(2, 2, ([base, exponent], name) => {
  if (!isNumber(base)) fail(28762, `${name}'s base must be numeric, not ${typeName(base)}`);
  if (!isNumber(exponent)) fail(28763, `${name}'s exponent must be numeric, not ${typeName(exponent)}`);
  if (sign(base) === 0 && sign(exponent) < 0)
    fail(28764, `${name} cannot take a base of 0 and a negative exponent`);
  const double = asDouble(base, name) ** asDouble(exponent, name);
  return integerPower(base, exponent) ?? makeDouble(double);
});

/** Integers have an integer for their power when it is one that fits. */
function integerPower(base: NumberValue, exponent: NumberValue): NumberValue | undefined {
  const types = [typeName(base), typeName(exponent)];
  if (types.includes('double')) return undefined;
  const from = toBigInt(base);
  let times = toBigInt(exponent);
  if (from * from <= 1n) times = ((times % 2n) + 2n) % 2n || (times === 0n ? 0n : 2n);
  if (times < 0n || times > 63n) return undefined;
  const result = from ** times;
  if (!fitsLong(result)) return undefined;
  return types.includes('long') || !isInt32(Number(result)) ? result : Number(result);
}

/** Everything that computes with numbers. */
export const arithmeticOperators: OperatorTable = {
  $add: sum,
  $subtract: difference,
  $multiply: product,
  $divide: division(14, divide),
  $mod: division(16611, modulo),
  $abs: unary(absolute),
  $ceil: unary((value) => roundNumber(value, 0, 'ceiling')),
  $floor: unary((value) => roundNumber(value, 0, 'floor')),
  $round: rounding('halfEven'),
  $trunc: rounding('truncate'),
  $exp: analytic(Math.exp),
  $ln: analytic(Math.log, positive(28766)),
  $log10: analytic(Math.log10, positive(28761)),
  $sqrt: analytic(Math.sqrt, {
    code: 28714,
    text: 'greater than or equal to 0',
    includes: (side) => side >= 0,
  }),
  $log: logarithm,
  $pow: power,
};
