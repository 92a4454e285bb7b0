import type { BSONRegExp } from 'bson';
import type { Expression } from '../expression/expression.js';
import type { Value } from '../values/value.js';

/** A parsed filter. The matcher tests documents against it, the planner reads index bounds out of it. */
export type Filter =
  | { kind: 'and' | 'or' | 'nor'; parts: Filter[] }
  | { kind: 'always' | 'never' }
  | { kind: 'expr'; expression: Expression }
  | { kind: 'field'; path: string; test: FieldTest };

/** A test of what lies at a dotted path, arrays on the way included as MongoDB includes them. */
export type FieldTest =
  | { op: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'; value: Value }
  | { op: 'in' | 'nin'; values: Value[]; patterns?: Pattern[] }
  | { op: 'exists'; exists: boolean }
  | { op: 'type'; types: number[] }
  | ({ op: 'regex' } & Pattern)
  | { op: 'mod'; divisor: bigint; remainder: bigint }
  | { op: 'size'; size: number }
  | { op: 'all'; tests: FieldTest[] }
  | { op: 'elemMatchObject'; filter: Filter }
  | { op: 'elemMatchValue'; tests: FieldTest[] }
  | { op: 'not'; tests: FieldTest[] };

/** A compiled regular expression, and what the client wrote: a stored regular expression equal to it matches too. */
export interface Pattern {
  regex: RegExp;
  source: BSONRegExp;
}
