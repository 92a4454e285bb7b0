import { Binary } from 'bson';
import { decodeDoc } from '../bson/decode.js';
import { encodeDoc } from '../bson/encode.js';
import { binaryBytes } from '../values/compare.js';
import type { Doc, Value } from '../values/value.js';
import { parseIndex, type ParsedIndex, type StoredIndex } from './index-spec.js';
import {
  afterPrefix,
  catalogKey,
  catalogPrefix,
  collectionIdsKey,
  counterKey,
  counterValue,
  readRecordId,
} from './keyspace.js';
import type { KeyValueStore } from './kv.js';
import type { CollectionInfo } from './store.js';

/** One collection in memory. What readers get is this very object: `count` and `indexes` follow the writes. */
export interface StoredCollection extends CollectionInfo {
  indexes: readonly StoredIndex[];
  count: number;
  lastRecord: number;
  lastIndex: number;
}

/**
 * The collections, read once at opening. Writes change them in memory and remember what to store at the end of
 * the transaction; when that is undone, `load` brings back what is on disk.
 */
export class Catalog {
  readonly #collections = new Map<string, StoredCollection>();
  readonly #changed = new Set<StoredCollection>();
  readonly #counted = new Set<StoredCollection>();
  #lastCollection = 0;

  constructor(private readonly kv: KeyValueStore) {
    this.load();
  }

  load(): void {
    this.#collections.clear();
    this.#changed.clear();
    this.#counted.clear();
    this.#lastCollection = counters(this.kv.get(collectionIdsKey)).lastRecord;
    for (const { key, value } of this.kv.entries({ from: catalogPrefix, to: afterPrefix(catalogPrefix) })) {
      const namespace = Buffer.from(key.subarray(1)).toString();
      const collection = decodeCollection(namespace, decodeDoc(value));
      Object.assign(collection, counters(this.kv.get(counterKey(collection.id))));
      this.#collections.set(namespace, collection);
    }
  }

  get(namespace: string): StoredCollection | undefined {
    return this.#collections.get(namespace);
  }

  all(): Iterable<StoredCollection> {
    return this.#collections.values();
  }

  /** The live collection behind what a caller holds, which may have been dropped (and made anew) since. */
  alive(held: CollectionInfo): StoredCollection | undefined {
    const collection = this.#collections.get(held.namespace);
    return collection?.id === held.id ? collection : undefined;
  }

  add(namespace: string, uuid: Uint8Array, options: Doc): StoredCollection {
    const id = ++this.#lastCollection;
    this.kv.put(collectionIdsKey, counterValue(id, 0));
    const collection: StoredCollection = {
      id,
      namespace,
      uuid,
      options,
      indexes: [],
      count: 0,
      lastRecord: 0,
      lastIndex: 0,
    };
    this.#collections.set(namespace, collection);
    this.changed(collection);
    this.counted(collection);
    return collection;
  }

  remove(collection: StoredCollection): void {
    this.#collections.delete(collection.namespace);
    this.#changed.delete(collection);
    this.#counted.delete(collection);
    this.kv.remove(catalogKey(collection.namespace));
    this.kv.remove(counterKey(collection.id));
  }

  addIndex(collection: StoredCollection, parsed: ParsedIndex): StoredIndex {
    const index: StoredIndex = { ...parsed, id: ++collection.lastIndex, multikey: false };
    collection.indexes = [...collection.indexes, index];
    this.changed(collection);
    return index;
  }

  changed(collection: StoredCollection): void {
    this.#changed.add(collection);
  }

  counted(collection: StoredCollection): void {
    this.#counted.add(collection);
  }

  /** Stores what this transaction changed; the last thing that it does. */
  flush(): void {
    for (const collection of this.#changed) {
      this.kv.put(catalogKey(collection.namespace), encodeDoc(encodeCollection(collection)));
    }
    for (const { id, lastRecord, count } of this.#counted) {
      this.kv.put(counterKey(id), counterValue(lastRecord, count));
    }
    this.#changed.clear();
    this.#counted.clear();
  }
}

function counters(value: Uint8Array | undefined): { lastRecord: number; count: number } {
  return value === undefined
    ? { lastRecord: 0, count: 0 }
    : { lastRecord: readRecordId(value), count: readRecordId(value, 6) };
}

function encodeCollection(collection: StoredCollection): Doc {
  const indexes = collection.indexes.map(
    (index): Value =>
      new Map<string, Value>([
        ['id', index.id],
        ['multikey', index.multikey],
        ['specification', index.specification],
      ]),
  );
  return new Map<string, Value>([
    ['id', collection.id],
    ['uuid', new Binary(collection.uuid, Binary.SUBTYPE_UUID)],
    ['options', collection.options],
    ['lastIndex', collection.lastIndex],
    ['indexes', indexes],
  ]);
}

function decodeCollection(namespace: string, stored: Doc): StoredCollection {
  const uuid = stored.get('uuid');
  const indexes = stored.get('indexes');
  if (!(uuid instanceof Binary) || !Array.isArray(indexes)) throw damaged(namespace);
  return {
    id: Number(stored.get('id')),
    namespace,
    uuid: binaryBytes(uuid),
    options: document(namespace, stored.get('options')),
    lastIndex: Number(stored.get('lastIndex')),
    indexes: indexes.map((entry) => {
      const index = document(namespace, entry);
      return {
        ...parseIndex(document(namespace, index.get('specification'))),
        id: Number(index.get('id')),
        multikey: index.get('multikey') === true,
      };
    }),
    count: 0,
    lastRecord: 0,
  };
}

function document(namespace: string, value: Value | undefined): Doc {
  if (!(value instanceof Map)) throw damaged(namespace);
  return value;
}

function damaged(namespace: string): Error {
  return new Error(`the catalog entry of ${namespace} is damaged`);
}
