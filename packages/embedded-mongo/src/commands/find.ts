import { encodeDoc } from '../bson/encode.js';
import { fail } from '../errors.js';
import { findDocuments, slice } from '../plan/find.js';
import type { FoundDocument, Query } from '../plan/reader.js';
import { compileProjection } from '../query/project.js';
import type { Doc } from '../values/value.js';
import { targetOf, type Call, type Command } from './call.js';
import type { Encoded } from './cursors.js';
import { reply } from './reply.js';
import { letOf, parseQuery } from './statement.js';

const refused = [
  ...['tailable', 'awaitData', 'oplogReplay', 'noCursorTimeout', 'allowPartialResults'],
  ...['returnKey', 'showRecordId', 'min', 'max'],
];

export const findCommand: Command = {
  fields: `filter projection sort skip limit batchSize singleBatch hint collation let allowDiskUse ${refused.join(' ')}`,
  run(call) {
    const { args, cursors, deadline, store } = call;
    const namespace = targetOf(call);
    const { query, skip, limit } = parseFind(call);
    const projection = args.filled('projection');
    const project =
      projection && compileProjection(projection, query.filter, query.environment, query.variables);
    const found = findDocuments(store, namespace, query);
    const wanted = skip > 0 ? slice(found, skip, limit) : found;
    return cursors.open({
      namespace,
      deadline,
      batchSize: args.count('batchSize'),
      singleBatch: args.flag('singleBatch'),
      documents: project ? projected(wanted, project) : wanted,
    });
  },
};

export function parseFind(call: Call): { query: Query; skip: number; limit: number | undefined } {
  const { args } = call;
  args.refuse(refused);
  const skip = args.count('skip') ?? 0;
  const limit = args.count('limit') || undefined;
  const variables = letOf(call);
  const query = parseQuery(call, args, { filter: 'filter', sort: 'sort' }, variables);
  return { query: limit === undefined ? query : { ...query, limit: skip + limit }, skip, limit };
}

function* projected(found: Iterable<FoundDocument>, project: (document: Doc) => Doc): Generator<Encoded> {
  for (const { document } of found) yield { bytes: encodeDoc(project(document)) };
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
