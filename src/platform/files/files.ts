import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { mongo, type Connection } from 'mongoose';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../actor.js';
import type { Clock } from '../clock.js';
import { newId } from '../mongo/ids.js';
import { bounded } from '../mongo/deadline.js';

export interface StoredFile {
  readonly id: string;
  readonly business: string;
  readonly length: number;
  readonly contentType: string;
  /** What the sender called it: shown, never used as a path or a header without escaping. */
  readonly name: string;
}

export const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Files of a business, in the database (GridFS). Whoever has no right to the business finds nothing. */
export class Files {
  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
  ) {}

  /** Stores a stream; too large a one leaves nothing behind. */
  async store(
    actor: Actor,
    source: Readable,
    file: { name: string; contentType: string },
  ): Promise<StoredFile> {
    const metadata = {
      business: actor.business,
      contentType: file.contentType,
      name: file.name,
      at: this.clock.now(),
    };
    const upload = this.bucket().openUploadStream(newId(), { metadata });
    let length = 0;
    try {
      await pipeline(
        source,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            length += chunk.length;
            if (length > MAX_FILE_BYTES) throw new DomainError('too_large', 'A file may have 16 MB at most.');
            yield chunk;
          }
        },
        upload,
      );
    } catch (error) {
      await upload.abort().catch(() => undefined);
      throw error;
    }
    return { id: upload.id.toHexString(), length, ...file, business: actor.business };
  }

  async describe(actor: Actor, id: string): Promise<StoredFile> {
    const found = mongo.ObjectId.isValid(id)
      ? await bounded((maxTimeMS) =>
          this.bucket()
            .find(
              { _id: new mongo.ObjectId(id), 'metadata.business': actor.business },
              { maxTimeMS, limit: 1 },
            )
            .next(),
        )
      : null;
    if (found === null) throw new DomainError('not_found', 'There is no such file.');
    const metadata = found.metadata as { contentType: string; name: string };
    const { contentType, name } = metadata;
    return { id, business: actor.business, length: found.length, contentType, name };
  }

  async read(actor: Actor, id: string): Promise<{ file: StoredFile; content: Readable }> {
    const file = await this.describe(actor, id);
    return { file, content: this.bucket().openDownloadStream(new mongo.ObjectId(id)) };
  }

  async remove(actor: Actor, id: string): Promise<void> {
    await this.describe(actor, id);
    await bounded(() => this.bucket().delete(new mongo.ObjectId(id)));
  }

  private bucket(): mongo.GridFSBucket {
    const { db } = this.connection;
    if (db === undefined) throw new DomainError('unavailable');
    return new mongo.GridFSBucket(db, {
      bucketName: 'files',
      writeConcern: { w: 'majority', journal: true },
    });
  }
}
