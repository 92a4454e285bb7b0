import { BSONRegExp } from 'bson';
import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { compileMatcher } from '../query/match.js';
import { parseFilter } from '../query/parse.js';
import { compareValues, equalValues } from '../values/compare.js';
import { isIntegral, toNumber } from '../values/numbers.js';
import { getPath, splitPath } from '../values/paths.js';
import { isDoc, isNumber, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { keepIdentical } from './identical.js';
import type { Modifier, ModifierFactory } from './modifier.js';
import { ValueSet } from '../values/value-map.js';

type Compare = (left: Value, right: Value) => number;

function wholeNumber(clause: string, value: Value): number {
  if (!isNumber(value) || !isIntegral(value)) {
    fail(
      'BadValue',
      `The value for ${clause} must be an integer value but was given type: ${typeName(value)}`,
    );
  }
  return toNumber(value);
}

function sortDirection(value: Value): number {
  const direction = isNumber(value) ? toNumber(value) : 0;
  if (direction !== 1 && direction !== -1) fail('BadValue', 'The $sort element value must be either 1 or -1');
  return direction;
}

function elementOrder(sort: Value, { collation }: Environment): Compare {
  if (isNumber(sort)) {
    const direction = sortDirection(sort);
    return (left, right) => direction * compareValues(left, right, collation);
  }
  if (!isDoc(sort)) {
    fail('BadValue', 'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} for fields');
  }
  if (sort.size === 0) fail('BadValue', 'The $sort pattern is empty when it should be a set of fields.');
  const keys = [...sort].map(([path, value]) => {
    const parts = splitPath(path);
    if (parts.includes('')) fail('BadValue', `The $sort field is empty or has an empty part: '${path}'`);
    return { parts, direction: sortDirection(value) };
  });
  const part = (element: Value, parts: string[]): Value =>
    (isDoc(element) ? getPath(element, parts) : undefined) ?? null;
  return (left, right) => {
    for (const { parts, direction } of keys) {
      const order = compareValues(part(left, parts), part(right, parts), collation);
      if (order !== 0) return order * direction;
    }
    return 0;
  };
}

const pushClauses = ['$each', '$slice', '$sort', '$position'];

const push: ModifierFactory = (operand, path, environment) => {
  const clauses: Doc = isDoc(operand) && operand.has('$each') ? operand : new Map([['$each', [operand]]]);
  for (const name of clauses.keys()) {
    if (!pushClauses.includes(name)) fail('BadValue', `Unrecognized clause in $push: ${name}`);
  }
  const added = clauses.get('$each') ?? null;
  if (!Array.isArray(added)) {
    fail(
      'BadValue',
      `The argument to $each in $push must be an array but it was of type: ${typeName(added)}`,
    );
  }
  const read = <T>(name: string, parse: (value: Value) => T): T | undefined => {
    const value = clauses.get(name);
    return value === undefined ? undefined : parse(value);
  };
  const slice = read('$slice', (value) => wholeNumber('$slice', value));
  const order = read('$sort', (value) => elementOrder(value, environment));
  const position = read('$position', (value) => wholeNumber('$position', value)) ?? Infinity;

  return {
    change(current = []) {
      if (!Array.isArray(current)) {
        fail('BadValue', `The field '${path}' must be an array but is of type ${typeName(current)}`);
      }
      // A position before the beginning or after the end is the beginning or the end, as it is for slice.
      let next = [...current.slice(0, position), ...added, ...current.slice(position)];
      if (order) next.sort(order);
      if (slice !== undefined) next = slice >= 0 ? next.slice(0, slice) : next.slice(slice);
      // $each of nothing, or a $sort of what is sorted, leaves the array as it is.
      return keepIdentical(current, next);
    },
  };
};

const addToSet: ModifierFactory = (operand, path, { collation }) => {
  let added: Value = [operand];
  if (isDoc(operand) && [...operand.keys()][0] === '$each') {
    added = operand.get('$each') ?? null;
    if (!Array.isArray(added)) {
      fail('TypeMismatch', `The argument to $each in $addToSet must be an array, not ${typeName(added)}`);
    }
    if (operand.size > 1) fail('BadValue', 'Found unexpected fields after $each in $addToSet');
  }
  const wanted = added;
  return {
    change(current) {
      if (current !== undefined && !Array.isArray(current)) {
        fail('BadValue', `Cannot apply $addToSet to non-array field '${path}' of type ${typeName(current)}`);
      }
      const known = new ValueSet(current ?? [], collation);
      const fresh = wanted.filter((value) => known.add(value));
      return current && fresh.length === 0 ? current : [...(current ?? []), ...fresh];
    },
  };
};

const pop: ModifierFactory = (operand, path) => {
  const end = isNumber(operand) ? toNumber(operand) : 0;
  if (end !== 1 && end !== -1) fail('FailedToParse', `$pop expects 1 or -1 for '${path}'`);
  return {
    change(current) {
      if (current === undefined) return current;
      if (!Array.isArray(current)) {
        fail('TypeMismatch', `Path '${path}' contains an element of non-array type '${typeName(current)}'`);
      }
      if (current.length === 0) return current;
      return end === 1 ? current.slice(0, -1) : current.slice(1);
    },
  };
};

function without(unwanted: (element: Value) => boolean, environment: Environment): Modifier {
  return {
    change(current) {
      if (current === undefined) return current;
      if (!Array.isArray(current)) fail('BadValue', 'Cannot apply $pull to a non-array value');
      environment.checkDeadline();
      const rest = current.filter((element) => !unwanted(element));
      return rest.length === current.length ? current : rest;
    },
  };
}

const pullAll: ModifierFactory = (operand, _path, environment) => {
  if (!Array.isArray(operand)) {
    fail('BadValue', `$pullAll requires an array argument but was given a ${typeName(operand)}`);
  }
  const unwanted = new ValueSet(operand, environment.collation);
  return without((element) => unwanted.has(element), environment);
};

/** `{$or: …}`, `{a: 1}` describe a document; `{$gt: 1}`, `{$elemMatch: …}` describe any element. */
const documentOperators = new Set([
  '$and',
  '$or',
  '$nor',
  '$expr',
  '$where',
  '$jsonSchema',
  '$comment',
  '$text',
]);

const pull: ModifierFactory = (operand, _path, environment) => {
  const options = { expressions: false };
  if (!isDoc(operand) && !(operand instanceof BSONRegExp)) {
    return without((element) => equalValues(element, operand, environment.collation), environment);
  }
  const first = isDoc(operand) ? [...operand.keys()][0] : '$regex';
  if (isDoc(operand) && (first === undefined || !first.startsWith('$') || documentOperators.has(first))) {
    const matches = compileMatcher(parseFilter(operand, options), environment);
    return without((element) => isDoc(element) && matches(element), environment);
  }
  const matches = compileMatcher(parseFilter(new Map([['element', operand]]), options), environment);
  return without((element) => matches(new Map([['element', element]])), environment);
};

/** The operators of arrays. */
export const arrayModifiers: readonly (readonly [string, ModifierFactory])[] = [
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pop', pop],
  ['$pull', pull],
  ['$pullAll', pullAll],
];
