import { encodeDoc } from '../bson/encode.js';
import { fail } from '../errors.js';
import { findDocuments } from '../plan/find.js';
import type { FoundDocument, Query } from '../plan/reader.js';
import { compileProjection } from '../query/project.js';
import { environmentOf, targetOf, type Call, type Command } from './call.js';
import { guardedReader } from './cursors.js';
import { reply } from './reply.js';
import { parseQuery } from './statement.js';
import { parseLet } from '../pipeline/variables.js';

const refused =
  'tailable awaitData oplogReplay noCursorTimeout returnKey showRecordId min max allowPartialResults';

export const findCommand: Command = {
  fields: `filter projection sort skip limit batchSize singleBatch hint collation let allowDiskUse ${refused}`,
  run(call) {
    const { args, cursors, deadline, store } = call;
    const namespace = targetOf(call);
    const { query, skip, limit } = parseFind(call);
    const projection = args.filled('projection');
    const project =
      projection && compileProjection(projection, query.filter, query.environment, query.variables);
    const found = slice(findDocuments(guardedReader(store), namespace, query), skip, limit);
    return cursors.open({
      namespace,
      deadline,
      batchSize: args.count('batchSize'),
      singleBatch: args.flag('singleBatch'),
      documents: bytesOf(found, project && ((it) => encodeDoc(project(it.document)))),
    });
  },
};

export function parseFind(call: Call): { query: Query; skip: number; limit: number | undefined } {
  const { args } = call;
  args.refuse(...refused.split(' '));
  const skip = args.count('skip') ?? 0;
  const limit = args.count('limit') || undefined;
  const variables = parseLet(args.document('let'), environmentOf(call, undefined));
  const query = parseQuery(call, args, { filter: 'filter', sort: 'sort' }, variables);
  return { query: limit === undefined ? query : { ...query, limit: skip + limit }, skip, limit };
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

function* bytesOf(
  found: Iterable<FoundDocument>,
  project: ((found: FoundDocument) => Uint8Array) | undefined,
): Generator<Uint8Array> {
  for (const document of found) yield project ? project(document) : document.bytes;
}

export const getMoreCommand: Command = {
  fields: 'collection batchSize',
  run({ args, cursors, database, deadline }) {
    if (deadline.maxTimeMS)
      fail('BadValue', 'cannot set maxTimeMS on getMore command for a non-awaitData cursor');
    const id = args.required('getMore', args.value('getMore'));
    const collection = args.required('collection', args.text('collection'));
    if (typeof id !== 'bigint') fail('TypeMismatch', "BSON field 'getMore.getMore' must be of type 'long'");
    return cursors.more(id, `${database}.${collection}`, args.count('batchSize'));
  },
};

export const killCursorsCommand: Command = {
  fields: 'cursors',
  run({ args, cursors }) {
    const cursorsKilled: bigint[] = [];
    const cursorsNotFound: bigint[] = [];
    for (const id of args.required('cursors', args.list('cursors'))) {
      if (typeof id !== 'bigint') fail('TypeMismatch', "BSON field 'killCursors.cursors' must hold longs");
      (cursors.kill(id) ? cursorsKilled : cursorsNotFound).push(id);
    }
    return reply({ cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] });
  },
};
