import type { Filter } from '../query/filter.js';
import type { Collation } from '../values/collation.js';
import type { Doc } from '../values/value.js';

/** Rises with every insert of a collection: the natural order. Fits 48 bits. */
export type RecordId = number;

export interface IndexInfo {
  readonly id: number;
  readonly name: string;
  readonly keys: readonly (readonly [path: string, direction: 1 | -1])[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: { readonly filter: Filter; readonly raw: Doc } | undefined;
  readonly expireAfterSeconds: number | undefined;
  readonly collation: Collation | undefined;
  /** True once a document gave this index more than one entry; such an index cannot give a sort order. */
  readonly multikey: boolean;
  /** As the client wrote it: what listIndexes answers. */
  readonly specification: Doc;
}

export interface CollectionInfo {
  readonly id: number;
  /** `database.collection` */
  readonly namespace: string;
  readonly uuid: Uint8Array;
  readonly options: Doc;
  /** The first is always `_id_`. */
  readonly indexes: readonly IndexInfo[];
  readonly count: number;
}

export interface StoredRecord {
  readonly id: RecordId;
  readonly bytes: Uint8Array;
}

/** One entry of an index: `key` without the record id, comparable with memcmp. */
export interface IndexEntry {
  readonly key: Uint8Array;
  readonly id: RecordId;
}

/** Half-open in key space: `lower` is included, everything that starts with or lies above `upper` is not. */
export interface KeyRange {
  readonly lower: Uint8Array;
  readonly upper: Uint8Array;
}

/**
 * What can be read at any time. Scans answer one chunk, read in one snapshot, and start again after the
 * last entry: a cursor that lives for minutes pins nothing and sees later writes, as MongoDB's do.
 */
export interface StoreReader {
  collection(namespace: string): CollectionInfo | undefined;
  /** All collections of a database, by name. */
  collections(database: string): CollectionInfo[];
  databases(): string[];
  record(collection: CollectionInfo, id: RecordId): Uint8Array | undefined;
  scanRecords(
    collection: CollectionInfo,
    options: { after?: RecordId | undefined; reverse?: boolean; limit: number },
  ): StoredRecord[];
  /** Of a unique index: the record that has this key. */
  recordAt(collection: CollectionInfo, index: IndexInfo, key: Uint8Array): RecordId | undefined;
  scanIndex(
    collection: CollectionInfo,
    index: IndexInfo,
    range: KeyRange,
    options: { after?: IndexEntry | undefined; reverse?: boolean; limit: number },
  ): IndexEntry[];
}

/**
 * What can be done inside `Store.write`. Each call is all or nothing: it checks every unique index before
 * it writes anything, and a refusal (DuplicateKey with `keyPattern` and `keyValue`) leaves no trace.
 */
export interface StoreWriter extends StoreReader {
  createCollection(namespace: string, options: Doc): CollectionInfo;
  dropCollection(namespace: string): void;
  /** Builds the index over what is there; a duplicate among it refuses the index. */
  createIndex(namespace: string, specification: Doc): 'created' | 'exists';
  dropIndex(namespace: string, name: string): void;
  /** `bytes` is the encoded `document`, which has an `_id` as its first field. */
  insert(collection: CollectionInfo, document: Doc, bytes: Uint8Array): RecordId;
  replace(collection: CollectionInfo, id: RecordId, before: Doc, after: Doc, bytes: Uint8Array): void;
  remove(collection: CollectionInfo, id: RecordId, before: Doc): void;
}

export interface Store extends StoreReader {
  readonly dir: string;
  /**
   * Runs `work` in the next group commit, alone among writers, and resolves after the flush to disk.
   * A CommandError thrown by `work` undoes nothing that its earlier writer calls did (commands answer per
   * document); any other error aborts the whole group.
   */
  write<T>(work: (writer: StoreWriter) => T): Promise<T>;
  close(): Promise<void>;
}
