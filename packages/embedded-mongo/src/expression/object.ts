import { fail } from '../errors.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { isNullish, nullable, operator, type Operator, type OperatorTable } from './operator.js';

const mergeObjects: Operator = operator(0, Infinity, (values, name) => {
  const merged: Doc = new Map();
  for (const value of values) {
    if (isNullish(value)) continue;
    if (!isDoc(value)) fail(40400, `${name} requires object inputs, but input is of type ${typeName(value)}`);
    for (const [field, content] of value) merged.set(field, content);
  }
  return merged;
});

const objectToArray: Operator = nullable(1, 1, ([value], name) => {
  if (!isDoc(value)) fail(40390, `${name} requires a document input, found: ${typeName(value)}`);
  return [...value].map(([key, content]) => pairOf(key, content));
});

function pairOf(key: string, value: Value): Doc {
  return new Map<string, Value>([
    ['k', key],
    ['v', value],
  ]);
}

const arrayToObject: Operator = nullable(1, 1, ([list], name) => {
  if (!Array.isArray(list)) fail(40386, `${name} requires an array input, found: ${typeName(list)}`);
  const result: Doc = new Map();
  const ofPairs = Array.isArray(list[0]);
  for (const element of list) {
    const [key, value] = ofPairs
      ? fromPair(element, name)
      : fromKeyAndValue(element, name, element === list[0]);
    if (key.includes('\0')) fail(4940400, `Key field cannot contain an embedded null byte in ${name}`);
    result.set(key, value);
  }
  return result;
});

function fromPair(element: Value, name: string): [string, Value] {
  if (!Array.isArray(element))
    fail(40396, `${name} requires a consistent input format. Elements must all be arrays`);
  const [key, value = null] = element;
  if (element.length !== 2)
    fail(40397, `${name} requires an array of size 2 arrays, found size ${element.length}`);
  if (typeof key !== 'string')
    fail(40395, `${name} requires an array of key-value pairs, found key: ${typeName(key)}`);
  return [key, value];
}

function fromKeyAndValue(element: Value, name: string, isFirst: boolean): [string, Value] {
  if (!isDoc(element)) {
    if (isFirst) fail(40398, `Unrecognised input type format for ${name}: ${typeName(element)}`);
    fail(40391, `${name} requires a consistent input format. Elements must all be objects`);
  }
  const key = element.get('k');
  const value = element.get('v');
  if (element.size !== 2)
    fail(40392, `${name} requires an object keys of 'k' and 'v', found ${element.size} keys`);
  if (key === undefined || value === undefined)
    fail(40393, `${name} requires an object with keys 'k' and 'v'`);
  if (typeof key !== 'string')
    fail(40394, `${name} requires the key 'k' to be of type string, found ${typeName(key)}`);
  return [key, value];
}

export const objectOperators: OperatorTable = {
  $mergeObjects: mergeObjects,
  $objectToArray: objectToArray,
  $arrayToObject: arrayToObject,
};
