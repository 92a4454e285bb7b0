import type { Collation } from './collation.js';
import { equalValues } from './compare.js';
import { encodeKeyPart } from './keys.js';
import type { Value } from './value.js';

/** A map by value, as MongoDB compares: 1 and 1.0 are one key, { a, b } and { b, a } are two. */
export class ValueMap<T> {
  readonly #buckets = new Map<string, { readonly key: Value; readonly value: T }[]>();

  constructor(private readonly collation: Collation | undefined) {}

  get(key: Value): T | undefined {
    return this.#bucketOf(key).find((entry) => equalValues(entry.key, key, this.collation))?.value;
  }

  /** For a key that is not there yet. */
  add(key: Value, value: T): void {
    this.#bucketOf(key).push({ key, value });
  }

  *entries(): Generator<{ readonly key: Value; readonly value: T }> {
    for (const bucket of this.#buckets.values()) yield* bucket;
  }

  /** Long values share their encoding with others, so the last word is a comparison. */
  #bucketOf(key: Value): { readonly key: Value; readonly value: T }[] {
    const name = encodeKeyPart(key, 1, this.collation).toString('latin1');
    let bucket = this.#buckets.get(name);
    if (!bucket) this.#buckets.set(name, (bucket = []));
    return bucket;
  }
}

export class ValueSet {
  readonly #values: ValueMap<true>;

  constructor(values: Iterable<Value>, collation: Collation | undefined) {
    this.#values = new ValueMap(collation);
    for (const value of values) this.add(value);
  }

  has(value: Value): boolean {
    return this.#values.get(value) !== undefined;
  }

  /** Answers whether it was new. */
  add(value: Value): boolean {
    if (this.has(value)) return false;
    this.#values.add(value, true);
    return true;
  }
}
