import { Decimal128 } from 'bson';

/** A Decimal128 taken apart: (-1)^negative × coefficient × 10^exponent, or one of the two special kinds. */
export interface DecimalParts {
  readonly kind: 'finite' | 'infinite' | 'nan';
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}

export type Rounding = 'halfEven' | 'truncate' | 'floor' | 'ceiling';

const digitsKept = 34;
const exponentBias = 6176;
const smallestExponent = -6176;
const largestExponent = 6111;
const largestCoefficient = 10n ** 34n - 1n;

export const notANumber: DecimalParts = { kind: 'nan', negative: false, coefficient: 0n, exponent: 0 };

export function infinite(negative: boolean): DecimalParts {
  return { kind: 'infinite', negative, coefficient: 0n, exponent: 0 };
}

export function finite(negative: boolean, coefficient: bigint, exponent: number): DecimalParts {
  return { kind: 'finite', negative, coefficient, exponent };
}

export function integerParts(n: bigint): DecimalParts {
  return finite(n < 0n, n < 0n ? -n : n, 0);
}

export function isZero(parts: DecimalParts): boolean {
  return parts.kind === 'finite' && parts.coefficient === 0n;
}

export function decimalParts(value: Decimal128): DecimalParts {
  const view = new DataView(value.bytes.buffer, value.bytes.byteOffset, 16);
  const low = view.getBigUint64(0, true);
  const high = view.getBigUint64(8, true);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 31n);
  if (combination === 31) return notANumber;
  if (combination === 30) return infinite(negative);
  // The second form of the exponent can only carry coefficients above 34 digits, which count as zero.
  if (combination >> 3 === 3) return finite(negative, 0n, Number((high >> 47n) & 0x3fffn) - exponentBias);
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | low;
  const exponent = Number((high >> 49n) & 0x3fffn) - exponentBias;
  return finite(negative, coefficient > largestCoefficient ? 0n : coefficient, exponent);
}

/** Rounds half even to 34 digits and into the exponents' range; too large becomes Infinity. */
export function toDecimal128(parts: DecimalParts): Decimal128 {
  const { kind, negative, coefficient, exponent } = fit(parts);
  let high = negative ? 1n << 63n : 0n;
  if (kind === 'nan') high = 31n << 58n;
  else if (kind === 'infinite') high |= 30n << 58n;
  else high |= (BigInt(exponent + exponentBias) << 49n) | (coefficient >> 64n);
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, coefficient), 0);
  bytes.writeBigUInt64LE(high, 8);
  return new Decimal128(bytes);
}

function fit(parts: DecimalParts): DecimalParts {
  if (parts.kind !== 'finite') return parts;
  const excess = Math.max(digitCount(parts.coefficient) - digitsKept, smallestExponent - parts.exponent);
  let { coefficient, exponent } = excess > 0 ? atExponent(parts, parts.exponent + excess) : parts;
  // 99…9 may have been rounded up to one digit too many: a power of ten, so this division is exact.
  if (coefficient > largestCoefficient) [coefficient, exponent] = [coefficient / 10n, exponent + 1];
  if (exponent <= largestExponent) return finite(parts.negative, coefficient, exponent);
  if (coefficient === 0n) return finite(parts.negative, 0n, largestExponent);
  const padding = exponent - largestExponent;
  if (digitCount(coefficient) + padding > digitsKept) return infinite(parts.negative);
  return finite(parts.negative, coefficient * powerOfTen(padding), largestExponent);
}

/** The same number at another exponent, rounded when that one is larger. */
export function atExponent(
  parts: DecimalParts,
  exponent: number,
  rounding: Rounding = 'halfEven',
): DecimalParts {
  const { negative, coefficient } = parts;
  const dropped = exponent - parts.exponent;
  if (dropped <= 0 || coefficient === 0n) {
    return finite(negative, coefficient === 0n ? 0n : coefficient * powerOfTen(-dropped), exponent);
  }
  // Beyond all digits only "something below one half" is left, however far beyond.
  const unit = powerOfTen(Math.min(dropped, digitCount(coefficient) + 1));
  const kept = coefficient / unit;
  const rest = coefficient % unit;
  return finite(negative, kept + (roundsUp(kept, rest, unit, negative, rounding) ? 1n : 0n), exponent);
}

function roundsUp(kept: bigint, rest: bigint, unit: bigint, negative: boolean, rounding: Rounding): boolean {
  if (rest === 0n || rounding === 'truncate') return false;
  if (rounding === 'floor') return negative;
  if (rounding === 'ceiling') return !negative;
  const twice = rest * 2n;
  return twice > unit || (twice === unit && kept % 2n === 1n);
}

/** The number at `10^-place`; as it is when 34 digits cannot hold that. */
export function roundParts(parts: DecimalParts, place: number, rounding: Rounding): DecimalParts {
  if (parts.kind !== 'finite') return parts;
  const exponent = -place;
  const digits = digitCount(parts.coefficient) + parts.exponent - exponent;
  return parts.exponent > exponent && digits > digitsKept ? parts : atExponent(parts, exponent, rounding);
}

export function addParts(a: DecimalParts, b: DecimalParts): DecimalParts {
  if (a.kind === 'nan' || b.kind === 'nan') return notANumber;
  if (a.kind === 'infinite') return b.kind === 'infinite' && a.negative !== b.negative ? notANumber : a;
  if (b.kind === 'infinite') return b;
  const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  // Far below the last kept digit of the larger one, only the sign of the smaller one matters.
  const floor = high.exponent - 2 * digitsKept - 2;
  const tail =
    high.coefficient !== 0n && low.coefficient !== 0n && low.exponent + digitCount(low.coefficient) < floor
      ? finite(low.negative, 1n, floor)
      : low;
  const left = signed(atExponent(high, tail.exponent));
  const sum = left + signed(tail);
  const negative = sum === 0n ? a.negative && b.negative : sum < 0n;
  return finite(negative, sum < 0n ? -sum : sum, tail.exponent);
}

export function negateParts(parts: DecimalParts): DecimalParts {
  return parts.kind === 'nan' ? parts : { ...parts, negative: !parts.negative };
}

export function multiplyParts(a: DecimalParts, b: DecimalParts): DecimalParts {
  const negative = a.negative !== b.negative;
  if (a.kind === 'nan' || b.kind === 'nan') return notANumber;
  if (a.kind === 'infinite' || b.kind === 'infinite') {
    return isZero(a) || isZero(b) ? notANumber : infinite(negative);
  }
  return finite(negative, a.coefficient * b.coefficient, a.exponent + b.exponent);
}

export function divideParts(a: DecimalParts, b: DecimalParts): DecimalParts {
  const negative = a.negative !== b.negative;
  if (a.kind === 'nan' || b.kind === 'nan') return notANumber;
  if (a.kind === 'infinite') return b.kind === 'infinite' ? notANumber : infinite(negative);
  if (b.kind === 'infinite') return finite(negative, 0n, smallestExponent);
  if (b.coefficient === 0n) return a.coefficient === 0n ? notANumber : infinite(negative);
  const preferred = a.exponent - b.exponent;
  if (a.coefficient === 0n) return finite(negative, 0n, preferred);
  const shift = Math.max(0, digitsKept + 2 + digitCount(b.coefficient) - digitCount(a.coefficient));
  const dividend = a.coefficient * powerOfTen(shift);
  let quotient = dividend / b.coefficient;
  let exponent = preferred - shift;
  // A rest that was cut off must still tip a tie: one more digit stands for it.
  if (dividend % b.coefficient !== 0n) return finite(negative, quotient * 10n + 1n, exponent - 1);
  while (exponent < preferred && quotient % 10n === 0n) [quotient, exponent] = [quotient / 10n, exponent + 1];
  return finite(negative, quotient, exponent);
}

/** What is left of `a` when `b` was taken away as often as possible; it has the sign of `a`. */
export function remainderParts(a: DecimalParts, b: DecimalParts): DecimalParts {
  if (a.kind !== 'finite' || b.kind === 'nan' || isZero(b)) return notANumber;
  if (b.kind === 'infinite' || isZero(a)) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const divisor = atExponent(b, exponent).coefficient;
  const rest =
    a.exponent - exponent > digitsKept
      ? (a.coefficient * powerModulo(a.exponent - exponent, divisor)) % divisor
      : atExponent(a, exponent).coefficient % divisor;
  return finite(a.negative, rest, exponent);
}

function powerModulo(exponent: number, modulus: bigint): bigint {
  let result = 1n;
  let base = 10n % modulus;
  for (let left = exponent; left > 0; left >>= 1) {
    if (left & 1) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}

/** Every double is a finite decimal fraction; `precision` rounds it to so many digits, trailing zeros kept. */
export function doubleParts(n: number, precision?: number): DecimalParts {
  if (Number.isNaN(n)) return notANumber;
  if (!Number.isFinite(n)) return infinite(n < 0);
  const negative = n < 0 || Object.is(n, -0);
  if (n === 0) return finite(negative, 0n, 0);
  const { mantissa, exponent } = binaryParts(n);
  const exact =
    exponent >= 0
      ? finite(negative, mantissa << BigInt(exponent), 0)
      : finite(negative, mantissa * 5n ** BigInt(-exponent), exponent);
  if (precision === undefined) return exact;
  const rounded = atExponent(exact, exact.exponent + digitCount(exact.coefficient) - precision);
  return digitCount(rounded.coefficient) > precision ? atExponent(rounded, rounded.exponent + 1) : rounded;
}

const doubleView = new DataView(new ArrayBuffer(8));

/** |n| = mantissa × 2^exponent, for a finite n that is not zero. */
export function binaryParts(n: number): { mantissa: bigint; exponent: number } {
  doubleView.setFloat64(0, n);
  const bits = doubleView.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  let mantissa = bits & 0xfffffffffffffn;
  if (exponent > 0) mantissa |= 1n << 52n;
  let shift = Math.max(exponent, 1) - 1075;
  while ((mantissa & 1n) === 0n) [mantissa, shift] = [mantissa >> 1n, shift + 1];
  return { mantissa, exponent: shift };
}

/** The nearest double. */
export function partsToDouble(parts: DecimalParts): number {
  if (parts.kind === 'nan') return NaN;
  const size = parts.kind === 'infinite' ? Infinity : Number(`${parts.coefficient}e${parts.exponent}`);
  return parts.negative ? -size : size;
}

/** Towards zero; only for finite numbers. */
export function partsToBigInt(parts: DecimalParts): bigint {
  return signed(atExponent(parts, 0, 'truncate'));
}

const decimalText = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,6}))?$/;

/** `undefined` when the text is not a number. */
export function parseDecimal(text: string): Decimal128 | undefined {
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (special) return toDecimal128(special[2] === undefined ? notANumber : infinite(special[1] === '-'));
  const match = decimalText.exec(text);
  if (!match) return undefined;
  const fraction = match[3] ?? match[4] ?? '';
  const coefficient = BigInt((match[2] ?? '') + fraction);
  const exponent = Number(match[5] ?? 0) - fraction.length;
  return toDecimal128(finite(match[1] === '-', coefficient, exponent));
}

export function signed(parts: DecimalParts): bigint {
  return parts.negative ? -parts.coefficient : parts.coefficient;
}

export function digitCount(n: bigint): number {
  return n === 0n ? 1 : n.toString().length;
}

const powers = Array.from({ length: 80 }, (_, exponent) => 10n ** BigInt(exponent));

export function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent);
}
