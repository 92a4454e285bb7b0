import { decodeDoc } from '../bson/decode.js';
import { encodeDoc, type Reply } from '../bson/encode.js';
import { fail } from '../errors.js';
import { findDocuments } from '../plan/find.js';
import { matchedPosition } from '../query/match.js';
import type { CollectionInfo, RecordId, StoreWriter } from '../storage/store.js';
import { compileUpdate, type Updater } from '../update/update.js';
import type { Doc } from '../values/value.js';
import { statements, type Arguments } from './arguments.js';
import { targetOf, type Call, type Command } from './call.js';
import { checkSize, ensureCollection, insertDocument } from './insert.js';
import { reply } from './reply.js';
import { collectIds, letOf, parseQuery } from './statement.js';
import type { Variables } from '../pipeline/variables.js';
import { WriteErrors } from './write-errors.js';

export const updateFields: ReadonlySet<string> = new Set(
  'q u multi upsert collation arrayFilters hint sort'.split(' '),
);

export const updateCommand: Command = {
  fields: 'updates ordered let bypassDocumentValidation',
  async run(call) {
    const { args, request, store } = call;
    const namespace = targetOf(call);
    const ordered = args.value('ordered') === undefined || args.flag('ordered');
    const updates = statements('updates', args, request.sequences, updateFields);
    const variables = letOf(call);
    const errors = new WriteErrors();
    const upserted: Reply[] = [];
    const counts = { n: 0, nModified: 0 };
    await store.write((writer) => {
      errors.collect(updates.length, ordered, (index) => {
        const statement = updates[index];
        if (!statement) return;
        const inserted = updateMatching(call, writer, namespace, statement, variables, counts);
        if (inserted) upserted.push(reply({ index, _id: inserted.get('_id') }));
      });
    });
    return reply({ ...counts, upserted: upserted.length ? upserted : undefined, ...errors.field });
  },
};

/** Answers the document that an upsert has inserted. */
function updateMatching(
  call: Call,
  writer: StoreWriter,
  namespace: string,
  statement: Arguments,
  variables: Variables,
  counts: { n: number; nModified: number },
): Doc | undefined {
  const { query, updater, multi, upsert } = parseUpdate(call, statement, variables);
  const change = (collection: CollectionInfo, id: RecordId, document: Doc): void => {
    const after = applyUpdate(writer, collection, id, document, updater, () =>
      matchedPosition(query.filter, document, query.environment),
    );
    counts.n++;
    if (after !== document) counts.nModified++;
  };
  const before = counts.n;
  const collection = writer.collection(namespace);
  if (collection && !multi) {
    for (const { id, document } of findDocuments(writer, namespace, { ...query, limit: 1 })) {
      change(collection, id, document);
      break;
    }
  } else if (collection) {
    for (const id of collectIds(findDocuments(writer, namespace, query))) {
      call.deadline.check();
      const bytes = writer.record(collection, id);
      if (bytes) change(collection, id, decodeDoc(bytes));
    }
  }
  if (counts.n > before || !upsert) return undefined;
  const inserted = insertDocument(
    call,
    writer,
    ensureCollection(writer, namespace),
    updater.insertFor(query.filter),
  );
  counts.n++;
  return inserted;
}

export function parseUpdate(call: Call, args: Arguments, variables: Variables) {
  args.required('q', args.document('q'));
  const update = args.required('u', args.value('u'));
  const query = parseQuery(call, args, { filter: 'q', sort: 'sort' }, variables);
  const multi = args.flag('multi');
  if (multi && query.sort) fail('FailedToParse', 'Cannot specify sort with multi=true');
  const { filter, environment } = query;
  const arrayFilters = args.documents('arrayFilters');
  const updater = compileUpdate(update, {
    environment,
    filter,
    variables,
    ...(arrayFilters && { arrayFilters }),
  });
  if (multi && updater.isReplacement) {
    fail('FailedToParse', 'multi update is not supported for replacement-style update');
  }
  return { query, updater, multi, upsert: args.flag('upsert') };
}

/** Answers the document as it is now: the same reference when the update changes nothing. */
export function applyUpdate(
  writer: StoreWriter,
  collection: CollectionInfo,
  id: RecordId,
  document: Doc,
  updater: Updater,
  position: () => number | undefined,
): Doc {
  const after = updater.apply(document, position);
  if (after === document) return document;
  const bytes = encodeDoc(after);
  checkSize(bytes);
  writer.replace(collection, id, document, after, bytes);
  return after;
}
