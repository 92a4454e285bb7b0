import { sortItems, type Sorter } from '../query/sort.js';
import type { StoreReader } from '../storage/store.js';
import type { Doc, Value } from '../values/value.js';
import { stage } from './explain.js';
import { planQuery } from './planner.js';
import type { FoundDocument, Query } from './reader.js';
import type { Counters } from './scan.js';

/** Lazy: reads on as the caller does, so it may be held between event turns. Only a sort without an index reads all. */
export function findDocuments(
  reader: StoreReader,
  namespace: string,
  query: Query,
  counters?: Counters,
): Iterable<FoundDocument> {
  const collection = reader.collection(namespace);
  if (!collection) return [];
  const plan = planQuery(collection, query);
  const found = plan.run(reader, counters);
  const { limit, sort } = query;
  if (sort && !plan.sorted) return sorted(found, sort, limit);
  return limit === undefined || isShort(found, limit) ? found : slice(found, 0, limit);
}

function isShort(items: Iterable<unknown>, limit: number): boolean {
  return Array.isArray(items) && items.length <= limit;
}

/** Reads nothing before somebody asks for the first. */
function* sorted(found: Iterable<FoundDocument>, sort: Sorter, limit: number | undefined) {
  yield* sortItems(found, sort, {
    limit,
    documentOf: ({ document }) => document,
    sizeOf: ({ bytes }) => bytes.length,
  });
}

/** Ends right after the last one, without looking for more: that look could be a scan of everything. */
export function* slice<T>(items: Iterable<T>, skip: number, limit = Number.POSITIVE_INFINITY): Generator<T> {
  let position = 0;
  for (const item of items) {
    if (position++ < skip) continue;
    yield item;
    if (position >= skip + limit) return;
  }
}

/** The stages around the plan that the command adds. */
export interface Around {
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  readonly projection?: Doc | undefined;
}

/** What explain shows as `queryPlanner`. */
export function explainQuery(reader: StoreReader, namespace: string, query: Query, around: Around = {}): Doc {
  const collection = reader.collection(namespace);
  let plan = collection ? planQuery(collection, query).explain() : stage('EOF', []);
  if (around.skip)
    plan = stage('SKIP', [
      ['skipAmount', around.skip],
      ['inputStage', plan],
    ]);
  if (around.limit)
    plan = stage('LIMIT', [
      ['limitAmount', around.limit],
      ['inputStage', plan],
    ]);
  if (around.projection) {
    plan = stage('PROJECTION_DEFAULT', [
      ['transformBy', around.projection],
      ['inputStage', plan],
    ]);
  }
  return new Map<string, Value>([
    ['namespace', namespace],
    ['indexFilterSet', false],
    ['winningPlan', plan],
    ['rejectedPlans', []],
  ]);
}

/** Runs the query and answers what explain shows as `executionStats`. */
export function executionStats(
  reader: StoreReader,
  namespace: string,
  query: Query,
  around: Around = {},
): Doc {
  const counters: Counters = { keys: 0, documents: 0 };
  const startedAt = performance.now();
  const { skip = 0, limit } = around;
  const most = limit === undefined ? query.limit : skip + limit;
  let count = 0;
  for (const _ of findDocuments(reader, namespace, { ...query, limit: most }, counters)) count++;
  return new Map<string, Value>([
    ['executionSuccess', true],
    ['nReturned', Math.max(0, count - skip)],
    ['executionTimeMillis', Math.round(performance.now() - startedAt)],
    ['totalKeysExamined', counters.keys],
    ['totalDocsExamined', counters.documents],
  ]);
}
