import { decodeDoc } from '../../src/bson/decode.js';
import { encodeDoc } from '../../src/bson/encode.js';
import { toDoc } from './plain.js';
import { fail } from '../../src/errors.js';
import { compileMatcher } from '../../src/query/match.js';
import { parseFilter } from '../../src/query/parse.js';
import type {
  CollectionInfo,
  IndexEntry,
  IndexInfo,
  RecordId,
  StoredRecord,
  StoreReader,
} from '../../src/storage/store.js';
import { parseCollation } from '../../src/values/collate.js';
import { indexKeys } from '../../src/values/keys.js';
import type { Doc } from '../../src/values/value.js';

export interface FakeIndex {
  key: Record<string, 1 | -1>;
  name?: string;
  unique?: boolean;
  sparse?: boolean;
  partialFilterExpression?: object;
  collation?: object;
}

export const fakeEnvironment = { now: new Date(0), collation: undefined, checkDeadline: () => undefined };

/** One collection, `test.c`, in memory: what the planner needs of a store, with keys like the real one's. */
export class FakeReader implements StoreReader {
  readonly info: CollectionInfo;
  readonly entries = new Map<number, IndexEntry[]>();
  readonly records: StoredRecord[];
  /** How often it was asked for a chunk. */
  chunks = 0;

  constructor(documents: readonly Doc[], indexes: readonly FakeIndex[] = []) {
    this.records = documents.map((doc, place) => ({ id: place + 1, bytes: encodeDoc(doc) }));
    this.info = {
      id: 1,
      namespace: 'test.c',
      uuid: new Uint8Array(16),
      options: new Map(),
      indexes: [{ key: { _id: 1 } as const, name: '_id_', unique: true }, ...indexes].map((index, place) =>
        this.#build(index, place),
      ),
      count: documents.length,
    };
  }

  #build(spec: FakeIndex, id: number): IndexInfo {
    const raw = spec.partialFilterExpression && toDoc(spec.partialFilterExpression);
    const index: IndexInfo = {
      id,
      name: spec.name ?? Object.entries(spec.key).flat().join('_'),
      keys: Object.entries(spec.key),
      unique: spec.unique ?? false,
      sparse: spec.sparse ?? false,
      partial: raw && { filter: parseFilter(raw), raw },
      expireAfterSeconds: undefined,
      collation: parseCollation(spec.collation && toDoc(spec.collation)),
      multikey: false,
      specification: toDoc(spec),
    };
    const environment = { ...fakeEnvironment, collation: index.collation };
    const covers = index.partial ? compileMatcher(index.partial.filter, environment) : () => true;
    let multikey = false;
    const entries: IndexEntry[] = [];
    for (const { id: record, bytes } of this.records) {
      const doc = decodeDoc(bytes);
      if (!covers(doc)) continue;
      const found = indexKeys(doc, index);
      multikey ||= found.multikey;
      entries.push(...found.keys.map((key) => ({ key, id: record })));
    }
    this.entries.set(
      id,
      entries.sort((a, b) => Buffer.compare(a.key, b.key) || a.id - b.id),
    );
    return { ...index, multikey };
  }

  collection(namespace: string): CollectionInfo | undefined {
    return namespace === this.info.namespace ? this.info : undefined;
  }
  collections = (): CollectionInfo[] => [this.info];
  databases = (): string[] => ['test'];

  record(_: CollectionInfo, id: RecordId): Uint8Array | undefined {
    return this.records.find((record) => record.id === id)?.bytes;
  }

  scanRecords(
    _: CollectionInfo,
    { after, reverse, limit }: { after?: RecordId | undefined; reverse?: boolean; limit: number },
  ): StoredRecord[] {
    this.chunks++;
    const ordered = reverse ? this.records.toReversed() : this.records;
    const start = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
    return ordered.slice(start, start + limit);
  }

  recordAt(_: CollectionInfo, index: IndexInfo, key: Uint8Array): RecordId | undefined {
    return this.entries.get(index.id)?.find((entry) => Buffer.compare(entry.key, key) === 0)?.id;
  }

  scanIndex(
    _: CollectionInfo,
    index: IndexInfo,
    range: { lower: Uint8Array; upper: Uint8Array },
    { after, reverse, limit }: { after?: IndexEntry | undefined; reverse?: boolean; limit: number },
  ): IndexEntry[] {
    this.chunks++;
    const all = this.entries.get(index.id) ?? fail('IndexNotFound', index.name);
    const inRange = all.filter(
      ({ key }) => Buffer.compare(key, range.lower) >= 0 && Buffer.compare(key, range.upper) < 0,
    );
    const ordered = reverse ? inRange.reverse() : inRange;
    const start = after === undefined ? 0 : ordered.indexOf(after) + 1;
    return ordered.slice(start, start + limit);
  }
}
