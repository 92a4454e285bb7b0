import type { Reply } from '../bson/encode.js';
import { fail } from '../errors.js';
import { leadingQuery } from '../pipeline/pipeline.js';
import { explainQuery, findDocuments } from '../plan/find.js';
import type { Query } from '../plan/reader.js';
import { aggregateFields, parseAggregate } from './aggregation.js';
import { Arguments } from './arguments.js';
import { targetOf, type Call, type Command } from './call.js';
import { countCommand, distinctCommand, parseCount, parseDistinct } from './count.js';
import { deleteCommand, parseDelete } from './delete.js';
import { findAndModifyCommand, parseFindAndModify } from './find-and-modify.js';
import { findCommand, parseFind, slice } from './find.js';
import { reply } from './reply.js';
import { parseUpdate, updateCommand } from './update.js';

interface Explained {
  readonly query: Query;
  readonly skip?: number;
  readonly limit?: number | undefined;
}

/** How each command that can be explained finds its documents. */
const explainable: Readonly<Record<string, { fields: string; query: (call: Call) => Explained }>> = {
  find: { fields: findCommand.fields, query: parseFind },
  count: { fields: countCommand.fields, query: parseCount },
  distinct: { fields: distinctCommand.fields, query: parseDistinct },
  update: {
    fields: updateCommand.fields,
    query: (call) => parseUpdate(call, onlyStatement(call, 'updates'), new Map()),
  },
  delete: {
    fields: deleteCommand.fields,
    query: (call) => parseDelete(call, onlyStatement(call, 'deletes'), new Map()),
  },
  findAndModify: { fields: findAndModifyCommand.fields, query: parseFindAndModify },
  aggregate: {
    fields: aggregateFields,
    query: (call) => {
      const { pipeline, environment, variables } = parseAggregate(call);
      return { query: leadingQuery(pipeline, { environment, variables }, call.args.hint()).query };
    },
  },
};

function onlyStatement({ args }: Call, name: string) {
  const [statement, ...more] = args.required(name, args.documents(name));
  if (!statement || more.length) fail('InvalidLength', 'explain can only explain a single write statement');
  return statement;
}

const verbosities = new Set(['queryPlanner', 'executionStats', 'allPlansExecution']);

export const explainCommand: Command = {
  fields: 'verbosity',
  run(call) {
    const body = call.args.required('explain', call.args.document('explain'));
    const verbosity = call.args.text('verbosity') ?? 'allPlansExecution';
    if (!verbosities.has(verbosity)) fail('FailedToParse', `verbosity string '${verbosity}' is not known`);
    const [name = ''] = body.keys();
    const fields = explainable[name]?.fields;
    if (fields === undefined) fail('CommandNotFound', `Explain failed due to unknown command: ${name}`);
    const args = new Arguments(name, body, new Set([name, ...fields.split(' ')]));
    return explain({ ...call, args, request: { ...call.request, body } }, name, verbosity);
  },
};

/** Nothing is changed, whatever is explained: a write is only asked which documents it would find. */
export function explain(call: Call, name: string, verbosity: string): Reply {
  const namespace = targetOf(call);
  const { query, skip = 0, limit } = explainable[name]?.query(call) ?? fail('CommandNotFound', name);
  const plan = explainQuery(call.store, namespace, query);
  const explained = reply({ explainVersion: '1', queryPlanner: plan, command: call.request.body });
  if (verbosity === 'queryPlanner') return explained;
  const startedAt = performance.now();
  let nReturned = 0;
  for (const _ of slice(findDocuments(call.store, namespace, query), skip, limit)) nReturned++;
  const executionTimeMillis = Math.round(performance.now() - startedAt);
  return explained.set('executionStats', reply({ executionSuccess: true, nReturned, executionTimeMillis }));
}
