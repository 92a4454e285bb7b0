import { decodeDoc } from '../bson/decode.js';
import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { compileMatcher } from '../query/match.js';
import type {
  CollectionInfo,
  IndexEntry,
  IndexInfo,
  RecordId,
  StoreReader,
  StoredRecord,
} from '../storage/store.js';
import { indexKeys } from '../values/keys.js';
import type { Doc } from '../values/value.js';
import { environmentOf, targetOf, type Command } from './call.js';
import { reply } from './reply.js';

const CHUNK = 256;
const MOST_ERRORS = 20;
const everything = { lower: new Uint8Array(), upper: new Uint8Array(64).fill(0xff) };

/** Reads everything: each index entry must be one that its document gives, and none may be missing. */
export const validateCommand: Command = {
  fields: 'full background repair',
  run(call) {
    call.args.refuse(['repair']);
    const ns = targetOf(call);
    const collection =
      call.store.collection(ns) ?? fail('NamespaceNotFound', `Collection '${ns}' does not exist`);
    const environment = environmentOf(call, undefined);
    const errors: string[] = [];
    const report = (error: string): void => void (errors.length < MOST_ERRORS && errors.push(error));
    const nrecords = countRecords(call.store, collection, environment);
    if (nrecords !== collection.count)
      report(`${nrecords} documents, but the counter says ${collection.count}`);
    const keysPerIndex = new Map<string, number>();
    for (const index of collection.indexes) {
      const wanted = expectedKeys(index, environment);
      let missing = 0;
      for (const { bytes } of records(call.store, collection)) missing += wanted(decodeDoc(bytes)).length;
      let entries = 0;
      for (const { key, id } of entriesOf(call.store, collection, index)) {
        environment.checkDeadline();
        entries++;
        const bytes = call.store.record(collection, id);
        const keys = bytes ? wanted(decodeDoc(bytes)) : [];
        if (keys.some((it) => it.equals(key))) missing--;
        else report(`${index.name}: an entry of record ${id} that its document does not give`);
      }
      if (missing !== 0) report(`${index.name}: ${missing} entries are missing`);
      keysPerIndex.set(index.name, entries);
    }
    const valid = errors.length === 0;
    return reply({
      ns,
      nrecords,
      nIndexes: collection.indexes.length,
      keysPerIndex,
      valid,
      errors,
      warnings: [],
    });
  },
};

function expectedKeys(index: IndexInfo, environment: Environment): (document: Doc) => Buffer[] {
  const included = index.partial && compileMatcher(index.partial.filter, environment);
  return (document) => (!included || included(document) ? indexKeys(document, index).keys : []);
}

function countRecords(reader: StoreReader, collection: CollectionInfo, environment: Environment): number {
  let count = 0;
  for (const _ of records(reader, collection)) {
    environment.checkDeadline();
    count++;
  }
  return count;
}

function* records(reader: StoreReader, collection: CollectionInfo): Generator<StoredRecord> {
  let after: RecordId | undefined;
  for (;;) {
    const chunk = reader.scanRecords(collection, { after, limit: CHUNK });
    yield* chunk;
    after = chunk.at(-1)?.id;
    if (chunk.length < CHUNK) return;
  }
}

function* entriesOf(
  reader: StoreReader,
  collection: CollectionInfo,
  index: IndexInfo,
): Generator<IndexEntry> {
  let after: IndexEntry | undefined;
  for (;;) {
    const chunk = reader.scanIndex(collection, index, everything, { after, limit: CHUNK });
    yield* chunk;
    after = chunk.at(-1);
    if (chunk.length < CHUNK) return;
  }
}
