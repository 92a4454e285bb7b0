import type {
  CollectionInfo,
  IndexEntry,
  IndexInfo,
  RecordId,
  StoredRecord,
  StoreReader,
} from '../storage/store.js';
import type { IndexScan } from './index-bounds.js';

export type Source =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'collection'; readonly reverse: boolean }
  | { readonly kind: 'key'; readonly lookup: KeyLookup }
  | { readonly kind: 'index'; readonly scan: IndexScan }
  | { readonly kind: 'union'; readonly scans: readonly IndexScan[] };

/** One key of a unique index, so one document at most. */
export interface KeyLookup {
  readonly index: IndexInfo;
  readonly key: Uint8Array;
  /** Whatever has this key passes the filter. */
  readonly isAnswer: boolean;
}

export interface Counters {
  keys: number;
  documents: number;
}

/** Few at first, because many queries want few; then more, because each chunk opens a snapshot. */
const firstChunk = 16;
const largestChunk = 128;

/**
 * The candidates of a query, a document once. They are read in chunks, each of which starts after the last
 * entry: between two of them anything may happen, event turns and writes included.
 */
export function* readSource(
  reader: StoreReader,
  collection: CollectionInfo,
  source: Exclude<Source, { kind: 'key' }>,
  counters: Counters,
): Generator<StoredRecord> {
  if (source.kind === 'nothing') return;
  if (source.kind === 'collection') {
    for (const record of readRecords(reader, collection, source.reverse)) {
      counters.documents++;
      yield record;
    }
    return;
  }
  const scans = source.kind === 'index' ? [source.scan] : source.scans;
  // Only these can meet a document twice.
  const seen = scans.length > 1 || scans[0]?.index.multikey ? new Set<RecordId>() : undefined;
  for (const scan of scans) {
    for (const { id } of readEntries(reader, collection, scan)) {
      counters.keys++;
      if (seen?.has(id)) continue;
      seen?.add(id);
      const bytes = reader.record(collection, id);
      if (!bytes) continue;
      counters.documents++;
      yield { id, bytes };
    }
  }
}

function* readRecords(
  reader: StoreReader,
  collection: CollectionInfo,
  reverse: boolean,
): Generator<StoredRecord> {
  let after: RecordId | undefined;
  for (let limit = firstChunk; ; limit = Math.min(limit * 2, largestChunk)) {
    const chunk = reader.scanRecords(collection, { after, reverse, limit });
    yield* chunk;
    after = chunk.at(-1)?.id;
    if (chunk.length < limit) return;
  }
}

function* readEntries(
  reader: StoreReader,
  collection: CollectionInfo,
  scan: IndexScan,
): Generator<IndexEntry> {
  const { index, reverse } = scan;
  let limit = firstChunk;
  for (const range of reverse ? scan.ranges.toReversed() : scan.ranges) {
    for (let after: IndexEntry | undefined; ;) {
      const chunk = reader.scanIndex(collection, index, range, { after, reverse, limit });
      yield* chunk;
      after = chunk.at(-1);
      if (chunk.length < limit) break;
      limit = Math.min(limit * 2, largestChunk);
    }
  }
}
