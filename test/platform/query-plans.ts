import type { Connection, mongo } from 'mongoose';
import type { QueryShape } from './query-shapes.js';

/** How the database finds the documents of a question. */
export interface QueryPlan {
  /** Names of the indexes; `_id_` for a look-up by id; none for a scan. */
  readonly indexes: readonly string[];
  readonly scans: boolean;
  /** Sorts what it found, in place of reading it in its order. */
  readonly sorts: boolean;
}

export async function planOf(connection: Connection, { explainable }: QueryShape): Promise<QueryPlan> {
  const answer = await connection.db?.command({ explain: explainable, verbosity: 'queryPlanner' });
  const stages: string[] = [];
  const indexes = new Set<string>();
  collect(answer?.['queryPlanner'] ?? answer?.['stages'], (stage) => {
    stages.push(String(stage['stage']));
    if (typeof stage['indexName'] === 'string') indexes.add(stage['indexName']);
    if (/^(IDHACK|EXPRESS_CLUSTERED_IXSCAN)$/.test(String(stage['stage']))) indexes.add('_id_');
  });
  return {
    indexes: [...indexes].sort(),
    scans: stages.includes('COLLSCAN'),
    sorts: stages.includes('SORT'),
  };
}

/** Every stage of the winning plan, wherever a server puts it. */
function collect(value: unknown, found: (stage: mongo.Document) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('stage' in value) found(value);
  for (const [name, inner] of Object.entries(value)) if (name !== 'rejectedPlans') collect(inner, found);
}

/**
 * Some hundreds of documents that belong to others, in every collection: what is empty needs no index. Each has a
 * value of its own in every field of every index, so that no unique key refuses it.
 */
export async function fill(
  connection: Connection,
  collections: Iterable<string>,
  count = 300,
): Promise<void> {
  for (const name of collections) {
    const collection = connection.collection(name);
    const indexes = (await collection.listIndexes().toArray()) as { key: object }[];
    const paths = new Set(['business', ...indexes.flatMap(({ key }) => Object.keys(key))]);
    paths.delete('_id');
    const documents = Array.from({ length: count }, (_, at) => {
      const document: mongo.Document = { _id: `filling-${at}` };
      for (const path of paths) put(document, path.split('.'), `filling-${at}`);
      return document;
    });
    await collection.insertMany(documents);
  }
}

function put(target: mongo.Document, [field = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) target[field] = value;
  else put((target[field] ??= {}) as mongo.Document, rest, value);
}
