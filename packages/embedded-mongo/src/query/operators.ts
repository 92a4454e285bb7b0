import { BSONRegExp } from 'bson';
import { fail } from '../errors.js';
import { isIntegral, isTrue, toNumber } from '../values/numbers.js';
import { isDoc, isNumber, typeNumberOf } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { FieldTest } from './filter.js';
import { compilePattern } from './regex.js';
import { truncatedLong } from './long.js';

/** The parser, for operators that hold tests or filters again. */
export interface Structure {
  readonly isOperatorDocument: (value: Value | undefined) => value is Doc;
  readonly tests: (operators: Doc) => FieldTest[];
  readonly elemMatch: (argument: Doc) => FieldTest;
}

/** `siblings` is the whole document of operators: `$regex` and `$options` belong together. */
type ParseOperator = (argument: Value, siblings: Doc, structure: Structure) => FieldTest[];

export const fieldOperators: ReadonlyMap<string, ParseOperator> = new Map<string, ParseOperator>([
  ['$eq', (value) => [{ op: 'eq', value }]],
  ['$ne', (value) => [{ op: 'ne', value: notRegex(value, "Can't have regex as arg to $ne.") }]],
  ['$gt', (value) => [{ op: 'gt', value: comparable(value) }]],
  ['$gte', (value) => [{ op: 'gte', value: comparable(value) }]],
  ['$lt', (value) => [{ op: 'lt', value: comparable(value) }]],
  ['$lte', (value) => [{ op: 'lte', value: comparable(value) }]],
  ['$in', (value, _, structure) => [{ op: 'in', ...members('$in', value, structure) }]],
  ['$nin', (value, _, structure) => [{ op: 'nin', ...members('$nin', value, structure) }]],
  ['$exists', (value) => [{ op: 'exists', exists: isTrue(value) }]],
  ['$type', (value) => [{ op: 'type', types: types(value) }]],
  ['$size', (value) => [{ op: 'size', size: size(value) }]],
  ['$mod', (value) => [mod(value)]],
  ['$all', all],
  ['$elemMatch', (value, _, structure) => [elemMatch(value, structure)]],
  ['$not', (value, _, structure) => [{ op: 'not', tests: negated(value, structure) }]],
  ['$regex', regex],
  ['$options', (_, siblings) => (siblings.has('$regex') ? [] : fail('BadValue', '$options needs a $regex'))],
  ['$comment', () => []],
]);

function notRegex(value: Value, message: string): Value {
  return value instanceof BSONRegExp ? fail('BadValue', message) : value;
}

function comparable(value: Value): Value {
  return notRegex(value, "Can't have RegEx as arg to predicate over field");
}

function members(name: string, value: Value, { isOperatorDocument }: Structure) {
  if (!Array.isArray(value)) fail('BadValue', `${name} needs an array`);
  if (value.some(isOperatorDocument)) fail('BadValue', `cannot nest $ under ${name}`);
  const regexes = value.filter((member) => member instanceof BSONRegExp);
  if (regexes.length === 0) return { values: value };
  return {
    values: value.filter((member) => !(member instanceof BSONRegExp)),
    patterns: regexes.map(compilePattern),
  };
}

function types(value: Value): number[] {
  const asked = Array.isArray(value) ? value : [value];
  if (asked.length === 0) fail('FailedToParse', '$type must match at least one type');
  return asked.flatMap((type) => {
    if (type === 'number') return [1, 16, 18, 19];
    if (typeof type === 'string') {
      return typeNumberOf(type) ?? fail('BadValue', `Unknown type name alias: ${type}`);
    }
    if (!isNumber(type)) return fail('TypeMismatch', 'type must be represented as a number or a string');
    const number = toNumber(type);
    const known =
      Number.isInteger(number) && ((number >= 1 && number <= 19) || number === -1 || number === 127);
    return known ? number : fail('BadValue', `Invalid numerical type code: ${number}`);
  });
}

function size(value: Value): number {
  if (!isNumber(value)) return fail('BadValue', 'Failed to parse $size. Expected a number');
  if (!isIntegral(value)) return fail('BadValue', 'Failed to parse $size. Expected an integer');
  const number = toNumber(value);
  return number < 0 ? fail('BadValue', 'Failed to parse $size. Expected a non-negative number') : number;
}

function mod(value: Value): FieldTest {
  if (!Array.isArray(value)) return fail('BadValue', 'malformed mod, needs to be an array');
  if (value.length < 2) return fail('BadValue', 'malformed mod, not enough elements');
  if (value.length > 2) return fail('BadValue', 'malformed mod, too many elements');
  const [divisor, remainder] = ['divisor', 'remainder'].map((name, place) => {
    const part = value[place];
    if (!isNumber(part)) return fail('BadValue', `malformed mod, ${name} not a number`);
    return truncatedLong(part) ?? fail('BadValue', `malformed mod, ${name} value is invalid`);
  });
  if (divisor === undefined || remainder === undefined || divisor === 0n) {
    return fail('BadValue', 'divisor cannot be 0');
  }
  return { op: 'mod', divisor, remainder };
}

function elemMatch(value: Value, structure: Structure): FieldTest {
  return isDoc(value) ? structure.elemMatch(value) : fail('BadValue', '$elemMatch needs an Object');
}

function all(value: Value, _: Doc, structure: Structure): FieldTest[] {
  if (!Array.isArray(value)) return fail('BadValue', '$all needs an array');
  const withElemMatch = isElemMatch(value[0]);
  const tests = value.map((member): FieldTest => {
    if (withElemMatch) {
      const argument = isElemMatch(member) ? member.get('$elemMatch') : undefined;
      return argument === undefined
        ? fail('BadValue', '$all/$elemMatch has to be consistent')
        : elemMatch(argument, structure);
    }
    if (structure.isOperatorDocument(member)) return fail('BadValue', 'no $ expressions in $all');
    return member instanceof BSONRegExp
      ? { op: 'regex', ...compilePattern(member) }
      : { op: 'eq', value: member };
  });
  return [{ op: 'all', tests }];
}

function isElemMatch(value: Value | undefined): value is Doc {
  return isDoc(value) && value.keys().next().value === '$elemMatch';
}

function negated(value: Value, structure: Structure): FieldTest[] {
  if (value instanceof BSONRegExp) return [{ op: 'regex', ...compilePattern(value) }];
  if (!isDoc(value)) return fail('BadValue', '$not needs a regex or a document');
  if (value.size === 0) return fail('BadValue', '$not cannot be empty');
  return structure.tests(value);
}

function regex(value: Value, siblings: Doc): FieldTest[] {
  const options = siblings.get('$options');
  if (options !== undefined && typeof options !== 'string') fail('BadValue', '$options has to be a string');
  if (typeof value === 'string') {
    return [{ op: 'regex', ...compilePattern({ pattern: value, options: options ?? '' }) }];
  }
  if (!(value instanceof BSONRegExp)) return fail('BadValue', '$regex has to be a string');
  if (options === undefined) return [{ op: 'regex', ...compilePattern(value) }];
  if (value.options) fail(51075, 'options set in both $regex and $options');
  return [{ op: 'regex', ...compilePattern({ pattern: value.pattern, options }) }];
}
