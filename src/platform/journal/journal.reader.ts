import type { Model } from 'mongoose';
import { bounded } from '../mongo/deadline.js';
import { MAX_CHUNK_EVENTS } from './journal.js';
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
    // A chunk holds at most MAX_CHUNK_EVENTS, so the one with seq + 1 in it begins no earlier than this.
    const from = seq + 2 - MAX_CHUNK_EVENTS;
    const chunks = await bounded((maxTimeMS) =>
      this.model
        .find({ business, first: { $gte: from } })
        .sort({ first: 1 })
        .limit(limit)
        .maxTimeMS(maxTimeMS)
        .lean(),
    );
    return chunks
      .flatMap(({ first, events }) => events.map((event, at) => ({ ...event, seq: first + at })))
      .filter((event) => event.seq > seq)
      .slice(0, limit);
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
