import { decodeDoc } from '../../src/bson/decode.js';
import { documentKeys } from '../../src/storage/index-entries.js';
import type { StoredIndex } from '../../src/storage/index-spec.js';
import type { CollectionInfo, IndexEntry, RecordId, StoreReader } from '../../src/storage/store.js';

const chunk = 256;
const everything = { lower: Buffer.alloc(0), upper: Buffer.from([0xff]) };

/**
 * Compares every index with what its documents say, in both directions, and the counter with the
 * documents. Answers a sentence for everything that is wrong.
 */
export function rebuildCheck(store: StoreReader, namespace: string): string[] {
  const collection = store.collection(namespace);
  if (!collection) return [];
  const problems: string[] = [];
  const expected = new Map(collection.indexes.map((index) => [index.id, new Set<string>()]));
  let count = 0;
  for (const { id, bytes } of records(store, collection)) {
    count++;
    for (const index of collection.indexes as readonly StoredIndex[]) {
      const { keys, multikey } = documentKeys(index, decodeDoc(bytes));
      for (const key of keys) expected.get(index.id)?.add(entryText(key, id));
      if (multikey && !index.multikey) problems.push(`${index.name} holds record ${id} but is not multikey`);
    }
  }
  if (count !== collection.count) problems.push(`the counter says ${collection.count}, there are ${count}`);
  for (const index of collection.indexes) {
    const missing = expected.get(index.id) ?? new Set();
    for (const { key, id } of entries(store, collection, index.id)) {
      if (!missing.delete(entryText(key, id)))
        problems.push(`${index.name} has a stray entry of record ${id}`);
    }
    if (missing.size > 0) problems.push(`${index.name} lacks ${missing.size} entries`);
  }
  return problems;
}

function entryText(key: Uint8Array, id: RecordId): string {
  return `${Buffer.from(key).toString('hex')} ${id}`;
}

function* records(store: StoreReader, collection: CollectionInfo) {
  for (let after: RecordId | undefined; ;) {
    const found = store.scanRecords(collection, { after, limit: chunk });
    yield* found;
    if (found.length < chunk) return;
    after = found.at(-1)?.id;
  }
}

function* entries(store: StoreReader, collection: CollectionInfo, indexId: number) {
  const index = collection.indexes.find(({ id }) => id === indexId);
  if (!index) return;
  for (let after: IndexEntry | undefined; ;) {
    const found = store.scanIndex(collection, index, everything, { after, limit: chunk });
    yield* found;
    if (found.length < chunk) return;
    after = found.at(-1);
  }
}
