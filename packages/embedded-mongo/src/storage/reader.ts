import { fail } from '../errors.js';
import type { Catalog } from './catalog.js';
import {
  afterPrefix,
  documentKey,
  documentPrefix,
  keyOfUniqueEntry,
  plainEntryKey,
  readRecordId,
  recordOfDocumentKey,
  splitPlainEntry,
  uniqueEntryKey,
} from './keyspace.js';
import type { KeyBounds, KeyValueStore } from './kv.js';
import type {
  CollectionInfo,
  IndexEntry,
  IndexInfo,
  KeyRange,
  RecordId,
  StoredRecord,
  StoreReader,
} from './store.js';

/** MongoDB's QueryPlanKilled: what a cursor gets whose collection or index was dropped under it. */
const planKilled = 175;
const firstAbove = Buffer.from([0]);

/** Reads what is committed; inside a write transaction, what that has written as well. */
export class LmdbReader implements StoreReader {
  constructor(
    protected readonly kv: KeyValueStore,
    protected readonly catalog: Catalog,
  ) {}

  collection(namespace: string): CollectionInfo | undefined {
    return this.catalog.get(namespace);
  }

  collections(database: string): CollectionInfo[] {
    return [...this.catalog.all()]
      .filter(({ namespace }) => namespace.startsWith(`${database}.`))
      .sort((left, right) => (left.namespace < right.namespace ? -1 : 1));
  }

  databases(): string[] {
    const names = [...this.catalog.all()].map(({ namespace }) => namespace.slice(0, namespace.indexOf('.')));
    return [...new Set(names)].sort();
  }

  record(collection: CollectionInfo, id: RecordId): Uint8Array | undefined {
    return this.catalog.alive(collection) && this.kv.get(documentKey(collection.id, id));
  }

  scanRecords(
    collection: CollectionInfo,
    { after, reverse = false, limit }: { after?: RecordId | undefined; reverse?: boolean; limit: number },
  ): StoredRecord[] {
    this.#requireAlive(collection);
    const prefix = documentPrefix(collection.id);
    let bounds: KeyBounds = { from: prefix, to: afterPrefix(prefix), reverse, limit };
    if (after !== undefined) {
      const last = documentKey(collection.id, after);
      bounds = reverse ? { ...bounds, to: last } : { ...bounds, from: justAbove(last) };
    }
    return this.kv.entries(bounds).map(({ key, value }) => ({ id: recordOfDocumentKey(key), bytes: value }));
  }

  recordAt(collection: CollectionInfo, index: IndexInfo, key: Uint8Array): RecordId | undefined {
    this.#requireIndex(collection, index);
    const holder = this.kv.get(uniqueEntryKey(collection.id, index.id, key));
    return holder && readRecordId(holder);
  }

  scanIndex(
    collection: CollectionInfo,
    index: IndexInfo,
    range: KeyRange,
    { after, reverse = false, limit }: { after?: IndexEntry | undefined; reverse?: boolean; limit: number },
  ): IndexEntry[] {
    this.#requireIndex(collection, index);
    const from = uniqueEntryKey(collection.id, index.id, range.lower);
    const to = uniqueEntryKey(collection.id, index.id, range.upper);
    let bounds: KeyBounds = { from, to, reverse, limit };
    if (after) {
      const last = index.unique
        ? uniqueEntryKey(collection.id, index.id, after.key)
        : plainEntryKey(collection.id, index.id, after.key, after.id);
      bounds = reverse ? { ...bounds, to: last } : { ...bounds, from: justAbove(last) };
    }
    if (Buffer.compare(bounds.from, bounds.to) >= 0) return [];
    return index.unique
      ? this.kv
          .entries(bounds)
          .map(({ key, value }) => ({ key: keyOfUniqueEntry(key), id: readRecordId(value) }))
      : this.kv.keys(bounds).map(splitPlainEntry);
  }

  #requireIndex(collection: CollectionInfo, { id, name }: IndexInfo): void {
    const { indexes } = this.#requireAlive(collection);
    if (!indexes.some((index) => index.id === id)) fail(planKilled, `the index ${name} was dropped`);
  }

  #requireAlive(collection: CollectionInfo): CollectionInfo {
    return (
      this.catalog.alive(collection) ?? fail(planKilled, `the collection ${collection.namespace} was dropped`)
    );
  }
}

function justAbove(key: Uint8Array): Buffer {
  return Buffer.concat([key, firstAbove]);
}
