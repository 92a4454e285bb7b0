import { CommandError, fail } from '../errors.js';
import type { CollectionInfo, StoreWriter } from '../storage/store.js';
import { compareValues } from '../values/compare.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { targetOf, type Command } from './call.js';
import { listCursor } from './collections.js';
import { ensureCollection } from './insert.js';
import { reply } from './reply.js';

const createIndexes: Command = {
  fields: 'indexes commitQuorum',
  async run(call) {
    const namespace = targetOf(call);
    const specifications = call.args.required('indexes', call.args.documents('indexes'));
    if (specifications.length === 0) fail('BadValue', 'Must specify at least one index to create');
    return call.store.write((writer) => {
      const createdCollectionAutomatically = !writer.collection(namespace);
      const before = ensureCollection(writer, namespace).indexes.length;
      createAll(writer, namespace, specifications);
      const after = writer.collection(namespace)?.indexes.length ?? 0;
      return reply({
        numIndexesBefore: before,
        numIndexesAfter: after,
        createdCollectionAutomatically,
        note: after === before ? 'all indexes already exist' : undefined,
      });
    });
  },
};

/** All or none of them: what was built before a refusal is taken away again. */
function createAll(writer: StoreWriter, namespace: string, specifications: Doc[]): void {
  const existing = new Set(writer.collection(namespace)?.indexes.map(({ name }) => name));
  try {
    for (const specification of specifications) writer.createIndex(namespace, specification);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    for (const { name } of writer.collection(namespace)?.indexes ?? []) {
      if (!existing.has(name)) writer.dropIndex(namespace, name);
    }
    throw error;
  }
}

const listIndexes: Command = {
  fields: 'cursor',
  run(call) {
    const namespace = targetOf(call);
    const { indexes } = existingCollection(call.store.collection(namespace), namespace);
    const specifications = indexes.map(({ specification }) => specification);
    return listCursor(call, namespace, specifications);
  },
};

const dropIndexes: Command = {
  fields: 'index',
  async run(call) {
    const namespace = targetOf(call);
    const wanted = call.args.required('index', call.args.value('index'));
    return call.store.write((writer) => {
      const collection = existingCollection(writer.collection(namespace), namespace);
      const nIndexesWas = collection.indexes.length;
      for (const name of indexesToDrop(collection, wanted)) writer.dropIndex(namespace, name);
      return reply({ nIndexesWas });
    });
  },
};

function existingCollection(collection: CollectionInfo | undefined, namespace: string): CollectionInfo {
  return collection ?? fail('NamespaceNotFound', `ns does not exist: ${namespace}`);
}

/** By name, by key, several by name, or '*': all but `_id_`. */
function indexesToDrop(collection: CollectionInfo, wanted: Value): string[] {
  if (wanted === '*') return collection.indexes.slice(1).map(({ name }) => name);
  return (Array.isArray(wanted) ? wanted : [wanted]).map((one) => {
    if (typeof one !== 'string' && !isDoc(one))
      fail('TypeMismatch', "'index' must be a string, an array or an object");
    const found = collection.indexes.find(({ name, specification }) =>
      typeof one === 'string' ? name === one : compareValues(specification.get('key'), one) === 0,
    );
    if (!found) {
      const what = typeof one === 'string' ? `with name [${one}]` : 'with that key';
      fail('IndexNotFound', `index not found ${what}`);
    }
    if (found.name === '_id_') fail('InvalidOptions', 'cannot drop _id index');
    return found.name;
  });
}

export const indexCommands: Readonly<Record<string, Command>> = { createIndexes, listIndexes, dropIndexes };
