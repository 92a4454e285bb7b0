import type { RecordId } from './store.js';

/**
 * One ordered key space, told apart by the first byte:
 *
 * | key | value |
 * |-----|-------|
 * | 00 `meta` | format number and who owns the folder |
 * | 01 namespace | the collection: options, indexes |
 * | 02 collection:u32 record:u48 | a document, its BSON bytes |
 * | 03 collection:u32 index:u16 key record:u48 | nothing; of a unique index the record is the value, not in the key |
 * | 04 collection:u32 | last record:u48 count:u48; of collection 0: the last collection id |
 * | 05 prefix | nothing; everything that starts with this prefix was dropped and waits to be removed |
 */
const space = { meta: 0, catalog: 1, documents: 2, entries: 3, counters: 4, garbage: 5 } as const;

const documentPrefixLength = 5;
const entryPrefixLength = 7;
const recordIdLength = 6;

export const metaKey = Buffer.from([space.meta, ...Buffer.from('meta')]);
export const catalogPrefix = Buffer.from([space.catalog]);
export const garbagePrefix = Buffer.from([space.garbage]);
/** Holds the last collection id, so that an id is never given twice. */
export const collectionIdsKey = counterKey(0);

export function catalogKey(namespace: string): Buffer {
  return Buffer.concat([catalogPrefix, Buffer.from(namespace)]);
}

export function garbageKey(prefix: Uint8Array): Buffer {
  return Buffer.concat([garbagePrefix, prefix]);
}

export function counterKey(collection: number): Buffer {
  const key = Buffer.alloc(5);
  key[0] = space.counters;
  key.writeUInt32BE(collection, 1);
  return key;
}

export function documentPrefix(collection: number): Buffer {
  const key = counterKey(collection);
  key[0] = space.documents;
  return key;
}

export function documentKey(collection: number, id: RecordId): Buffer {
  const key = Buffer.allocUnsafe(documentPrefixLength + recordIdLength);
  key[0] = space.documents;
  key.writeUInt32BE(collection, 1);
  key.writeUIntBE(id, documentPrefixLength, recordIdLength);
  return key;
}

export function recordOfDocumentKey(key: Uint8Array): RecordId {
  return readRecordId(key, documentPrefixLength);
}

export function entryPrefix(collection: number, index: number): Buffer {
  return entryKey(collection, index, 0);
}

/** Of an index that is unique. */
export function uniqueEntryKey(collection: number, index: number, key: Uint8Array): Buffer {
  const whole = entryKey(collection, index, key.length);
  whole.set(key, entryPrefixLength);
  return whole;
}

/** Of an index that is not. */
export function plainEntryKey(collection: number, index: number, key: Uint8Array, id: RecordId): Buffer {
  const whole = entryKey(collection, index, key.length + recordIdLength);
  whole.set(key, entryPrefixLength);
  whole.writeUIntBE(id, entryPrefixLength + key.length, recordIdLength);
  return whole;
}

function entryKey(collection: number, index: number, room: number): Buffer {
  const key = Buffer.allocUnsafe(entryPrefixLength + room);
  key[0] = space.entries;
  key.writeUInt32BE(collection, 1);
  key.writeUInt16BE(index, 5);
  return key;
}

/** The index key and, of an index that is not unique, the record inside an entry's key. */
export function splitPlainEntry(key: Uint8Array): { key: Uint8Array; id: RecordId } {
  const end = key.length - recordIdLength;
  return { key: key.subarray(entryPrefixLength, end), id: readRecordId(key, end) };
}

export function keyOfUniqueEntry(key: Uint8Array): Uint8Array {
  return key.subarray(entryPrefixLength);
}

export function recordIdBytes(id: RecordId): Buffer {
  const bytes = Buffer.allocUnsafe(recordIdLength);
  bytes.writeUIntBE(id, 0, recordIdLength);
  return bytes;
}

export function readRecordId(bytes: Uint8Array, offset = 0): RecordId {
  let id = 0;
  for (let at = offset; at < offset + recordIdLength; at++) id = id * 256 + (bytes[at] ?? 0);
  return id;
}

/** Two numbers of 48 bits: the last record id and the number of documents. */
export function counterValue(lastRecord: number, count: number): Buffer {
  return Buffer.concat([recordIdBytes(lastRecord), recordIdBytes(count)]);
}

/** The smallest key above everything that starts with `prefix`, which begins with the byte of a space. */
export function afterPrefix(prefix: Uint8Array): Buffer {
  let length = prefix.length;
  while (prefix[length - 1] === 0xff) length--;
  const after = Buffer.from(prefix.subarray(0, length));
  after[length - 1] = (after[length - 1] ?? 0) + 1;
  return after;
}
