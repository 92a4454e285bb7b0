import { fail } from '../errors.js';
import { runPipeline } from '../pipeline/pipeline.js';
import { aggregateFields, parseAggregate } from './aggregation.js';
import { Arguments } from './arguments.js';
import { targetOf, type Command } from './call.js';
import { encodeAll } from './cursors.js';
import { explain } from './explain.js';
import { namespaceOf } from './namespace.js';

const cursorFields = new Set(['batchSize']);

export const aggregateCommand: Command = {
  fields: aggregateFields,
  run(call) {
    const { args, cursors, deadline, store } = call;
    const { pipeline, ...surroundings } = parseAggregate(call);
    const namespace = targetOf(call);
    if (args.flag('explain')) return explain(call, 'aggregate', 'queryPlanner');
    const cursor = args.document('cursor');
    if (!cursor) {
      fail(
        'FailedToParse',
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    }
    const batchSize = new Arguments('aggregate.cursor', cursor, cursorFields).count('batchSize');
    const run = {
      ...surroundings,
      reader: store,
      namespaceOf: (collection: string) => namespaceOf(call.database, collection),
    };
    const documents = encodeAll(runPipeline(pipeline, namespace, run, args.hint()));
    return cursors.open({ namespace, deadline, batchSize, documents });
  },
};
