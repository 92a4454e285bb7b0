import type { Model } from 'mongoose';
import { bounded } from '../mongo/deadline.js';
import type { JournalChunk, JournalEvent } from './journal.schema.js';

/** Where a reader stands: `<epoch>.<seq>`, opaque to clients. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export interface NumberedEvent extends JournalEvent {
  readonly seq: number;
}

/** What is between a reader and the head. `resync`: what it missed cannot be replayed, it has to load anew. */
export type Position =
  | { readonly kind: 'replay'; readonly head: Cursor; readonly missing: number }
  | { readonly kind: 'resync'; readonly head: Cursor; readonly reason: 'epoch' | 'ahead' | 'trimmed' };

export const READ_PAGE = 200;
/** Chunks in one answer of the database. */
const READ_BATCH = 50;

export function formatCursor({ epoch, seq }: Cursor): string {
  return `${epoch}.${seq}`;
}

/** Garbage is no cursor: the caller decides between an error and a `resync`. */
export function parseCursor(text: string): Cursor | undefined {
  const match = /^([A-Za-z0-9_-]{1,24})\.(0|[1-9]\d{0,14})$/.exec(text);
  const [, epoch, seq] = match ?? [];
  return epoch === undefined || seq === undefined ? undefined : { epoch, seq: Number(seq) };
}

/** Reads what the journal holds; majority reads, so that nothing is shown that a failover takes back. */
export class JournalReader {
  constructor(private readonly model: Model<JournalChunk>) {}

  /** The newest number of a business; undefined when nothing was ever journalled. */
  async head(business: string): Promise<Cursor | undefined> {
    const newest = await bounded((maxTimeMS) =>
      this.model
        .findOne({ business })
        .sort({ first: -1 })
        .select({ epoch: 1, last: 1 })
        .maxTimeMS(maxTimeMS)
        .lean(),
    );
    return newest === null ? undefined : { epoch: newest.epoch, seq: newest.last };
  }

  /** Up to `limit` events after `seq`, in order, without a gap from the first one returned. */
  async read(business: string, seq: number, limit = READ_PAGE): Promise<NumberedEvent[]> {
    const chunks = await this.chunksBehind(business, seq, limit);
    // A reader mostly stands between two chunks; one in the middle of a chunk needs the rest of that first.
    if (chunks[0]?.first !== seq + 1) chunks.unshift(...(await this.chunkAround(business, seq)));
    return chunks
      .flatMap(({ first, events }) => events.map((event, at) => ({ ...event, seq: first + at })))
      .filter((event) => event.seq > seq)
      .slice(0, limit);
  }

  /** As many chunks as hold `wanted` events: of large chunks a few, since a page of them all would be 200 MiB. */
  private chunksBehind(business: string, seq: number, wanted: number): Promise<JournalChunk[]> {
    return bounded(async (maxTimeMS) => {
      const chunks: JournalChunk[] = [];
      let missing = wanted;
      const cursor = this.model
        .find({ business, first: { $gt: seq } })
        .sort({ first: 1 })
        .limit(wanted)
        .maxTimeMS(maxTimeMS)
        .lean<JournalChunk[]>()
        .cursor({ batchSize: READ_BATCH });
      for await (const chunk of cursor) {
        chunks.push(chunk);
        missing -= chunk.events.length;
        if (missing <= 0) break;
      }
      return chunks;
    });
  }

  private async chunkAround(business: string, seq: number): Promise<JournalChunk[]> {
    const newest = await bounded((maxTimeMS) =>
      this.model
        .findOne({ business, first: { $lte: seq } })
        .sort({ first: -1 })
        .maxTimeMS(maxTimeMS)
        .lean<JournalChunk>(),
    );
    return newest === null ? [] : [newest];
  }

  async locate(business: string, cursor: Cursor): Promise<Position> {
    const head = await this.head(business);
    if (head === undefined) {
      const nowhere = { epoch: cursor.epoch, seq: 0 };
      return cursor.seq === 0
        ? { kind: 'replay', head: nowhere, missing: 0 }
        : { kind: 'resync', head: nowhere, reason: 'ahead' };
    }
    if (head.epoch !== cursor.epoch) return { kind: 'resync', head, reason: 'epoch' };
    if (cursor.seq > head.seq) return { kind: 'resync', head, reason: 'ahead' };
    const oldest = await bounded((maxTimeMS) =>
      this.model.findOne({ business }).sort({ first: 1 }).select({ first: 1 }).maxTimeMS(maxTimeMS).lean(),
    );
    if (oldest !== null && cursor.seq < oldest.first - 1) return { kind: 'resync', head, reason: 'trimmed' };
    return { kind: 'replay', head, missing: head.seq - cursor.seq };
  }
}
