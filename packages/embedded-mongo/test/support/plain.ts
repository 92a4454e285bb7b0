import {
  Binary,
  BSONRegExp,
  type BSONValue,
  type Decimal128,
  type Double,
  type Int32,
  type Long,
} from 'bson';
import { fail } from '../../src/errors.js';
import { isInt32 } from '../../src/values/types.js';
import type { Doc, Value } from '../../src/values/value.js';

/** A document from a JavaScript literal, Fields that are `undefined` are left out. */
export function toDoc(plain: object): Doc {
  const fields: Iterable<[string, unknown]> =
    plain instanceof Map ? (plain as Map<string, unknown>) : Object.entries(plain);
  const doc: Doc = new Map();
  for (const [name, value] of fields) if (value !== undefined) doc.set(name, toValue(value));
  return doc;
}

export function toValue(value: unknown): Value {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
      return value;
    case 'object':
      return value === null ? null : fromObject(value);
    case 'undefined':
      return null;
  }
  return fail('BadValue', `a ${typeof value} has no place in a document`);
}

function fromObject(value: object): Value {
  if (Array.isArray(value)) return value.map(toValue);
  if (value instanceof Date) return value;
  if (value instanceof RegExp) return new BSONRegExp(value.source, value.flags.replace(/[^imsux]/g, ''));
  if (value instanceof Uint8Array) return new Binary(value);
  return '_bsontype' in value ? fromBson(value as BSONValue) : toDoc(value);
}

type Special = Exclude<Extract<Value, { _bsontype: string }>, Double | Decimal128>;

function fromBson(value: BSONValue): Value {
  switch (value._bsontype) {
    case 'Int32':
      return (value as Int32).value;
    case 'Double': {
      const n = (value as Double).value;
      return isInt32(n) ? (value as Double) : n;
    }
    case 'Long':
      return (value as Long).toBigInt();
    case 'DBRef':
    case 'BSONSymbol':
      return fail('BadValue', `a ${value._bsontype} has no place in a document`);
  }
  return value as Special | Decimal128;
}

/** Plain objects instead of maps, for tests; all other values stay what they are. */
export function toPlain(doc: Doc): Record<string, unknown> {
  return Object.fromEntries([...doc].map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: Value): unknown {
  if (value instanceof Map) return toPlain(value);
  return Array.isArray(value) ? value.map(plainValue) : value;
}
