import { fail } from '../errors.js';
import type { Filter } from '../query/filter.js';
import { compileMatcher } from '../query/match.js';
import type { CollectionInfo, IndexInfo, StoreReader } from '../storage/store.js';
import { toNumber } from '../values/numbers.js';
import { isNumber } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { conditionsOf } from './conditions.js';
import { describePlan } from './explain.js';
import { bestScan, scanOf, type IndexScan } from './index-bounds.js';
import { mostPoints } from './intervals.js';
import { keyLookup, lookUp } from './lookup.js';
import { FoundDocument, type Query } from './reader.js';
import { readSource, type Counters, type Source } from './scan.js';

export interface Plan {
  /** The winning plan with MongoDB's names. */
  explain(): Doc;
  run(reader: StoreReader, counters?: Counters): Iterable<FoundDocument>;
  /** Whether `run` answers in the order of the query's sort. */
  readonly sorted: boolean;
}

export function planQuery(collection: CollectionInfo, query: Query): Plan {
  const source = chooseSource(collection, query);
  const sorted = !query.sort || source.kind === 'key' || (source.kind === 'index' && source.scan.sorted);
  return {
    sorted,
    explain: () => describePlan(source, !sorted && query.sort ? query.sort.specification : undefined),
    run: (reader, counters = { keys: 0, documents: 0 }) =>
      source.kind === 'key'
        ? lookUp(reader, collection, query, source.lookup, counters)
        : matching(reader, collection, query, source, counters),
  };
}

function* matching(
  reader: StoreReader,
  collection: CollectionInfo,
  query: Query,
  source: Exclude<Source, { kind: 'key' }>,
  counters: Counters,
): Generator<FoundDocument> {
  const { checkDeadline } = query.environment;
  const matches = compileMatcher(query.filter, query.environment, query.variables);
  let looked = 0;
  for (const { id, bytes } of readSource(reader, collection, source, counters)) {
    if (looked++ % 32 === 0) checkDeadline();
    const found = new FoundDocument(id, bytes);
    if (matches(found.document)) yield found;
  }
}

function chooseSource(collection: CollectionInfo, query: Query): Source {
  const { filter, hint } = query;
  if (hint !== undefined) return hintedSource(collection, query, hint);
  if (filter.kind === 'never') return { kind: 'nothing' };
  const lookup = keyLookup(collection, query);
  if (lookup) return { kind: 'key', lookup };
  const scan = bestScan(collection, query, conditionsOf(filter));
  if (scan?.isBounded) return { kind: 'index', scan };
  const scans = unionScans(collection, query);
  if (scans) return { kind: 'union', scans };
  return scan ? { kind: 'index', scan } : { kind: 'collection', reverse: false };
}

/** An $or is answered from indexes when each of its branches can be. */
function unionScans(collection: CollectionInfo, query: Query): IndexScan[] | undefined {
  const { filter } = query;
  const parts = filter.kind === 'and' ? filter.parts : [filter];
  for (const choice of parts) {
    if (choice.kind !== 'or' || choice.parts.length > mostPoints) continue;
    const rest = parts.filter((part) => part !== choice);
    const scans = choice.parts.map((branch) => {
      const both: Filter = { kind: 'and', parts: [branch, ...rest] };
      return bestScan(collection, { ...query, filter: both, sort: undefined }, conditionsOf(both));
    });
    const bounded = scans.filter((scan): scan is IndexScan => scan?.isBounded === true);
    const ranges = bounded.reduce((sum, scan) => sum + scan.ranges.length, 0);
    if (bounded.length === scans.length && ranges <= mostPoints) return bounded;
  }
  return undefined;
}

function hintedSource(collection: CollectionInfo, query: Query, hint: string | Doc): Source {
  const natural = typeof hint === 'string' ? undefined : hint.get('$natural');
  if (natural !== undefined)
    return { kind: 'collection', reverse: isNumber(natural) && toNumber(natural) < 0 };
  const index = collection.indexes.find((each) =>
    typeof hint === 'string' ? each.name === hint : hasKeys(each, hint),
  );
  if (!index) return fail('BadValue', 'hint provided does not correspond to an existing index');
  const scan = scanOf(index, query, conditionsOf(query.filter), true);
  return scan ? { kind: 'index', scan } : { kind: 'collection', reverse: false };
}

function hasKeys({ keys }: IndexInfo, pattern: Doc): boolean {
  const asked: [string, Value][] = [...pattern];
  return (
    asked.length === keys.length &&
    keys.every(([path, direction], place) => {
      const [name, value] = asked[place] ?? ['', null];
      return name === path && isNumber(value) && Math.sign(toNumber(value)) === direction;
    })
  );
}
