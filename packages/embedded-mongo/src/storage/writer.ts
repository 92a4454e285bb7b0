import { randomBytes } from 'node:crypto';
import { decodeDoc } from '../bson/decode.js';
import { fail } from '../errors.js';
import type { Doc } from '../values/value.js';
import type { Catalog, StoredCollection } from './catalog.js';
import type { Garbage } from './garbage.js';
import { EntryWriter } from './index-entries.js';
import { compareWithExisting, parseIndex, type StoredIndex } from './index-spec.js';
import { documentKey, documentPrefix, entryPrefix } from './keyspace.js';
import type { KeyValueStore } from './kv.js';
import { LmdbReader } from './reader.js';
import type { CollectionInfo, RecordId, StoreWriter } from './store.js';

const namespaceLimit = 255;
const indexLimit = 64;
/** Index ids are two bytes and never given twice within a collection. */
const lastIndexId = 0xffff;
/** How many documents an index build holds in memory. */
const buildChunk = 256;

/** Writes inside the transaction of a group. Every method checks all that can be refused before it writes. */
export class LmdbWriter extends LmdbReader implements StoreWriter {
  readonly #entries: EntryWriter;

  constructor(
    kv: KeyValueStore,
    catalog: Catalog,
    private readonly garbage: Garbage,
  ) {
    super(kv, catalog);
    this.#entries = new EntryWriter(kv, catalog);
  }

  createCollection(namespace: string, options: Doc): CollectionInfo {
    const dot = namespace.indexOf('.');
    if (dot < 1 || dot === namespace.length - 1 || namespace.includes('\0')) {
      fail('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
    }
    if (Buffer.byteLength(namespace) > namespaceLimit) {
      fail('InvalidNamespace', `Fully qualified namespace is too long (over ${namespaceLimit} bytes)`);
    }
    if (this.catalog.get(namespace)) {
      fail('NamespaceExists', `Collection already exists. NS: ${namespace}`);
    }
    const idIndex = parseIndex(new Map([['key', new Map([['_id', 1]])]]));
    const collection = this.catalog.add(namespace, randomUuid(), options);
    this.catalog.addIndex(collection, idIndex);
    return collection;
  }

  dropCollection(namespace: string): void {
    const collection = this.#named(namespace);
    this.catalog.remove(collection);
    this.garbage.add(documentPrefix(collection.id));
    for (const { id } of collection.indexes) this.garbage.add(entryPrefix(collection.id, id));
  }

  createIndex(namespace: string, specification: Doc): 'created' | 'exists' {
    const collection = this.#named(namespace);
    const wanted = parseIndex(specification);
    const same = collection.indexes.map((existing) => compareWithExisting(wanted, existing)).includes('same');
    if (same) return 'exists';
    if (collection.indexes.length >= indexLimit || collection.lastIndex >= lastIndexId) {
      fail('CannotCreateIndex', `too many indexes for ${namespace}, at most ${indexLimit} are kept`);
    }
    const index = this.catalog.addIndex(collection, wanted);
    try {
      this.#build(collection, index);
    } catch (error) {
      this.#forget(collection, index.id);
      throw error;
    }
    return 'created';
  }

  dropIndex(namespace: string, name: string): void {
    const collection = this.#named(namespace);
    const index = collection.indexes.find((candidate) => candidate.name === name);
    if (!index) return fail('IndexNotFound', `index not found with name [${name}]`);
    if (name === '_id_') fail('InvalidOptions', 'cannot drop _id index');
    this.#forget(collection, index.id);
  }

  insert(held: CollectionInfo, document: Doc, bytes: Uint8Array): RecordId {
    const collection = this.#held(held);
    const change = this.#entries.plan(collection, undefined, document, undefined);
    const id = ++collection.lastRecord;
    this.kv.put(documentKey(collection.id, id), asBuffer(bytes));
    this.#entries.apply(collection, change, id);
    collection.count++;
    this.catalog.counted(collection);
    return id;
  }

  replace(held: CollectionInfo, id: RecordId, before: Doc, after: Doc, bytes: Uint8Array): void {
    const collection = this.#held(held);
    const change = this.#entries.plan(collection, before, after, id);
    this.kv.put(documentKey(collection.id, id), asBuffer(bytes));
    this.#entries.apply(collection, change, id);
  }

  remove(held: CollectionInfo, id: RecordId, before: Doc): void {
    const collection = this.#held(held);
    const change = this.#entries.plan(collection, before, undefined, id);
    this.kv.remove(documentKey(collection.id, id));
    this.#entries.apply(collection, change, id);
    collection.count--;
    this.catalog.counted(collection);
  }

  #build(collection: StoredCollection, index: StoredIndex): void {
    let after: RecordId | undefined;
    for (;;) {
      const chunk = this.scanRecords(collection, { after, limit: buildChunk });
      for (const { id, bytes } of chunk) this.#entries.addOne(collection, index.id, decodeDoc(bytes), id);
      after = chunk.at(-1)?.id;
      if (chunk.length < buildChunk) return;
    }
  }

  #forget(collection: StoredCollection, index: number): void {
    collection.indexes = collection.indexes.filter(({ id }) => id !== index);
    this.catalog.changed(collection);
    this.garbage.add(entryPrefix(collection.id, index));
  }

  #named(namespace: string): StoredCollection {
    return this.catalog.get(namespace) ?? fail('NamespaceNotFound', `ns not found: ${namespace}`);
  }

  #held(held: CollectionInfo): StoredCollection {
    return (
      this.catalog.alive(held) ?? fail('NamespaceNotFound', `ns not found: ${held.namespace} was dropped`)
    );
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A version 4 UUID as bytes. */
function randomUuid(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}
