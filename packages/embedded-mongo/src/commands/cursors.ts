import { randomBytes } from 'node:crypto';
import { encodeDoc } from '../bson/encode.js';
import { RawDocument } from '../bson/raw.js';
import { fail } from '../errors.js';
import type { Doc } from '../values/value.js';
import type { Deadline } from './deadline.js';
import { reply, type ReplyDoc } from './reply.js';

export const LARGEST_DOCUMENT = 16 * 1024 * 1024;
const FIRST_BATCH = 101;
const MOST_CURSORS = 10_000;
const IDLE_MS = 10 * 60_000;

/** A document that goes into a reply as it is. */
export interface Encoded {
  readonly bytes: Uint8Array;
}

interface Cursor {
  readonly namespace: string;
  readonly documents: Iterator<Encoded>;
  readonly deadline: Deadline;
  /** Read already, but it did not fit into the batch before. */
  waiting: Encoded | undefined;
  usedAt: number;
}

export interface CursorSource {
  readonly namespace: string;
  readonly documents: Iterable<Encoded>;
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
  open(source: CursorSource): ReplyDoc {
    const { namespace, deadline } = source;
    const documents = source.documents[Symbol.iterator]();
    const cursor: Cursor = { namespace, documents, deadline, waiting: undefined, usedAt: Date.now() };
    const batch = takeBatch(cursor, source.batchSize ?? FIRST_BATCH);
    let id = 0n;
    if (source.singleBatch) documents.return?.();
    else if (!batch.exhausted) id = this.#keep(cursor);
    return batchReply('firstBatch', batch.documents, id, namespace);
  }

  more(id: bigint, namespace: string, batchSize: number | undefined): ReplyDoc {
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
      return batchReply('nextBatch', batch.documents, exhausted ? 0n : id, namespace);
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
    size += next.bytes.length;
    if (documents.length > 0 && size > LARGEST_DOCUMENT) {
      cursor.waiting = next;
      break;
    }
    documents.push(new RawDocument(next.bytes));
  }
  return { documents, exhausted: false };
}

function nextOf(documents: Iterator<Encoded>): Encoded | undefined {
  const next = documents.next();
  return next.done ? undefined : next.value;
}

function batchReply(name: string, documents: RawDocument[], id: bigint, namespace: string): ReplyDoc {
  return reply({ cursor: reply({ [name]: documents, id, ns: namespace }) });
}

export function* encodeAll(documents: Iterable<Doc>): Generator<Encoded> {
  for (const document of documents) {
    const bytes = encodeDoc(document);
    if (bytes.length > LARGEST_DOCUMENT) {
      fail('BSONObjectTooLarge', `BSONObj size: ${bytes.length} is invalid. Size must be at most 16777216`);
    }
    yield { bytes };
  }
}
