import { Readable } from 'node:stream';
import { mongo, type Model } from 'mongoose';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../actor.js';
import type { Clock } from '../clock.js';
import type { Collections } from '../mongo/collections.js';
import { bounded, withoutDeadline } from '../mongo/deadline.js';
import { fileChunkSchema, fileSchema, type FileChunk, type FileDocument } from './file.schema.js';

export interface StoredFile {
  readonly id: string;
  readonly business: string;
  readonly length: number;
  readonly contentType: string;
  /** What the sender called it: shown, never used as a path or a header without escaping. */
  readonly name: string;
}

export const MAX_FILE_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 255 * 1024;

/**
 * Files of a business, in the database as GridFS lays them out. Whoever has no right to the business finds nothing.
 * The driver's own streams wait for a database that is away as long as they like, so each piece is an operation here.
 */
export class Files {
  private readonly files: Model<FileDocument>;
  private readonly chunks: Model<FileChunk>;

  constructor(
    collections: Collections,
    private readonly clock: Clock,
  ) {
    this.files = collections.model('files', fileSchema);
    this.chunks = collections.model('file_chunks', fileChunkSchema);
  }

  /** Stores a stream, however slowly it comes; one that is too large or breaks off leaves nothing behind. */
  async store(
    actor: Actor,
    source: Readable,
    file: { readonly name: string; readonly contentType: string },
  ): Promise<StoredFile> {
    const id = new mongo.ObjectId();
    let length = 0;
    let n = 0;
    try {
      for await (const data of inChunks(source)) {
        length += data.length;
        const chunk = { _id: new mongo.ObjectId(), files_id: id, n, data: new mongo.Binary(data) };
        await timed((maxTimeMS) => this.chunks.collection.insertOne(chunk, { maxTimeMS }));
        n += 1;
      }
      const at = this.clock.now();
      const metadata = { business: actor.business, contentType: file.contentType, name: file.name, at };
      const document = {
        _id: id,
        length,
        chunkSize: CHUNK_BYTES,
        uploadDate: at,
        filename: file.name,
        metadata,
      };
      await timed((maxTimeMS) => this.files.collection.insertOne(document, { maxTimeMS }));
    } catch (error) {
      const discarded = this.discard(id).catch(() => undefined);
      // With the database away that would keep the sender waiting once more.
      if (!(error instanceof DomainError && error.code === 'unavailable')) await discarded;
      throw error;
    }
    return { id: id.toHexString(), length, ...file, business: actor.business };
  }

  async describe(actor: Actor, id: string): Promise<StoredFile> {
    const found = /^[0-9a-f]{24}$/.test(id)
      ? await bounded((maxTimeMS) =>
          this.files
            .findOne({ _id: new mongo.ObjectId(id), 'metadata.business': actor.business })
            .maxTimeMS(maxTimeMS)
            .lean<FileDocument>(),
        )
      : null;
    if (found === null) throw new DomainError('not_found', 'There is no such file.');
    const { contentType, name } = found.metadata;
    return { id, business: actor.business, length: found.length, contentType, name };
  }

  async read(actor: Actor, id: string): Promise<{ file: StoredFile; content: Readable }> {
    const file = await this.describe(actor, id);
    return { file, content: Readable.from(this.pieces(file), { objectMode: false }) };
  }

  async remove(actor: Actor, id: string): Promise<void> {
    const file = await this.describe(actor, id);
    await this.discard(new mongo.ObjectId(file.id));
  }

  private async *pieces({ id, length }: StoredFile): AsyncGenerator<Buffer> {
    const files_id = new mongo.ObjectId(id);
    for (let n = 0; n * CHUNK_BYTES < length; n += 1) {
      const chunk = await timed((maxTimeMS) =>
        this.chunks.collection.findOne<FileChunk>({ files_id, n }, { maxTimeMS }),
      );
      if (chunk === null) throw new DomainError('gone', 'The file was removed while it was read.');
      yield Buffer.from(chunk.data.value());
    }
  }

  /** The file first: nobody finds one that is half there. */
  private async discard(id: mongo.ObjectId): Promise<void> {
    await timed((maxTimeMS) => this.files.collection.deleteOne({ _id: id }, { maxTimeMS }));
    await timed((maxTimeMS) => this.chunks.collection.deleteMany({ files_id: id }, { maxTimeMS }));
  }
}

/** A file takes as long as its sender or reader needs; only each operation has a deadline. */
function timed<T>(operation: (maxTimeMS: number) => PromiseLike<T>): Promise<T> {
  return withoutDeadline(() => bounded(operation));
}

async function* inChunks(source: Readable): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let total = 0;
  for await (const piece of source as AsyncIterable<Buffer>) {
    total += piece.length;
    if (total > MAX_FILE_BYTES) throw new DomainError('too_large', 'A file may have 16 MB at most.');
    waiting.push(piece);
    bytes += piece.length;
    while (bytes >= CHUNK_BYTES) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, CHUNK_BYTES);
      waiting = [all.subarray(CHUNK_BYTES)];
      bytes -= CHUNK_BYTES;
    }
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
