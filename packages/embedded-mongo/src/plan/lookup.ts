import { compileMatcher } from '../query/match.js';
import type { CollectionInfo, StoreReader } from '../storage/store.js';
import { canonicalRank } from '../values/compare.js';
import { encodeKeyPart } from '../values/keys.js';
import { isArrayIndex, splitPath } from '../values/paths.js';
import { sameCollation } from './intervals.js';
import { FoundDocument, type Query } from './reader.js';
import type { Counters, KeyLookup } from './scan.js';

/** Numbers, texts, ObjectIds, booleans and dates: their keys are equal exactly when they are. */
const scalars = new Set([10, 15, 35, 40, 45]);

/**
 * The plan of the most frequent question, which asks for one value of a field with a unique index. It is the plan
 * that comparing all indexes would come to as well; MongoDB has such a short cut for `_id`.
 */
export function keyLookup({ indexes }: CollectionInfo, query: Query): KeyLookup | undefined {
  const { filter, sort, environment } = query;
  if (filter.kind !== 'field' || filter.test.op !== 'eq') return undefined;
  const { path, test } = filter;
  const { value } = test;
  // An array is looked for as a whole and by its elements; a sparse index has no null.
  if (value === null || Array.isArray(value) || (sort && path !== '_id')) return undefined;
  for (const index of indexes) {
    const [key, ...more] = index.keys;
    if (!index.unique || index.partial || key?.[0] !== path || more.length > 0) continue;
    if (!sameCollation(index.collation, environment.collation)) continue;
    if (splitPath(path).some(isArrayIndex)) continue;
    return {
      index,
      key: encodeKeyPart(value, key[1], index.collation),
      isAnswer: !index.multikey && !index.collation && scalars.has(canonicalRank(value)),
    };
  }
  return undefined;
}

export function lookUp(
  reader: StoreReader,
  collection: CollectionInfo,
  query: Query,
  { index, key, isAnswer }: KeyLookup,
  counters: Counters,
): FoundDocument[] {
  const id = reader.recordAt(collection, index, key);
  const bytes = id === undefined ? undefined : reader.record(collection, id);
  if (id === undefined || !bytes) return [];
  counters.keys++;
  counters.documents++;
  const found = new FoundDocument(id, bytes);
  if (isAnswer) return [found];
  return compileMatcher(query.filter, query.environment)(found.document) ? [found] : [];
}
