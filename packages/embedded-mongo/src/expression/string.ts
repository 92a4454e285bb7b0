import { fail } from '../errors.js';
import { isInt32, isNumber, typeName } from '../values/types.js';
import { toNumber } from '../values/numbers.js';
import { MemoryBudget } from './memory.js';
import {
  isNullish,
  named,
  nullable,
  operator,
  type Maybe,
  type Operator,
  type OperatorTable,
} from './operator.js';
import { regexOperators } from './regex.js';
import { byteLength, codePoints, coerceText, lowerAscii, upperAscii } from './text.js';

const concat: Operator = operator(0, Infinity, (values, name) => {
  let result = '';
  for (const value of values) {
    if (isNullish(value)) return null;
    if (typeof value !== 'string') fail(16702, `${name} only supports strings, not ${typeName(value)}`);
    result += value;
  }
  new MemoryBudget(name).chargeBytes(result.length);
  return result;
});

function numberAt(value: Maybe, code: number, what: string): number {
  return isNumber(value)
    ? Math.trunc(toNumber(value))
    : fail(code, `${what} must be a numeric type (is BSON type ${typeName(value)})`);
}

const substringOfBytes: Operator = operator(3, 3, ([value, from, size], name) => {
  const bytes = Buffer.from(coerceText(value), 'utf8');
  const start = numberAt(from, 16034, `${name}: starting index`);
  const length = numberAt(size, 16035, `${name}: length`);
  if (start < 0) fail(50752, `${name}: starting index must be non-negative (got: ${start})`);
  const end = length < 0 ? bytes.length : Math.min(bytes.length, start + length);
  if (isContinuation(bytes[start]))
    fail(28656, `${name}: Invalid range, starting index is a UTF-8 continuation byte.`);
  if (end > start && isContinuation(bytes[end])) {
    fail(28657, `${name}: Invalid range, ending index is in the middle of a UTF-8 character.`);
  }
  return bytes.toString('utf8', Math.min(start, bytes.length), Math.max(end, start));
});

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function int32At(value: Maybe, codes: readonly [number, number, number], what: string): number {
  if (!isNumber(value)) fail(codes[0], `${what} must be a numeric type (is BSON type ${typeName(value)})`);
  const number = toNumber(value);
  if (!isInt32(number)) fail(codes[1], `${what} cannot be represented as a 32-bit integral value`);
  return number >= 0 ? number : fail(codes[2], `${what} must be a nonnegative integer.`);
}

const substringOfCodePoints: Operator = operator(3, 3, ([value, from, size], name) => {
  const text = coerceText(value);
  const start = int32At(from, [34450, 34451, 34455], `${name}: starting index`);
  const length = int32At(size, [34452, 34453, 34454], `${name}: length`);
  return codePoints(text)
    .slice(start, start + length)
    .join('');
});

function lengthOf(code: number, measure: (text: string) => number): Operator {
  return operator(1, 1, ([value], name) =>
    typeof value === 'string'
      ? measure(value)
      : fail(code, `${name} requires a string argument, found: ${typeName(value)}`),
  );
}

const whitespace =
  '\0\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a';

function trim(sides: { start: boolean; end: boolean }): Operator {
  return named(
    { notObject: 50696, unknown: 50694, required: { input: 50695 }, optional: ['chars'] },
    (given, name) => {
      const { input, chars } = given;
      if (isNullish(input)) return null;
      if (typeof input !== 'string')
        fail(50699, `${name} requires its input to be a string, got ${typeName(input)}`);
      if ('chars' in given && isNullish(chars)) return null;
      if (!isNullish(chars) && typeof chars !== 'string') {
        fail(50700, `${name} requires 'chars' to be a string, got ${typeName(chars)}`);
      }
      const trimmed = new Set(codePoints(typeof chars === 'string' ? chars : whitespace));
      const points = codePoints(input);
      let start = 0;
      let end = points.length;
      while (sides.start && start < end && trimmed.has(points[start] ?? '')) start++;
      while (sides.end && end > start && trimmed.has(points[end - 1] ?? '')) end--;
      return points.slice(start, end).join('');
    },
  );
}

const split: Operator = nullable(2, 2, ([text, separator], name) => {
  if (typeof text !== 'string') {
    fail(
      40085,
      `${name} requires an expression that evaluates to a string as a first argument, found: ${typeName(text)}`,
    );
  }
  if (typeof separator !== 'string') {
    fail(
      40086,
      `${name} requires an expression that evaluates to a string as a second argument, found: ${typeName(separator)}`,
    );
  }
  if (separator === '') fail(40087, `${name} requires a non-empty separator`);
  return text.split(separator);
});

const codePointLength = (text: string): number => codePoints(text).length;

/** Operators on strings; upper and lower case are those of ASCII, as on the server. */
export const stringOperators: OperatorTable = {
  $concat: concat,
  $substr: substringOfBytes,
  $substrBytes: substringOfBytes,
  $substrCP: substringOfCodePoints,
  $strLenBytes: lengthOf(34473, byteLength),
  $strLenCP: lengthOf(34471, codePointLength),
  $toLower: operator(1, 1, ([value]) => lowerAscii(coerceText(value))),
  $toUpper: operator(1, 1, ([value]) => upperAscii(coerceText(value))),
  $trim: trim({ start: true, end: true }),
  $ltrim: trim({ start: true, end: false }),
  $rtrim: trim({ start: false, end: true }),
  $split: split,
  ...regexOperators,
};
