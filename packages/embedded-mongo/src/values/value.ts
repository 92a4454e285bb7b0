import type { Binary, BSONRegExp, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';

/**
 * A document keeps the order of its fields, whatever their names: a plain object would move integer-like
 * names to the front, and `__proto__` would not be a field at all.
 */
export type Doc = Map<string, Value>;

/**
 * One BSON value. The number types stay apart, because MongoDB keeps them apart:
 *
 * | BSON   | here |
 * |--------|------|
 * | int32  | a `number` that is an integer of 32 bits (never -0) |
 * | double | any other `number`; a double that looks like an int32 is a `Double` |
 * | int64  | `bigint` |
 * | decimal| `Decimal128` |
 *
 * A missing field is `undefined`, never a value: functions that can meet one say `Value | undefined`.
 * The deprecated types (undefined, DBPointer, symbol, code with scope) are refused when they are decoded.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Double
  | Decimal128
  | Date
  | ObjectId
  | Binary
  | Timestamp
  | BSONRegExp
  | Code
  | MinKey
  | MaxKey
  | Value[]
  | Doc;
