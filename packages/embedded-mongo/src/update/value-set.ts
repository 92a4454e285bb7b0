import type { Collation } from '../values/collation.js';
import { equalValues } from '../values/compare.js';
import { encodeKeyPart } from '../values/keys.js';
import type { Value } from '../values/value.js';

/** A set under MongoDB's equality (1 is 1.0). Keys find candidates, so that big arrays stay linear. */
export class ValueSet {
  readonly #byKey = new Map<string, Value[]>();

  constructor(
    values: Iterable<Value>,
    readonly collation: Collation | undefined,
  ) {
    for (const value of values) this.add(value);
  }

  has(value: Value): boolean {
    return this.#find(value).some((other) => equalValues(other, value, this.collation));
  }

  /** Answers whether it was new. */
  add(value: Value): boolean {
    if (this.has(value)) return false;
    this.#find(value).push(value);
    return true;
  }

  #find(value: Value): Value[] {
    const key = encodeKeyPart(value, 1, this.collation).toString('latin1');
    let same = this.#byKey.get(key);
    if (!same) this.#byKey.set(key, (same = []));
    return same;
  }
}
