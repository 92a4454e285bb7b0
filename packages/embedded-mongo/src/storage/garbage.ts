import { afterPrefix, garbageKey, garbagePrefix } from './keyspace.js';
import type { KeyValueStore } from './kv.js';

/**
 * What was dropped and is not removed yet. A drop only writes a note, so that it takes no longer for a million
 * documents than for one; the entries go in small steps at the end of later transactions, after a restart too.
 */
export class Garbage {
  #prefixes: Uint8Array[] = [];

  constructor(private readonly kv: KeyValueStore) {
    this.load();
  }

  load(): void {
    const notes = this.kv.keys({ from: garbagePrefix, to: afterPrefix(garbagePrefix) });
    this.#prefixes = notes.map((key) => key.subarray(1));
  }

  get isEmpty(): boolean {
    return this.#prefixes.length === 0;
  }

  add(prefix: Buffer): void {
    this.kv.put(garbageKey(prefix), Buffer.alloc(0));
    this.#prefixes.push(prefix);
  }

  removeSome(limit: number): void {
    let left = limit;
    for (let prefix = this.#prefixes[0]; prefix && left > 0; prefix = this.#prefixes[0]) {
      const keys = this.kv.keys({ from: prefix, to: afterPrefix(prefix), limit: left });
      for (const key of keys) this.kv.remove(key);
      left -= keys.length;
      if (left > 0) {
        this.kv.remove(garbageKey(prefix));
        this.#prefixes.shift();
      }
    }
  }
}
