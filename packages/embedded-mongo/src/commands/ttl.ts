import type { Environment } from '../expression/expression.js';
import { findDocuments } from '../plan/find.js';
import type { Filter } from '../query/filter.js';
import type { CollectionInfo, IndexInfo, Store } from '../storage/store.js';
import { Deadline } from './deadline.js';

const SWEEP_MS = 60_000;

/** One write transaction of a sweep stays short, so that no client waits long behind it. */
const BATCH = 500;

/** Deletes what has expired, once a minute as MongoDB does. It never keeps the process alive. */
export function startTtl(store: Store, clock: () => Date, everyMs = SWEEP_MS): { stop(): Promise<void> } {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const sweep = async (): Promise<void> => {
    busy = true;
    try {
      for (const { collection, index } of ttlIndexes(store)) {
        while (!stopped && (await deleteExpired(store, collection, index, clock())) === BATCH);
      }
    } catch {
      // A full disk or an index dropped meanwhile: the next sweep tries again.
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => {
    if (!busy) running = sweep();
  }, everyMs).unref();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** MongoDB ignores the option on compound indexes, and so do we. */
function ttlIndexes(store: Store): { collection: CollectionInfo; index: IndexInfo }[] {
  const collections = store.databases().flatMap((database) => store.collections(database));
  return collections.flatMap((collection) =>
    collection.indexes
      .filter((index) => index.expireAfterSeconds !== undefined && index.keys.length === 1)
      .map((index) => ({ collection, index })),
  );
}

async function deleteExpired(
  store: Store,
  { namespace, id: collectionId }: CollectionInfo,
  index: IndexInfo,
  now: Date,
): Promise<number> {
  const [key] = index.keys;
  if (!key) return 0;
  const value = new Date(now.getTime() - (index.expireAfterSeconds ?? 0) * 1000);
  // Only dates are less than a date, so a document without one never expires.
  const old: Filter = { kind: 'field', path: key[0], test: { op: 'lt', value } };
  const filter: Filter = index.partial ? { kind: 'and', parts: [index.partial.filter, old] } : old;
  const environment: Environment = {
    now,
    collation: undefined,
    checkDeadline: new Deadline(undefined).check,
  };
  const query = { filter, environment, hint: index.name, limit: BATCH };
  return store.write((writer) => {
    const collection = writer.collection(namespace);
    if (collection?.id !== collectionId || !collection.indexes.some(({ id }) => id === index.id)) return 0;
    const expired = [...findDocuments(writer, namespace, query)];
    for (const { id, document } of expired) writer.remove(collection, id, document);
    return expired.length;
  });
}
