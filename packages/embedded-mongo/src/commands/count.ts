import { fail } from '../errors.js';
import { MemoryBudget } from '../expression/memory.js';
import { encodeDoc } from '../bson/encode.js';
import { visitPath } from '../pipeline/visit.js';
import { ValueSet } from '../values/value-map.js';
import { findDocuments, slice } from '../plan/find.js';
import type { Query } from '../plan/reader.js';
import { splitPath } from '../values/paths.js';
import type { Value } from '../values/value.js';
import { targetOf, type Call, type Command } from './call.js';
import { LARGEST_DOCUMENT } from './cursors.js';
import { reply } from './reply.js';
import { letOf, parseQuery } from './statement.js';

export const countCommand: Command = {
  fields: 'query limit skip hint collation fields let',
  run(call) {
    const namespace = targetOf(call);
    const { query, skip, limit } = parseCount(call);
    const everything = query.filter.kind === 'always' && query.hint === undefined;
    const all = everything ? (call.store.collection(namespace)?.count ?? 0) : undefined;
    if (all !== undefined) return reply({ n: Math.min(Math.max(all - skip, 0), limit ?? all) });
    let n = 0;
    for (const _ of slice(findDocuments(call.store, namespace, query), skip, limit)) n++;
    return reply({ n });
  },
};

export function parseCount(call: Call): { query: Query; skip: number; limit: number | undefined } {
  const { args } = call;
  const variables = letOf(call);
  // A negative limit means the same as a positive one here, a rest of the oldest protocol.
  const limit = Math.abs(args.whole('limit') ?? 0) || undefined;
  return {
    query: parseQuery(call, args, { filter: 'query' }, variables),
    skip: args.count('skip') ?? 0,
    limit,
  };
}

export const distinctCommand: Command = {
  fields: 'key query collation hint',
  run(call) {
    const namespace = targetOf(call);
    const { query, key } = parseDistinct(call);
    const seen = new ValueSet([], query.environment.collation);
    const values: Value[] = [];
    const budget = new MemoryBudget('distinct');
    for (const { document } of findDocuments(call.store, namespace, query)) {
      visitPath(document, splitPath(key), (value) => {
        if (!seen.add(value)) return;
        budget.charge(value);
        values.push(value);
      });
    }
    if (encodeDoc(new Map([['values', values]])).length > LARGEST_DOCUMENT) {
      fail(17217, 'distinct too big, 16mb cap');
    }
    return reply({ values });
  },
};

export function parseDistinct(call: Call): { query: Query; key: string } {
  const key = call.args.required('key', call.args.text('key'));
  return { query: parseQuery(call, call.args, { filter: 'query' }, new Map()), key };
}
