import { decodeDoc } from '../bson/decode.js';
import { fail } from '../errors.js';
import { findDocuments } from '../plan/find.js';
import type { StoreWriter } from '../storage/store.js';
import type { Doc } from '../values/value.js';
import { Arguments, statements } from './arguments.js';
import { environmentOf, targetOf, type Call, type Command } from './call.js';
import { reply } from './reply.js';
import { collectIds, parseQuery } from './statement.js';
import { parseLet, type Variables } from '../pipeline/variables.js';
import { WriteErrors } from './write-errors.js';

const known = new Set(['q', 'limit', 'collation', 'hint']);

export const deleteCommand: Command = {
  fields: 'deletes ordered let bypassDocumentValidation',
  async run(call) {
    const { args, request, store } = call;
    const namespace = targetOf(call);
    const ordered = args.value('ordered') === undefined || args.flag('ordered');
    const deletes = statements('deletes', args, request.sequences);
    const variables = parseLet(args.document('let'), environmentOf(call, undefined));
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
  statement: Doc,
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

export function parseDelete(call: Call, statement: Doc, variables: Variables) {
  const args = new Arguments('delete.deletes', statement, known);
  args.required('q', args.document('q'));
  const limit = args.required('limit', args.whole('limit'));
  if (limit !== 0 && limit !== 1) {
    fail('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  }
  return { query: parseQuery(call, args, { filter: 'q' }, variables), limit };
}
