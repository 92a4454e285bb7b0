interface Entry {
  readonly hash: number;
  readonly bytes: Buffer;
  readonly name: string;
}

const slots = 4096;
const longestKept = 64;
const entries: (Entry | undefined)[] = new Array<Entry | undefined>(slots);

/**
 * Documents of a collection repeat their field names: known ones are not decoded again. One slot for each
 * hash, so that names chosen by a client can never make it grow.
 */
export const nameCache = {
  find(bytes: Buffer, start: number, end: number, hash: number): string | undefined {
    const entry = entries[hash & (slots - 1)];
    if (entry === undefined || entry.hash !== hash || entry.bytes.length !== end - start) return undefined;
    for (let i = 0; i < entry.bytes.length; i++) {
      if (entry.bytes[i] !== bytes[start + i]) return undefined;
    }
    return entry.name;
  },

  keep(bytes: Buffer, start: number, end: number, hash: number, name: string): string {
    if (end - start <= longestKept) {
      entries[hash & (slots - 1)] = { hash, bytes: Buffer.from(bytes.subarray(start, end)), name };
    }
    return name;
  },
};
