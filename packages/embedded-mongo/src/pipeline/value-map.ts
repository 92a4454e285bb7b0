import type { Collation } from '../values/collation.js';
import { equalValues } from '../values/compare.js';
import { encodeKeyPart } from '../values/keys.js';
import type { Value } from '../values/value.js';

/** A map by value, as MongoDB compares: 1 and 1.0 are one key, { a, b } and { b, a } are two. */
export class ValueMap<T> {
  readonly #buckets = new Map<string, { readonly key: Value; value: T }[]>();

  constructor(private readonly collation: Collation | undefined) {}

  get(key: Value): T | undefined {
    return this.#find(this.#bucketOf(key), key)?.value;
  }

  set(key: Value, value: T): void {
    const name = this.#bucketOf(key);
    const found = this.#find(name, key);
    if (found) found.value = value;
    else this.#buckets.set(name, [...(this.#buckets.get(name) ?? []), { key, value }]);
  }

  *entries(): Generator<{ readonly key: Value; readonly value: T }> {
    for (const bucket of this.#buckets.values()) yield* bucket;
  }

  #bucketOf(key: Value): string {
    return encodeKeyPart(key, 1, this.collation).toString('latin1');
  }

  /** Long values share their encoding with others, so the last word is a comparison. */
  #find(bucket: string, key: Value): { readonly key: Value; value: T } | undefined {
    return this.#buckets.get(bucket)?.find((entry) => equalValues(entry.key, key, this.collation));
  }
}
