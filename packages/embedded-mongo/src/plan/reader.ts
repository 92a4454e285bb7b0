import { decodeDoc } from '../bson/decode.js';
import type { Environment } from '../expression/expression.js';
import type { Filter } from '../query/filter.js';
import type { Sorter } from '../query/sort.js';
import type { RecordId } from '../storage/store.js';
import type { Doc, Value } from '../values/value.js';

/** A question to one collection: what find, update, delete, count, distinct, $match and $lookup have in common. */
export interface Query {
  readonly filter: Filter;
  readonly environment: Environment;
  /** Variables that `$expr` in the filter may name ($lookup's `let`). */
  readonly variables?: ReadonlyMap<string, Value | undefined>;
  readonly sort?: Sorter | undefined;
  /** An index name or key pattern, or `{ $natural: 1 | -1 }`. */
  readonly hint?: string | Doc | undefined;
  /** How many documents will be taken at most; lets a sort keep only so many. */
  readonly limit?: number | undefined;
}

export class FoundDocument {
  #document: Doc | undefined;

  constructor(
    readonly id: RecordId,
    readonly bytes: Uint8Array,
  ) {}

  /** Decoded when somebody looks: most answers are the bytes as they lie there. */
  get document(): Doc {
    return (this.#document ??= decodeDoc(this.bytes));
  }
}
