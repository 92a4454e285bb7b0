import { Decimal128, Double, ObjectId, Timestamp } from 'bson';
import { CommandError, fail } from '../errors.js';
import {
  fitsLong,
  isFiniteValue,
  makeDouble,
  parseDecimal,
  toBigInt,
  toDecimal,
  toNumber,
  type NumberValue,
} from '../values/numbers.js';
import { isInt32, isNumber, typeName, typeNumberOf } from '../values/types.js';
import type { Value } from '../values/value.js';
import { parseDateText } from './date-text.js';
import { isTrue } from '../values/numbers.js';
import {
  isNullish,
  nullable,
  named,
  operator,
  type Maybe,
  type Operator,
  type OperatorTable,
} from './operator.js';
import { textOf } from './text.js';

type Target = 'double' | 'string' | 'objectId' | 'bool' | 'date' | 'int' | 'long' | 'decimal';

const targets: readonly Target[] = ['double', 'string', 'objectId', 'bool', 'date', 'int', 'long', 'decimal'];

function unsupported(value: Value, target: Target): never {
  return fail(
    'ConversionFailure',
    `Unsupported conversion from ${typeName(value)} to ${target} in $convert with no onError value`,
  );
}

function refused(value: Value, reason: string): never {
  return fail(
    'ConversionFailure',
    `Failed to convert ${typeName(value)} '${textOf(value) ?? ''}' in $convert with no onError value: ${reason}`,
  );
}

function whole(value: NumberValue): bigint {
  if (!isFiniteValue(value)) refused(value, 'Attempt to convert NaN or infinity value to integer type');
  return toBigInt(value);
}

function within(whole_: bigint, value: Value, target: 'int' | 'long'): number | bigint {
  if (target === 'long' ? fitsLong(whole_) : isInt32(Number(whole_)))
    return target === 'int' ? Number(whole_) : whole_;
  return refused(value, 'Conversion would overflow target type');
}

function integer(value: Value, target: 'int' | 'long'): Value {
  if (typeof value === 'boolean') return within(BigInt(value), value, target);
  if (isNumber(value)) return within(whole(value), value, target);
  if (value instanceof Date && target === 'long') return BigInt(value.getTime());
  if (typeof value !== 'string') return unsupported(value, target);
  if (!/^[+-]?\d{1,20}$/.test(value)) refused(value, 'Did not consume whole string.');
  return within(BigInt(value.replace('+', '')), value, target);
}

function double(value: Value): Value {
  if (typeof value === 'boolean') return new Double(Number(value));
  if (value instanceof Date) return makeDouble(value.getTime());
  if (isNumber(value)) {
    const result = toNumber(value);
    if (isFiniteValue(value) && !Number.isFinite(result))
      refused(value, 'Conversion would overflow target type');
    return makeDouble(result);
  }
  if (typeof value !== 'string') return unsupported(value, 'double');
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(value);
  if (special) return special[2] ? (special[1] === '-' ? -Infinity : Infinity) : NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value))
    refused(value, 'Did not consume whole string.');
  const result = Number(value);
  return Number.isFinite(result) ? makeDouble(result) : refused(value, 'Out of range');
}

function decimal(value: Value): Value {
  if (typeof value === 'boolean') return toDecimal(Number(value));
  if (value instanceof Date) return toDecimal(BigInt(value.getTime()));
  if (isNumber(value)) return toDecimal(value);
  if (typeof value !== 'string') return unsupported(value, 'decimal');
  return parseDecimal(value) ?? refused(value, 'Failed to parse string to decimal');
}

function date(value: Value): Value {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.t * 1000);
  if (typeof value === 'string') return parseDateText(value);
  const isWide = typeof value === 'bigint' || value instanceof Decimal128 || typeName(value) === 'double';
  if (!isWide || !isNumber(value)) return unsupported(value, 'date');
  const result = new Date(Number(whole(value)));
  return Number.isNaN(result.getTime()) ? refused(value, 'Conversion would overflow target type') : result;
}

function objectId(value: Value): Value {
  if (value instanceof ObjectId) return value;
  if (typeof value !== 'string') return unsupported(value, 'objectId');
  return /^[0-9a-f]{24}$/i.test(value)
    ? new ObjectId(value)
    : refused(value, 'Invalid string for parsing to OID, expected 24 hexadecimal digits');
}

function string(value: Value): Value {
  const isConvertible = typeof value === 'boolean' || value instanceof ObjectId;
  if (isConvertible) return String(value);
  const text = typeName(value) === 'javascript' ? undefined : textOf(value);
  return text ?? unsupported(value, 'string');
}

const conversions: Readonly<Record<Target, (value: Value) => Value>> = {
  double,
  string,
  objectId,
  bool: isTrue,
  date,
  int: (value) => integer(value, 'int'),
  long: (value) => integer(value, 'long'),
  decimal,
};

/** A type by its name or its number in BSON. */
function targetOf(to: Value): Target {
  const number = isNumber(to) ? toNumber(to) : undefined;
  if (number === undefined && typeof to !== 'string') {
    fail('FailedToParse', `$convert's 'to' argument must be a string or number, but is ${typeName(to)}`);
  }
  const known = [...conversionsByNumber].find(([target, code]) => target === to || code === number)?.[0];
  if (known) return known;
  const exists = number === undefined && typeof to === 'string' && typeNumberOf(to) !== undefined;
  if (exists)
    fail('ConversionFailure', `Unsupported conversion to ${String(to)} in $convert with no onError value`);
  return fail('BadValue', `Unknown type name: ${number ?? textOf(to) ?? ''}`);
}

const conversionsByNumber = new Map(targets.map((target) => [target, typeNumberOf(target)]));

const convert: Operator = named(
  { notObject: 9, unknown: 9, required: { input: 9, to: 9 }, optional: ['onError', 'onNull'] },
  (given) => {
    const { input, to, onNull } = given;
    const target = isNullish(to) ? undefined : targetOf(to);
    if (isNullish(input)) return 'onNull' in given ? onNull : null;
    if (target === undefined) return null;
    try {
      return conversions[target](input);
    } catch (error) {
      if (error instanceof CommandError && 'onError' in given) return given['onError'];
      throw error;
    }
  },
);

const shorthand = (target: Target): Operator =>
  nullable(1, 1, ([value]) => (value === undefined ? null : conversions[target](value)));

export const convertOperators: OperatorTable = {
  $type: operator(1, 1, ([value]: Maybe[]) => typeName(value)),
  $isNumber: operator(1, 1, ([value]) => isNumber(value)),
  $convert: convert,
  $toString: shorthand('string'),
  $toInt: shorthand('int'),
  $toLong: shorthand('long'),
  $toDouble: shorthand('double'),
  $toDecimal: shorthand('decimal'),
  $toBool: shorthand('bool'),
  $toDate: shorthand('date'),
  $toObjectId: shorthand('objectId'),
};
