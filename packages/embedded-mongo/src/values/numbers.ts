import { type Decimal128, Double } from 'bson';
import { fail } from '../errors.js';
import {
  addParts,
  atExponent,
  type DecimalParts,
  decimalParts,
  digitCount,
  divideParts,
  doubleParts,
  integerParts,
  isZero,
  multiplyParts,
  negateParts,
  partsToBigInt,
  partsToDouble,
  remainderParts,
  type Rounding,
  roundParts,
  signed,
  toDecimal128,
} from './decimal.js';
import { isInt32, isNumber, type NumberValue } from './types.js';
import type { Value } from './value.js';

export { isNumber, type NumberValue } from './types.js';
export { parseDecimal, type Rounding } from './decimal.js';

/** What happens when a long does not hold the result: expressions go on with a double, `$inc` refuses. */
export type OnOverflow = 'double' | 'error';

const smallestLong = -(1n << 63n);
const largestLong = (1n << 63n) - 1n;

function isDecimal(v: NumberValue): v is Decimal128 {
  return typeof v === 'object' && v._bsontype === 'Decimal128';
}

/** A double that stays one: without the wrapper an integral one would be taken for an int32. */
export function makeDouble(n: number): number | Double {
  return isInt32(n) ? new Double(n) : n;
}

export function fitsLong(n: bigint): boolean {
  return n >= smallestLong && n <= largestLong;
}

/** The nearest double. */
export function toNumber(v: NumberValue): number {
  if (typeof v === 'number') return v;
  if (typeof v === 'bigint') return Number(v);
  return v._bsontype === 'Double' ? v.value : partsToDouble(decimalParts(v));
}

/** Towards zero. NaN and the infinities are refused: ask `isFiniteValue` first. */
export function toBigInt(v: NumberValue): bigint {
  if (typeof v === 'bigint') return v;
  if (!isFiniteValue(v)) return fail('BadValue', `${String(v)} is not a finite number`);
  return isDecimal(v) ? partsToBigInt(decimalParts(v)) : BigInt(Math.trunc(toNumber(v)));
}

/** As arithmetic sees it: a double counts with 15 significant digits, as MongoDB converts it. */
export function toDecimal(v: NumberValue): Decimal128 {
  return isDecimal(v) ? v : toDecimal128(arithmeticParts(v));
}

function arithmeticParts(v: NumberValue): DecimalParts {
  if (isDecimal(v)) return decimalParts(v);
  if (typeof v === 'bigint') return integerParts(v);
  if (typeof v === 'number' && isInt32(v)) return integerParts(BigInt(v));
  return doubleParts(toNumber(v), 15);
}

export function isNaNValue(v: NumberValue): boolean {
  return isDecimal(v) ? decimalParts(v).kind === 'nan' : Number.isNaN(toNumber(v));
}

export function isFiniteValue(v: NumberValue): boolean {
  return isDecimal(v) ? decimalParts(v).kind === 'finite' : Number.isFinite(toNumber(v));
}

export function isZeroValue(v: NumberValue): boolean {
  return isDecimal(v) ? isZero(decimalParts(v)) : toNumber(v) === 0;
}

/** A whole number, of whatever type. */
export function isIntegral(v: NumberValue): boolean {
  if (typeof v === 'bigint') return true;
  if (!isDecimal(v)) return Number.isInteger(toNumber(v));
  const parts = decimalParts(v);
  if (parts.kind !== 'finite') return false;
  return (
    parts.exponent >= 0 ||
    atExponent(atExponent(parts, 0, 'truncate'), parts.exponent).coefficient === parts.coefficient
  );
}

interface Operation {
  readonly name: string;
  readonly decimal: (a: DecimalParts, b: DecimalParts) => DecimalParts;
  readonly double: (a: number, b: number) => number;
  readonly long: (a: bigint, b: bigint) => bigint;
}

/** The wider type of the two decides: decimal, double, long, int; an int that overflows becomes a long. */
function apply(operation: Operation, a: NumberValue, b: NumberValue, overflow: OnOverflow): NumberValue {
  if (isDecimal(a) || isDecimal(b)) {
    return toDecimal128(operation.decimal(arithmeticParts(a), arithmeticParts(b)));
  }
  const bothInts = typeof a === 'number' && typeof b === 'number' && isInt32(a) && isInt32(b);
  if (!bothInts && (isDouble(a) || isDouble(b))) {
    return makeDouble(operation.double(toNumber(a), toNumber(b)));
  }
  if (bothInts) {
    // Adding 0 turns the -0 of 0 × -1 into the 0 that an int is.
    const quick = operation.double(a, b) + 0;
    if (isInt32(quick)) return quick;
  }
  const exact = operation.long(toBigInt(a), toBigInt(b));
  if (fitsLong(exact)) return exact;
  if (overflow === 'double') return makeDouble(operation.double(toNumber(a), toNumber(b)));
  return fail(
    'BadValue',
    `Failed to ${operation.name} ${String(a)} and ${String(b)}: the result does not fit a long`,
  );
}

function isDouble(v: NumberValue): boolean {
  return typeof v === 'number' ? !isInt32(v) : typeof v === 'object' && v._bsontype === 'Double';
}

const addition: Operation = {
  name: 'add',
  decimal: addParts,
  double: (a, b) => a + b,
  long: (a, b) => a + b,
};
const subtraction: Operation = {
  name: 'subtract',
  decimal: (a, b) => addParts(a, negateParts(b)),
  double: (a, b) => a - b,
  long: (a, b) => a - b,
};
const multiplication: Operation = {
  name: 'multiply',
  decimal: multiplyParts,
  double: (a, b) => a * b,
  long: (a, b) => a * b,
};

export function add(a: NumberValue, b: NumberValue, overflow: OnOverflow = 'double'): NumberValue {
  return apply(addition, a, b, overflow);
}

export function subtract(a: NumberValue, b: NumberValue, overflow: OnOverflow = 'double'): NumberValue {
  return apply(subtraction, a, b, overflow);
}

export function multiply(a: NumberValue, b: NumberValue, overflow: OnOverflow = 'double'): NumberValue {
  return apply(multiplication, a, b, overflow);
}

/** A double, also of two integers, or a decimal when one of them is. */
export function divide(a: NumberValue, b: NumberValue): NumberValue {
  if (isZeroValue(b)) fail('BadValue', "can't $divide by zero");
  if (isDecimal(a) || isDecimal(b)) return toDecimal128(divideParts(arithmeticParts(a), arithmeticParts(b)));
  return makeDouble(toNumber(a) / toNumber(b));
}

/** The remainder, with the sign of `a`. A whole double as divisor of an integer counts as an integer. */
export function modulo(a: NumberValue, b: NumberValue): NumberValue {
  if (isZeroValue(b)) fail(16610, "can't $mod by zero");
  if (isDecimal(a) || isDecimal(b)) {
    return toDecimal128(remainderParts(arithmeticParts(a), arithmeticParts(b)));
  }
  if (isDouble(a) || (isDouble(b) && !isInt32(toNumber(b)))) return makeDouble(toNumber(a) % toNumber(b));
  const remainder = toBigInt(a) % toBigInt(b);
  return typeof a === 'bigint' || typeof b === 'bigint' ? remainder : Number(remainder);
}

export function negate(v: NumberValue, overflow: OnOverflow = 'double'): NumberValue {
  if (isDecimal(v)) return toDecimal128(negateParts(decimalParts(v)));
  return isDouble(v) ? makeDouble(-toNumber(v)) : subtract(0, v, overflow);
}

export function absolute(v: NumberValue): NumberValue {
  if (isDecimal(v)) return toDecimal128({ ...decimalParts(v), negative: false });
  if (isDouble(v)) return makeDouble(Math.abs(toNumber(v)));
  if (v === smallestLong) return fail(28680, "can't take $abs of long long min");
  return toNumber(v) < 0 ? subtract(0, v) : v;
}

/** Rounds to `10^-place` and keeps the type; only a rounded-up int may become a long. */
export function roundNumber(v: NumberValue, place = 0, rounding: Rounding = 'halfEven'): NumberValue {
  if (isDecimal(v)) return toDecimal128(roundParts(decimalParts(v), place, rounding));
  if (isDouble(v)) {
    const n = toNumber(v);
    if (!Number.isFinite(n)) return v;
    return makeDouble(partsToDouble(roundParts(doubleParts(n, 34), place, rounding)));
  }
  if (place >= 0) return v;
  const rounded = signed(atExponent(atExponent(integerParts(toBigInt(v)), -place, rounding), 0));
  if (!fitsLong(rounded)) return fail(51080, 'the rounded number does not fit a long');
  const n = Number(rounded);
  return typeof v === 'bigint' || !isInt32(n) ? rounded : n;
}

export function truncate(v: NumberValue, place = 0): NumberValue {
  return roundNumber(v, place, 'truncate');
}

/** By exact value, whatever the types; NaN equals itself and lies below every other number. */
export function compareNumbers(a: NumberValue, b: NumberValue): number {
  if (isDecimal(a))
    return isDecimal(b) ? compareParts(decimalParts(a), decimalParts(b)) : 0 - compareToDecimal(b, a);
  if (isDecimal(b)) return compareToDecimal(a, b);
  const x = typeof a === 'object' ? a.value : a;
  const y = typeof b === 'object' ? b.value : b;
  // JavaScript compares a bigint with a number exactly.
  if (x < y) return -1;
  if (x > y) return 1;
  if (x == y) return 0;
  return (Number.isNaN(x) ? 0 : 1) - (Number.isNaN(y) ? 0 : 1);
}

function compareToDecimal(a: number | bigint | Double, b: Decimal128): number {
  if (typeof a === 'bigint') return compareParts(integerParts(a), decimalParts(b));
  const n = toNumber(a);
  const parts = decimalParts(b);
  const nearest = partsToDouble(parts);
  // Rounding keeps the order, so a difference between the doubles is a difference between the numbers.
  return n !== nearest ? compareNumbers(n, nearest) : 0 - remainderSign(parts, nearest);
}

/** The sign of `parts` minus the double that is nearest to it. */
export function remainderSign(parts: DecimalParts, nearest: number): number {
  if (parts.kind !== 'finite') return 0;
  if (nearest === 0) return parts.coefficient === 0n ? 0 : parts.negative ? -1 : 1;
  if (!Number.isFinite(nearest)) return nearest > 0 ? -1 : 1;
  return compareParts(parts, doubleParts(nearest));
}

export function compareParts(a: DecimalParts, b: DecimalParts): number {
  const byClass = orderClass(a) - orderClass(b);
  if (byClass !== 0 || a.kind !== 'finite' || isZero(a)) return Math.sign(byClass);
  const towards = a.negative ? -1 : 1;
  const byMagnitude = magnitude(a) - magnitude(b);
  if (byMagnitude !== 0) return byMagnitude > 0 ? towards : -towards;
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = atExponent(a, exponent).coefficient - atExponent(b, exponent).coefficient;
  return difference === 0n ? 0 : difference > 0n ? towards : -towards;
}

/** NaN, -Infinity, negative, zero, positive, Infinity. */
function orderClass(parts: DecimalParts): number {
  if (parts.kind === 'nan') return -3;
  const size = parts.kind === 'infinite' ? 2 : parts.coefficient === 0n ? 0 : 1;
  return parts.negative ? 0 - size : size;
}

/** Where the first digit stands: 0 for 1 to 9.99…. */
function magnitude(parts: DecimalParts): number {
  return digitCount(parts.coefficient) - 1 + parts.exponent;
}

/** What MongoDB takes for true: everything but false, null, a missing value and zero. NaN is true. */
export function isTrue(value: Value | undefined): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null || value === undefined) return false;
  return !isNumber(value) || compareNumbers(value, 0) !== 0;
}
