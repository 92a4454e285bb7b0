import type { Decimal128 } from 'bson';
import {
  decimalParts,
  digitCount,
  divideParts,
  finite,
  infinite,
  integerParts,
  notANumber,
  partsToDouble,
  powerOfTen,
  toDecimal128,
  type DecimalParts,
} from '../values/decimal.js';

/**
 * Roots, powers and logarithms of decimals with all of their 34 digits, in fixed-point arithmetic. The guard
 * digits cover the logarithm of a number that differs from 1 only in its last digit.
 */
const digits = 110;
const one = 10n ** BigInt(digits);

export function sqrt(x: Decimal128): Decimal128 {
  const parts = decimalParts(x);
  if (parts.kind !== 'finite' || parts.coefficient === 0n) return x;
  const shift = 80 + (parts.exponent & 1);
  const root = integerRoot(parts.coefficient * powerOfTen(shift));
  return shortest(root, (parts.exponent - shift) / 2);
}

export function exp(x: Decimal128): Decimal128 {
  const parts = decimalParts(x);
  if (parts.kind === 'nan') return x;
  if (parts.kind === 'infinite' || Math.abs(partsToDouble(parts)) > 15_000) {
    return toDecimal128(parts.negative ? finite(false, 0n, 0) : infinite(false));
  }
  return fromExponential(fixed(parts));
}

export function ln(x: Decimal128): Decimal128 {
  const special = limitOfLogarithm(x);
  return special ?? shortest(logarithm(decimalParts(x)), -digits);
}

export function log10(x: Decimal128): Decimal128 {
  const special = limitOfLogarithm(x);
  return special ?? shortest((logarithm(decimalParts(x)) * one) / lnOf10, -digits);
}

export function log(x: Decimal128, base: Decimal128): Decimal128 {
  const special = limitOfLogarithm(x) ?? limitOfLogarithm(base);
  return special ?? shortest((logarithm(decimalParts(x)) * one) / logarithm(decimalParts(base)), -digits);
}

export function pow(x: Decimal128, y: Decimal128): Decimal128 {
  const base = decimalParts(x);
  const exponent = decimalParts(y);
  if (exponent.kind === 'finite' && exponent.coefficient === 0n) return toDecimal128(integerParts(1n));
  if (base.kind !== 'finite' || exponent.kind !== 'finite' || base.coefficient === 0n) {
    return toDecimal128(limitOfPower(partsToDouble(base) ** partsToDouble(exponent)));
  }
  const times = partsToDouble(exponent);
  const isWhole = Number.isInteger(times);
  if (isWhole && Math.abs(times) * digitCount(base.coefficient) <= 5_000) {
    const size = Math.abs(times);
    const result = finite(
      base.negative && size % 2 === 1,
      base.coefficient ** BigInt(size),
      base.exponent * size,
    );
    return toDecimal128(times > 0 ? result : divideParts(integerParts(1n), result));
  }
  if (base.negative && !isWhole) return toDecimal128(notANumber);
  const power = (logarithm({ ...base, negative: false }) * fixed(exponent)) / one;
  const size = Math.abs(partsToDouble(finite(power < 0n, power < 0n ? -power : power, -digits)));
  if (size > 15_000) return toDecimal128(power < 0n ? finite(false, 0n, 0) : infinite(false));
  const result = decimalParts(fromExponential(power));
  return toDecimal128({ ...result, negative: base.negative && times % 2 !== 0 });
}

function limitOfPower(double: number): DecimalParts {
  if (Number.isNaN(double)) return notANumber;
  return Number.isFinite(double) ? integerParts(BigInt(Math.round(double))) : infinite(double < 0);
}

function limitOfLogarithm(x: Decimal128): Decimal128 | undefined {
  return decimalParts(x).kind === 'finite' ? undefined : x;
}

function fixed(parts: DecimalParts): bigint {
  const shift = parts.exponent + digits;
  const size = shift >= 0 ? parts.coefficient * powerOfTen(shift) : parts.coefficient / powerOfTen(-shift);
  return parts.negative ? -size : size;
}

/** `value * 10^exponent` without zeros at its end, rounded to 34 digits. */
function shortest(value: bigint, exponent: number): Decimal128 {
  const parts = finite(value < 0n, value < 0n ? -value : value, exponent);
  // Rounded first: the guard digits of an exact result are not all zeros.
  let { coefficient, exponent: at } = decimalParts(toDecimal128(parts));
  while (at < 0 && coefficient !== 0n && coefficient % 10n === 0n) {
    coefficient /= 10n;
    at++;
  }
  return toDecimal128(finite(value < 0n, coefficient, coefficient === 0n ? 0 : at));
}

/** Newton's method from above. */
function integerRoot(n: bigint): bigint {
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** e^x: the powers of ten are split off, the rest is halved eight times for a short series. */
function fromExponential(x: bigint): Decimal128 {
  const tens = x / lnOf10;
  const rest = (x - tens * lnOf10) / 256n;
  let sum = one;
  let term = one;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * rest) / (one * n);
    sum += term;
  }
  for (let i = 0; i < 8; i++) sum = (sum * sum) / one;
  return shortest(sum, Number(tens) - digits);
}

/** Of a positive number: powers of ten and of two are split off, the rest is a series in (m-1)/(m+1). */
function logarithm(parts: DecimalParts): bigint {
  const tens = digitCount(parts.coefficient) - 1;
  let mantissa = (parts.coefficient * one) / powerOfTen(tens);
  let halvings = 0n;
  while (mantissa * 2n > one * 3n) {
    mantissa /= 2n;
    halvings++;
  }
  return nearOne(mantissa) + halvings * lnOf2 + BigInt(tens + parts.exponent) * lnOf10;
}

function nearOne(mantissa: bigint): bigint {
  const ratio = ((mantissa - one) * one) / (mantissa + one);
  const square = (ratio * ratio) / one;
  let sum = 0n;
  let power = ratio;
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += power / n;
    power = (power * square) / one;
  }
  return sum * 2n;
}

const lnOf2 = -nearOne(one / 2n);
const lnOf10 = nearOne((one * 10n) / 8n) + 3n * lnOf2;
