import { randomBytes } from 'node:crypto';
import { encodeDoc, type Reply } from '../bson/encode.js';
import { RawDocument } from '../bson/raw.js';
import { fail } from '../errors.js';
import type { StoreReader } from '../storage/store.js';
import type { Doc } from '../values/value.js';
import type { Deadline } from './deadline.js';
import { reply } from './reply.js';

export const LARGEST_DOCUMENT = 16 * 1024 * 1024;
const FIRST_BATCH = 101;
const MOST_CURSORS = 10_000;
const IDLE_MS = 10 * 60_000;

interface Cursor {
  readonly namespace: string;
  readonly documents: Iterator<Uint8Array>;
  readonly deadline: Deadline;
  /** Read already, but it did not fit into the batch before. */
  waiting: Uint8Array | undefined;
  usedAt: number;
}

export interface CursorSource {
  readonly namespace: string;
  readonly documents: Iterable<Uint8Array>;
  readonly deadline: Deadline;
  readonly batchSize: number | undefined;
  readonly singleBatch?: boolean;
}

/** Open cursors. Their ids are random and belong to no connection: a pool may continue one on any socket. */
export class CursorRegistry {
  readonly #open = new Map<bigint, Cursor>();
  readonly #sweeper: NodeJS.Timeout;

  constructor() {
    this.#sweeper = setInterval(() => this.#closeIdle(), 60_000).unref();
  }

  /** The reply of find, aggregate and the list commands. */
  open(source: CursorSource): Reply {
    const { namespace, deadline } = source;
    const documents = source.documents[Symbol.iterator]();
    const cursor: Cursor = { namespace, documents, deadline, waiting: undefined, usedAt: Date.now() };
    const batch = takeBatch(cursor, source.batchSize ?? FIRST_BATCH);
    let id = 0n;
    if (source.singleBatch) documents.return?.();
    else if (!batch.exhausted) id = this.#keep(cursor);
    return reply({ cursor: reply({ firstBatch: batch.documents, id, ns: namespace }) });
  }

  more(id: bigint, namespace: string, batchSize: number | undefined): Reply {
    const cursor = this.#open.get(id);
    if (!cursor) fail('CursorNotFound', `cursor id ${id} not found`);
    if (cursor.namespace !== namespace) {
      fail('Unauthorized', `Requested getMore on namespace '${namespace}', but cursor belongs to another`);
    }
    cursor.usedAt = Date.now();
    cursor.deadline.resume();
    let exhausted = true;
    try {
      const batch = takeBatch(cursor, batchSize || Number.MAX_SAFE_INTEGER);
      exhausted = batch.exhausted;
      const nextBatch = batch.documents;
      return reply({ cursor: reply({ nextBatch, id: exhausted ? 0n : id, ns: namespace }) });
    } finally {
      if (exhausted) this.#open.delete(id);
      else cursor.deadline.pause();
    }
  }

  kill(id: bigint): boolean {
    this.#open.get(id)?.documents.return?.();
    return this.#open.delete(id);
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#open.clear();
  }

  #keep(cursor: Cursor): bigint {
    if (this.#open.size >= MOST_CURSORS) this.#closeIdle();
    if (this.#open.size >= MOST_CURSORS) {
      fail('IllegalOperation', `too many open cursors: this server keeps at most ${MOST_CURSORS}`);
    }
    let id = 0n;
    while (id === 0n || this.#open.has(id)) id = randomBytes(8).readBigUInt64LE() >> 1n;
    cursor.deadline.pause();
    this.#open.set(id, cursor);
    return id;
  }

  #closeIdle(): void {
    const oldest = Date.now() - IDLE_MS;
    for (const [id, cursor] of this.#open) if (cursor.usedAt < oldest) this.kill(id);
  }
}

/**
 * At most `count` documents and 16 MiB, but at least one of them: every document fits alone. It does not look
 * whether there is one more, which could mean a scan to the end; the client asks and gets an empty batch.
 */
function takeBatch(cursor: Cursor, count: number): { documents: RawDocument[]; exhausted: boolean } {
  const documents: RawDocument[] = [];
  let size = 0;
  while (documents.length < count) {
    const next = cursor.waiting ?? nextOf(cursor.documents);
    cursor.waiting = undefined;
    if (!next) return { documents, exhausted: true };
    size += next.length;
    if (documents.length > 0 && size > LARGEST_DOCUMENT) {
      cursor.waiting = next;
      break;
    }
    documents.push(new RawDocument(next));
  }
  return { documents, exhausted: false };
}

function nextOf(documents: Iterator<Uint8Array>): Uint8Array | undefined {
  const next = documents.next();
  return next.done ? undefined : next.value;
}

export function* encodeAll(documents: Iterable<Doc>): Generator<Uint8Array> {
  for (const document of documents) {
    const bytes = encodeDoc(document);
    if (bytes.length > LARGEST_DOCUMENT) {
      fail('BSONObjectTooLarge', `BSONObj size: ${bytes.length} is invalid. Size must be at most 16777216`);
    }
    yield bytes;
  }
}

/**
 * What a cursor reads through. A collection or index that went away under it would look empty, and the
 * client would take half an answer for a whole one; so each chunk first looks whether it is still there.
 */
export function guardedReader(store: StoreReader): StoreReader {
  const gone = (what: string): never => fail(175, `${what} was dropped while the cursor was open`);
  return {
    collection: (namespace) => store.collection(namespace),
    collections: (database) => store.collections(database),
    databases: () => store.databases(),
    record: (collection, id) => store.record(collection, id),
    scanRecords: (collection, options) => {
      if (store.collection(collection.namespace)?.id !== collection.id)
        gone(`collection ${collection.namespace}`);
      return store.scanRecords(collection, options);
    },
    scanIndex: (collection, index, range, options) => {
      const now = store.collection(collection.namespace);
      if (now?.id !== collection.id) gone(`collection ${collection.namespace}`);
      if (!now?.indexes.some(({ id }) => id === index.id)) gone(`index ${index.name}`);
      return store.scanIndex(collection, index, range, options);
    },
  };
}
