import type { Document } from 'bson';

/**
 * One fact about MongoDB: documents, an operation, and what MongoDB answers according to its documentation.
 * Plain JavaScript numbers are int32 when they are such integers and double otherwise; write `new Double(1)`,
 * `1n` (int64) and `Decimal128` where the type matters: results are compared with their types.
 */
export interface ConformanceCase {
  /** A sentence, unique in its file. */
  name: string;
  /** Inserted in this order before the operation. */
  documents?: Document[];
  indexes?: { key: Document; [option: string]: unknown }[];
  /** Collections beside the first one, by name, for $lookup and $unionWith. */
  others?: Record<string, Document[]>;
  run: Operation;
  expect: Expectation;
}

export type Operation =
  | {
      find: Document;
      projection?: Document;
      sort?: Document;
      skip?: number;
      limit?: number;
      collation?: Document;
      hint?: Document | string;
    }
  | {
      /** `update` with `filter`: the expectation speaks of the whole collection afterwards, ordered by `_id`. */
      update: Document | Document[];
      filter: Document;
      many?: boolean;
      upsert?: boolean;
      arrayFilters?: Document[];
      collation?: Document;
    }
  | { aggregate: Document[]; collation?: Document }
  /** Sent as it is; the value `'$collection'` stands for the name of the collection under test. */
  | { command: Document };

export type Expectation =
  | { documents: Document[]; anyOrder?: boolean; matched?: number; modified?: number; upsertedId?: unknown }
  /** The reply holds at least these fields. */
  | { reply: Document }
  /** The code of the error that the operation is refused with. */
  | { error: number };
