import { indexKeys } from '../values/keys.js';
import type { Doc } from '../values/value.js';
import type { Catalog, StoredCollection } from './catalog.js';
import { duplicateKey } from './duplicate.js';
import type { StoredIndex } from './index-spec.js';
import { plainEntryKey, readRecordId, recordIdBytes, uniqueEntryKey } from './keyspace.js';
import type { KeyValueStore } from './kv.js';
import type { RecordId } from './store.js';

const nothing = Buffer.alloc(0);

interface IndexChange {
  readonly index: StoredIndex;
  readonly removed: readonly Buffer[];
  readonly added: readonly Buffer[];
  readonly multikey: boolean;
}

/** Keeps the entries of all indexes of a collection in step with its documents. */
export class EntryWriter {
  constructor(
    private readonly kv: KeyValueStore,
    private readonly catalog: Catalog,
  ) {}

  /** Works out what changes and refuses what a unique index refuses; writes nothing. */
  plan(
    collection: StoredCollection,
    before: Doc | undefined,
    after: Doc | undefined,
    id: RecordId | undefined,
  ): IndexChange[] {
    const changes: IndexChange[] = [];
    for (const index of collection.indexes) {
      if (before && after && untouched(index, before, after)) continue;
      const old = before ? documentKeys(index, before).keys : [];
      const { keys, multikey } = after ? documentKeys(index, after) : { keys: [], multikey: false };
      const added = without(keys, old);
      if (index.unique && after) this.#refuseDuplicates(collection, index, after, added, id);
      changes.push({ index, removed: without(old, keys), added, multikey });
    }
    return changes;
  }

  apply(collection: StoredCollection, changes: readonly IndexChange[], id: RecordId): void {
    for (const { index, removed, added, multikey } of changes) {
      for (const key of removed) this.kv.remove(entryKey(collection, index, key, id));
      const value = index.unique ? recordIdBytes(id) : nothing;
      for (const key of added) this.kv.put(entryKey(collection, index, key, id), value);
      if (multikey && !index.multikey) this.#markMultikey(collection, index.id);
    }
  }

  /** For an index build: the entries of one document that is already there. */
  addOne(collection: StoredCollection, indexId: number, document: Doc, id: RecordId): void {
    const index = collection.indexes.find((candidate) => candidate.id === indexId);
    if (!index) return;
    const { keys, multikey } = documentKeys(index, document);
    if (index.unique) this.#refuseDuplicates(collection, index, document, keys, id);
    this.apply(collection, [{ index, removed: [], added: keys, multikey }], id);
  }

  /**
   * A long value is in the key as its beginning and 160 bits of its SHA-256, so two different ones would have to
   * collide there to count as equal: nobody can bring that about.
   */
  #refuseDuplicates(
    collection: StoredCollection,
    index: StoredIndex,
    document: Doc,
    keys: readonly Buffer[],
    id: RecordId | undefined,
  ): void {
    for (const key of keys) {
      const holder = this.kv.get(uniqueEntryKey(collection.id, index.id, key));
      if (holder && readRecordId(holder) !== id)
        throw duplicateKey(collection.namespace, index, document, key);
    }
  }

  #markMultikey(collection: StoredCollection, indexId: number): void {
    collection.indexes = collection.indexes.map((index) =>
      index.id === indexId ? { ...index, multikey: true } : index,
    );
    this.catalog.changed(collection);
  }
}

function entryKey(collection: StoredCollection, index: StoredIndex, key: Buffer, id: RecordId): Buffer {
  return index.unique
    ? uniqueEntryKey(collection.id, index.id, key)
    : plainEntryKey(collection.id, index.id, key, id);
}

/** The keys under which an index holds a document; none when the partial filter leaves it out. */
export function documentKeys(index: StoredIndex, document: Doc): { keys: Buffer[]; multikey: boolean } {
  return index.covers(document) ? indexKeys(document, index) : { keys: [], multikey: false };
}

/** True when no field that the index reads is another value than before: most updates touch few indexes. */
function untouched(index: StoredIndex, before: Doc, after: Doc): boolean {
  if (index.partial) return false;
  return index.keys.every(([path]) => {
    const dot = path.indexOf('.');
    const field = dot < 0 ? path : path.slice(0, dot);
    return before.get(field) === after.get(field);
  });
}

function without(keys: readonly Buffer[], others: readonly Buffer[]): readonly Buffer[] {
  if (keys.length === 0 || others.length === 0) return keys;
  const excluded = new Set(others.map((key) => key.toString('latin1')));
  return keys.filter((key) => !excluded.has(key.toString('latin1')));
}
