import { open } from 'node:fs/promises';
import type { Db } from 'mongodb';
import { decodeDoc } from '../bson/decode.js';
import type { Doc, Value } from '../values/value.js';
import { withDriver } from './driver.js';
import { readBackup, type CopyResult, type Metadata, type SavedCollection } from './layout.js';

export interface RestoreOptions {
  /** Removes each collection of the backup first; otherwise its documents are put over what is there. */
  readonly drop?: boolean;
}

const batchDocuments = 500;
const batchBytes = 8 * 1024 * 1024;
/** MongoDB's largest document and what its own collections may add. */
const largestDocument = 16 * 1024 * 1024 + 16 * 1024;
const namespaceNotFound = 26;
const namespaceExists = 48;

/**
 * Brings a backup into a server, this one or a real MongoDB. Documents are written by `_id`, so that it can be
 * repeated after a failure; documents that the backup does not have are left alone.
 */
export async function restoreFrom(
  uri: string,
  folder: string,
  options: RestoreOptions = {},
): Promise<CopyResult> {
  const saved = await readBackup(folder);
  let documents = 0;
  await withDriver(uri, async ({ client }) => {
    for (const collection of saved) {
      documents += await restoreCollection(client.db(collection.database), collection, options);
    }
  });
  return { collections: saved.length, documents };
}

async function restoreCollection(db: Db, saved: SavedCollection, { drop }: RestoreOptions): Promise<number> {
  const { collectionName, options, indexes } = saved.metadata;
  if (drop === true) await unless(namespaceNotFound, db.dropCollection(collectionName));
  await unless(namespaceExists, db.command({ create: collectionName, ...options }));
  let count = 0;
  for await (const batch of batches(saved.documents)) {
    await upsert(db, collectionName, batch);
    count += batch.length;
  }
  // Behind the documents: building an index once is cheaper than keeping it up to date.
  await createIndexes(db, collectionName, indexes);
  return count;
}

/** Older servers refuse what newer ones take as done. */
async function unless(code: number, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
  }
}

async function createIndexes(db: Db, collection: string, saved: Metadata['indexes']): Promise<void> {
  const indexes = saved.filter(({ name }) => name !== '_id_');
  if (indexes.length > 0) await db.command({ createIndexes: collection, indexes });
}

async function upsert(db: Db, collection: string, documents: readonly Doc[]): Promise<void> {
  const updates = documents.map((document) => ({
    q: { _id: { $eq: document.get('_id') } },
    u: document,
    upsert: true,
  }));
  const reply = await db.command({ update: collection, updates, ordered: false });
  const errors: unknown = reply['writeErrors'];
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (typeof first === 'object' && first !== null && 'errmsg' in first) {
    throw new Error(`a document of ${db.databaseName}.${collection} was refused: ${String(first.errmsg)}`);
  }
}

/** The documents of a file, never more in memory than one batch. */
async function* batches(path: string): AsyncGenerator<Doc[]> {
  const file = await open(path, 'r');
  try {
    let batch: Doc[] = [];
    let size = 0;
    for (let position = 0; ;) {
      const bytes = await readDocument(file, position, path);
      if (bytes) {
        position += bytes.length;
        size += bytes.length;
        batch.push(withId(decodeDoc(bytes), path));
      }
      if (batch.length >= batchDocuments || size >= batchBytes || (!bytes && batch.length > 0)) {
        yield batch;
        batch = [];
        size = 0;
      }
      if (!bytes) return;
    }
  } finally {
    await file.close();
  }
}

type FileHandle = Awaited<ReturnType<typeof open>>;

async function readDocument(file: FileHandle, position: number, path: string): Promise<Buffer | undefined> {
  const header = await file.read(Buffer.alloc(4), 0, 4, position);
  if (header.bytesRead === 0) return undefined;
  const length = header.bytesRead === 4 ? header.buffer.readInt32LE(0) : 0;
  if (length < 5 || length > largestDocument) throw new Error(`${path} is damaged at byte ${position}`);
  const body = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  if (body.bytesRead < length) throw new Error(`${path} ends in the middle of a document`);
  return body.buffer;
}

function withId(document: Map<string, Value>, path: string): Doc {
  if (!document.has('_id')) throw new Error(`${path} has a document without _id`);
  return document;
}
