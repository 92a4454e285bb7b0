import { fail } from '../errors.js';
import { leadingQuery } from '../pipeline/pipeline.js';
import { executionStats, explainQuery, type Around } from '../plan/find.js';
import type { Query } from '../plan/reader.js';
import { aggregateFields, parseAggregate } from './aggregation.js';
import { Arguments, commandFields, statements } from './arguments.js';
import { targetOf, type Call, type Command } from './call.js';
import { countCommand, distinctCommand, parseCount, parseDistinct } from './count.js';
import { deleteCommand, deleteFields, parseDelete } from './delete.js';
import { findAndModifyCommand, parseFindAndModify } from './find-and-modify.js';
import { findCommand, parseFind } from './find.js';
import { reply, type ReplyDoc } from './reply.js';
import { parseUpdate, updateCommand, updateFields } from './update.js';

interface Explained extends Around {
  readonly query: Query;
}

/** How each command that can be explained finds its documents. */
const explainable: Readonly<Record<string, { fields: string; query: (call: Call) => Explained }>> = {
  find: {
    fields: findCommand.fields,
    query: (call) => ({ ...parseFind(call), projection: call.args.filled('projection') }),
  },
  count: { fields: countCommand.fields, query: parseCount },
  distinct: { fields: distinctCommand.fields, query: (call) => only(parseDistinct(call)) },
  update: {
    fields: updateCommand.fields,
    query: (call) => only(parseUpdate(call, onlyStatement(call, 'updates', updateFields), new Map())),
  },
  delete: {
    fields: deleteCommand.fields,
    query: (call) => only(parseDelete(call, onlyStatement(call, 'deletes', deleteFields), new Map())),
  },
  findAndModify: { fields: findAndModifyCommand.fields, query: (call) => only(parseFindAndModify(call)) },
  aggregate: {
    fields: aggregateFields,
    query: (call) => {
      const { pipeline, environment, variables } = parseAggregate(call);
      return { query: leadingQuery(pipeline, { environment, variables }, call.args.hint()).query };
    },
  },
};

const only = ({ query }: Explained): Explained => ({ query });

function onlyStatement({ args }: Call, name: string, known: ReadonlySet<string>): Arguments {
  const [statement, ...more] = statements(name, args, new Map(), known);
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
    const args = new Arguments(name, body, commandFields(name, fields));
    return explain({ ...call, args, request: { ...call.request, body } }, name, verbosity);
  },
};

/** Nothing is changed, whatever is explained: a write is only asked which documents it would find. */
export function explain(call: Call, name: string, verbosity: string): ReplyDoc {
  const namespace = targetOf(call);
  const { query, ...around } = explainable[name]?.query(call) ?? fail('CommandNotFound', name);
  const explained = reply({
    explainVersion: '1',
    queryPlanner: explainQuery(call.store, namespace, query, around),
    command: call.request.body,
  });
  if (verbosity === 'queryPlanner') return explained;
  return explained.set('executionStats', executionStats(call.store, namespace, query, around));
}
