import { Code, Timestamp } from 'bson';
import { fail } from '../errors.js';
import { toNumber } from '../values/numbers.js';
import { isNumber, typeName } from '../values/types.js';
import type { Maybe } from './operator.js';

/** The shortest digits that stand for this double, laid out as the server does: an exponent from 1e16 on and below 1e-4. */
function doubleText(n: number): string {
  const size = Math.abs(n);
  if (n === 0) return Object.is(n, -0) ? '-0' : '0';
  if (!Number.isFinite(n) || (size >= 1e-4 && size < 1e16)) return String(n);
  const [digits = '', exponent = ''] = n.toExponential().split('e');
  return `${digits}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, '0')}`;
}

/** A date outside of the years 0 to 9999 has no ISO text: MongoDB refuses it as well. */
function dateText(date: Date): string {
  const text = date.toISOString();
  return text.length === 24 ? text : fail(18537, `the year of ${text} is outside of 0-9999`);
}

/** What $convert and the string operators make of a scalar; undefined when the type has no text. */
export function textOf(value: Maybe): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'bigint') return String(value);
  if (isNumber(value)) return typeName(value) === 'decimal' ? value.toString() : doubleText(toNumber(value));
  if (value instanceof Date) return dateText(value);
  if (value instanceof Code) return value.code;
  if (value instanceof Timestamp) return `Timestamp(${value.t}, ${value.i})`;
  return undefined;
}

/** Null and missing are the empty text for the older string operators. */
export function coerceText(value: Maybe): string {
  if (value === undefined || value === null) return '';
  return textOf(value) ?? fail(16007, `can't convert from BSON type ${typeName(value)} to String`);
}

export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
}

export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (part) => part.toUpperCase());
}

/** Code points, which the CP operators count. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}

export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
