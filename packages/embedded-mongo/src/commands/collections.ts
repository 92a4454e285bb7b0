import { Binary } from 'bson';
import { encodeAll } from './cursors.js';
import { fail } from '../errors.js';
import { compileMatcher } from '../query/match.js';
import { parseFilter } from '../query/parse.js';
import type { CollectionInfo } from '../storage/store.js';
import type { Doc, Value } from '../values/value.js';
import { Arguments } from './arguments.js';
import { environmentOf, targetOf, type Call, type Command } from './call.js';
import { reply } from './reply.js';

const refused = [
  ...['capped', 'size', 'max', 'timeseries', 'viewOn', 'pipeline', 'clusteredIndex', 'expireAfterSeconds'],
  ...['validator', 'validationLevel', 'validationAction', 'collation', 'changeStreamPreAndPostImages'],
  ...['encryptedFields', 'storageEngine', 'indexOptionDefaults', 'autoIndexId', 'idIndex'],
];

const create: Command = {
  fields: refused.join(' '),
  async run(call) {
    call.args.refuse(refused);
    const namespace = targetOf(call);
    await call.store.write((writer) => {
      if (writer.collection(namespace)) fail('NamespaceExists', `Collection ${namespace} already exists.`);
      writer.createCollection(namespace, new Map());
    });
    return reply({});
  },
};

/** As in MongoDB 7, to drop what is not there is no error. */
const drop: Command = {
  fields: 'drop',
  async run(call) {
    const namespace = targetOf(call);
    const nIndexesWas = await call.store.write((writer) => {
      const collection = writer.collection(namespace);
      if (collection) writer.dropCollection(namespace);
      return collection?.indexes.length;
    });
    return nIndexesWas === undefined ? reply({}) : reply({ nIndexesWas, ns: namespace });
  },
};

const dropDatabase: Command = {
  fields: 'dropDatabase',
  async run({ store, database }) {
    const dropped = await store.write((writer) => {
      const collections = writer.collections(database);
      for (const { namespace } of collections) writer.dropCollection(namespace);
      return collections.length > 0;
    });
    return reply({ dropped: dropped ? database : undefined });
  },
};

const cursorFields = new Set(['batchSize']);

/** The cursor of a list command: what it lists is small and known at once. */
export function listCursor(call: Call, namespace: string, documents: Doc[]) {
  const options = new Arguments(
    'cursor',
    call.args.document('cursor') ?? new Map<string, Value>(),
    cursorFields,
  );
  const { cursors, deadline } = call;
  return cursors.open({
    namespace,
    deadline,
    batchSize: options.count('batchSize'),
    documents: encodeAll(documents),
  });
}

function filtered(call: Call, documents: Doc[]): Doc[] {
  const filter = call.args.filled('filter');
  return filter
    ? documents.filter(compileMatcher(parseFilter(filter), environmentOf(call, undefined)))
    : documents;
}

const listCollections: Command = {
  fields: 'filter nameOnly authorizedCollections cursor',
  run(call) {
    const { store, database, args } = call;
    const described = filtered(call, store.collections(database).map(describe));
    const names = (it: Doc): Doc => new Map([...it].filter(([name]) => name === 'name' || name === 'type'));
    const documents = args.flag('nameOnly') ? described.map(names) : described;
    return listCursor(call, `${database}.$cmd.listCollections`, documents);
  },
};

function describe({ namespace, options, uuid, indexes }: CollectionInfo): Doc {
  const [idIndex] = indexes;
  return new Map<string, Value>([
    ['name', namespace.slice(namespace.indexOf('.') + 1)],
    ['type', 'collection'],
    ['options', options],
    [
      'info',
      new Map<string, Value>([
        ['readOnly', false],
        ['uuid', new Binary(uuid, Binary.SUBTYPE_UUID)],
      ]),
    ],
    ...(idIndex ? [['idIndex', idIndex.specification] as const] : []),
  ]);
}

const listDatabases: Command = {
  fields: 'filter nameOnly authorizedDatabases',
  run(call) {
    const { store, args } = call;
    const all = store.databases().map(
      (name): Doc =>
        new Map<string, Value>([
          ['name', name],
          ['empty', false],
        ]),
    );
    const found = filtered(call, all);
    const names = found.map((it): Doc => new Map([...it].filter(([name]) => name === 'name')));
    return reply({ databases: args.flag('nameOnly') ? names : found });
  },
};

export const collectionCommands: Readonly<Record<string, Command>> = {
  create,
  drop,
  dropDatabase,
  listCollections,
  listDatabases,
};
