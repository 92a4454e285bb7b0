import { Binary, BSONRegExp, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { CommandError } from '../errors.js';
import { encodeKey } from '../values/keys.js';
import { indexValues, splitPath } from '../values/paths.js';
import type { Doc, Value } from '../values/value.js';
import type { IndexInfo } from './store.js';

/** How many combinations of array elements are tried to find out which one collided. */
const combinationLimit = 10_000;

/** MongoDB's words and fields, by which drivers, mongoose and applications recognise a duplicate. */
export function duplicateKey(
  namespace: string,
  index: IndexInfo,
  document: Doc,
  key: Uint8Array,
): CommandError {
  const values = collidingValues(index, document, key);
  const keyValue: Doc = new Map();
  index.keys.forEach(([path], position) => {
    const value = values[position];
    keyValue.set(path, value === undefined ? [] : value);
  });
  return new CommandError(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: ${show(keyValue)}`,
    { keyPattern: index.specification.get('key'), keyValue },
  );
}

/** Of an array, the element that collided. `undefined` stands for an empty array. */
function collidingValues(index: IndexInfo, document: Doc, key: Uint8Array): (Value | undefined)[] {
  const directions = index.keys.map(([, direction]) => direction);
  let tried = 0;
  const search = (chosen: (Value | undefined)[]): (Value | undefined)[] | undefined => {
    const next = index.keys[chosen.length];
    if (!next) {
      tried++;
      return encodeKey(chosen, directions, index.collation).equals(key) ? chosen : undefined;
    }
    for (const value of indexValues(document, splitPath(next[0]))) {
      const found = search([...chosen, value]);
      if (found) return found;
      if (tried >= combinationLimit) return undefined;
    }
    return undefined;
  };
  return search([]) ?? index.keys.map(([path]) => indexValues(document, splitPath(path))[0]);
}

/** As MongoDB writes values into its messages. */
function show(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Map) {
    const fields = [...value].map(([name, inner]) => `${name}: ${show(inner)}`);
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(show).join(', ')} ]`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Binary) return `BinData(${value.sub_type}, ${value.toString('hex').toUpperCase()})`;
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  if (value instanceof Double) return showDouble(value.value);
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof Timestamp) return `Timestamp(${value.t}, ${value.i})`;
  if (value instanceof MinKey) return 'MinKey';
  if (value instanceof MaxKey) return 'MaxKey';
  if (value instanceof Code) return value.code.toString();
  return String(value);
}

function showDouble(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
