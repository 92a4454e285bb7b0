import type { Decimal128, Double } from 'bson';
import type { Doc, Value } from './value.js';

export type NumberValue = number | bigint | Double | Decimal128;

interface TypeFacts {
  /** As `$type` names it. */
  readonly alias: string;
  /** The type's number in BSON. */
  readonly number: number;
  /** Its place in the order of types; values of one rank are compared with each other. */
  readonly rank: number;
}

const facts = (alias: string, number: number, rank: number): TypeFacts => ({ alias, number, rank });

const missing = facts('missing', 0, 0);
const nul = facts('null', 10, 5);
const double = facts('double', 1, 10);
const int = facts('int', 16, 10);
const long = facts('long', 18, 10);
const decimal = facts('decimal', 19, 10);
const string = facts('string', 2, 15);
const object = facts('object', 3, 20);
const array = facts('array', 4, 25);
const bool = facts('bool', 8, 40);
const date = facts('date', 9, 45);

const classes = {
  Double: double,
  Decimal128: decimal,
  Binary: facts('binData', 5, 30),
  ObjectId: facts('objectId', 7, 35),
  Timestamp: facts('timestamp', 17, 47),
  BSONRegExp: facts('regex', 11, 50),
  Code: facts('javascript', 13, 60),
  MinKey: facts('minKey', -1, -1),
  MaxKey: facts('maxKey', 127, 127),
};

/** The types that exist on the wire but that we refuse to store: a filter may still ask for them by name. */
const deprecated = { undefined: 6, dbPointer: 12, symbol: 14, javascriptWithScope: 15 };

const numbersByAlias = new Map<string, number>([
  ...[nul, double, int, long, decimal, string, object, array, bool, date, ...Object.values(classes)].map(
    (each) => [each.alias, each.number] as const,
  ),
  ...Object.entries(deprecated),
]);

/** An integer of 32 bits, which a JavaScript number then stands for; -0 can only be a double. */
export function isInt32(n: number): boolean {
  return (n | 0) === n && !Object.is(n, -0);
}

export function typeFacts(v: Value | undefined): TypeFacts {
  switch (typeof v) {
    case 'undefined':
      return missing;
    case 'string':
      return string;
    case 'number':
      return isInt32(v) ? int : double;
    case 'boolean':
      return bool;
    case 'bigint':
      return long;
  }
  if (v === null) return nul;
  if (v instanceof Map) return object;
  if (Array.isArray(v)) return array;
  if (v instanceof Date) return date;
  return classes[v._bsontype];
}

export function isDoc(v: unknown): v is Doc {
  return v instanceof Map;
}

export function isNumber(v: Value | undefined): v is NumberValue {
  if (typeof v === 'number' || typeof v === 'bigint') return true;
  return typeof v === 'object' && typeFacts(v).rank === double.rank;
}

export function typeName(v: Value | undefined): string {
  return typeFacts(v).alias;
}

export function typeNumber(v: Value): number {
  return typeFacts(v).number;
}

/** The BSON number of a `$type` alias; `number`, which stands for four types, is its callers' business. */
export function typeNumberOf(alias: string): number | undefined {
  return numbersByAlias.get(alias);
}
