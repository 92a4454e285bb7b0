import { decodeDoc } from '../bson/decode.js';
import { encodeDoc } from '../bson/encode.js';
import { fail } from '../errors.js';
import type { CollectionInfo, StoreWriter } from '../storage/store.js';
import { refuseUnstorableId, withIdFirst, withTimestamps } from '../update/storable.js';
import { isDoc } from '../values/types.js';
import type { Doc } from '../values/value.js';
import { checkBatch } from './arguments.js';
import { targetOf, type Call, type Command } from './call.js';
import { LARGEST_DOCUMENT } from './cursors.js';
import { reply } from './reply.js';
import { WriteErrors } from './write-errors.js';

export const insertCommand: Command = {
  fields: 'documents ordered bypassDocumentValidation',
  async run(call) {
    const { args, request, store } = call;
    const namespace = targetOf(call);
    const ordered = args.value('ordered') === undefined || args.flag('ordered');
    const sent: readonly (Uint8Array | Doc)[] | undefined =
      request.sequences.get('documents') ?? args.documents('documents');
    const documents = checkBatch([...args.required('documents', sent)]);
    const errors = new WriteErrors();
    let n = 0;
    await store.write((writer) => {
      const collection = ensureCollection(writer, namespace);
      errors.collect(documents.length, ordered, (index) => {
        const document = documents[index];
        if (!document) return;
        if (isDoc(document)) insertDocument(call, writer, collection, document);
        else insertDocument(call, writer, collection, decodeDoc(document), document);
        n++;
      });
    });
    return reply({ n, ...errors.field });
  },
};

export function ensureCollection(writer: StoreWriter, namespace: string): CollectionInfo {
  return writer.collection(namespace) ?? writer.createCollection(namespace, new Map());
}

/** Answers the document as it was stored. `bytes`, when given, are the document's and save an encoding. */
export function insertDocument(
  call: Pick<Call, 'now'>,
  writer: StoreWriter,
  collection: CollectionInfo,
  document: Doc,
  bytes?: Uint8Array,
): Doc {
  const stored = withTimestamps(withIdFirst(document), call.now);
  refuseUnstorableId(stored.get('_id') ?? null);
  const encoded = stored === document && bytes ? bytes : encodeDoc(stored);
  checkSize(encoded);
  writer.insert(collection, stored, encoded);
  return stored;
}

export function checkSize(bytes: Uint8Array): void {
  if (bytes.length <= LARGEST_DOCUMENT) return;
  fail(
    'BSONObjectTooLarge',
    `object to insert too large. size in bytes: ${bytes.length}, max size: ${LARGEST_DOCUMENT}`,
  );
}
