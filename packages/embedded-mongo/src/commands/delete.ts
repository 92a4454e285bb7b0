import { decodeDoc } from '../bson/decode.js';
import { fail } from '../errors.js';
import { findDocuments } from '../plan/find.js';
import type { StoreWriter } from '../storage/store.js';
import { statements, type Arguments } from './arguments.js';
import { targetOf, type Call, type Command } from './call.js';
import { reply } from './reply.js';
import { collectIds, letOf, parseQuery } from './statement.js';
import type { Variables } from '../pipeline/variables.js';
import { WriteErrors } from './write-errors.js';

export const deleteFields: ReadonlySet<string> = new Set(['q', 'limit', 'collation', 'hint']);

export const deleteCommand: Command = {
  fields: 'deletes ordered let bypassDocumentValidation',
  async run(call) {
    const { args, request, store } = call;
    const namespace = targetOf(call);
    const ordered = args.value('ordered') === undefined || args.flag('ordered');
    const deletes = statements('deletes', args, request.sequences, deleteFields);
    for (const statement of deletes) limitOf(statement);
    const variables = letOf(call);
    const errors = new WriteErrors();
    let n = 0;
    await store.write((writer) => {
      errors.collect(deletes.length, ordered, (index) => {
        const statement = deletes[index];
        if (!statement) return;
        deleteMatching(call, writer, namespace, statement, variables, () => n++);
      });
    });
    return reply({ n, ...errors.field });
  },
};

function deleteMatching(
  call: Call,
  writer: StoreWriter,
  namespace: string,
  statement: Arguments,
  variables: Variables,
  deleted: () => void,
): void {
  const { query, limit } = parseDelete(call, statement, variables);
  const found = findDocuments(writer, namespace, limit ? { ...query, limit } : query);
  const collection = writer.collection(namespace);
  if (!collection) return;
  if (limit) {
    for (const { id, document } of found) {
      writer.remove(collection, id, document);
      deleted();
      return;
    }
    return;
  }
  for (const id of collectIds(found)) {
    call.deadline.check();
    const bytes = writer.record(collection, id);
    if (!bytes) continue;
    writer.remove(collection, id, decodeDoc(bytes));
    deleted();
  }
}

export function parseDelete(call: Call, statement: Arguments, variables: Variables) {
  statement.required('q', statement.document('q'));
  return { query: parseQuery(call, statement, { filter: 'q' }, variables), limit: limitOf(statement) };
}

function limitOf(statement: Arguments): 0 | 1 {
  const limit = statement.required('limit', statement.whole('limit'));
  if (limit === 0 || limit === 1) return limit;
  return fail('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit}`);
}
