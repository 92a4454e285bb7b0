import { fail } from '../errors.js';
import { findDocuments } from '../plan/find.js';
import { matchedPosition } from '../query/match.js';
import { compileProjection } from '../query/project.js';
import type { StoreWriter } from '../storage/store.js';
import { compileUpdate } from '../update/update.js';
import type { Doc } from '../values/value.js';
import { targetOf, type Call, type Command } from './call.js';
import { ensureCollection, insertDocument } from './insert.js';
import { reply } from './reply.js';
import { letOf, parseQuery } from './statement.js';
import { applyUpdate } from './update.js';

export const findAndModifyCommand: Command = {
  fields:
    'query sort remove update new fields upsert collation arrayFilters hint let bypassDocumentValidation',
  async run(call) {
    const namespace = targetOf(call);
    const modification = parseFindAndModify(call);
    const result = await call.store.write((writer) => modify(call, writer, namespace, modification));
    const { value, ...lastErrorObject } = result;
    return reply({ lastErrorObject: reply(lastErrorObject), value: value ?? null });
  },
};

export function parseFindAndModify(call: Call) {
  const { args } = call;
  const update = args.value('update');
  const remove = args.flag('remove');
  const upsert = args.flag('upsert');
  const answersNew = args.flag('new');
  const refuse = (reason: string): never => fail('FailedToParse', reason);
  if (remove && update !== undefined) refuse('Cannot specify both an update and remove=true');
  if (remove && upsert) refuse('Cannot specify both upsert=true and remove=true');
  if (remove && answersNew) {
    refuse("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  }
  if (!remove && update === undefined) refuse('Either an update or remove=true must be specified');
  const variables = letOf(call);
  const query = { ...parseQuery(call, args, { filter: 'query', sort: 'sort' }, variables), limit: 1 };
  const { environment, filter } = query;
  const arrayFilters = args.documents('arrayFilters');
  const updater =
    update === undefined
      ? undefined
      : compileUpdate(update, { environment, filter, variables, ...(arrayFilters && { arrayFilters }) });
  const fields = args.filled('fields');
  const project = fields
    ? compileProjection(fields, filter, environment, variables)
    : (document: Doc) => document;
  return { query, updater, upsert, answersNew, project };
}

type Modification = ReturnType<typeof parseFindAndModify>;

function modify(call: Call, writer: StoreWriter, namespace: string, modification: Modification) {
  const { query, updater, upsert, answersNew, project } = modification;
  const collection = writer.collection(namespace);
  if (collection) {
    for (const { id, document } of findDocuments(writer, namespace, query)) {
      if (!updater) {
        writer.remove(collection, id, document);
        return { n: 1, value: project(document) };
      }
      const position = (): number | undefined => matchedPosition(query.filter, document, query.environment);
      const after = applyUpdate(writer, collection, id, document, updater, position);
      return { n: 1, updatedExisting: true, value: project(answersNew ? after : document) };
    }
  }
  if (!updater) return { n: 0 };
  if (!upsert) return { n: 0, updatedExisting: false };
  const inserted = insertDocument(
    call,
    writer,
    ensureCollection(writer, namespace),
    updater.insertFor(query.filter),
  );
  const value = answersNew ? project(inserted) : undefined;
  return { n: 1, updatedExisting: false, upserted: inserted.get('_id'), value };
}
