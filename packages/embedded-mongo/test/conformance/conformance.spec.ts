// also runs on: mongodb
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EJSON, deserialize, serialize, type Document } from 'bson';
import { startEmbeddedMongo, type EmbeddedMongo } from 'embedded-mongo';
import { MongoClient, MongoServerError, type Db } from 'mongodb';
import { newFolder, removeFolders } from '../support/folders.js';
import type { ConformanceCase, Expectation } from './case.js';

/**
 * Runs every *.cases.ts over the real driver: on the embedded server, or on the MongoDB that MONGODB_URI names.
 * Where the two differ, the embedded one is wrong.
 */
const folder = dirname(fileURLToPath(import.meta.url));
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.cases.ts'))
  .sort();
const families = await Promise.all(
  files.map(async (file) => {
    const module = (await import(join(folder, file))) as { cases: ConformanceCase[] };
    return { family: file.replace('.cases.ts', ''), cases: module.cases };
  }),
);

/** As it is, with every type: neither numbers nor binaries nor regular expressions become JavaScript's. */
const exact = { promoteValues: false, promoteBuffers: false, promoteLongs: false, bsonRegExp: true } as const;

let embedded: EmbeddedMongo | undefined;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  const uri = process.env['MONGODB_URI'];
  if (!uri) embedded = await startEmbeddedMongo({ dir: newFolder(), durable: false });
  client = new MongoClient(uri ?? embedded?.uri ?? '', {
    retryWrites: false,
    ignoreUndefined: true,
    ...exact,
  });
  db = client.db(`conformance_${process.pid}`);
});

afterAll(async () => {
  await db.dropDatabase();
  await client.close();
  await embedded?.close();
  removeFolders();
});

it('has at least 400 cases, each with a name of its own in its family', () => {
  expect(families.reduce((sum, { cases }) => sum + cases.length, 0)).toBeGreaterThanOrEqual(400);
  for (const { cases } of families) {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  }
});

let lastCollection = 0;

describe.each(families)('$family', ({ cases }) => {
  it.each(cases)('$name', async (fact) => {
    lastCollection += 1;
    const name = `c${lastCollection}`;
    try {
      await prepare(name, fact);
      await check(name, fact);
    } finally {
      for (const other of Object.keys(fact.others ?? {}))
        await db.dropCollection(other).catch(() => undefined);
    }
  });
});

async function prepare(
  name: string,
  { documents = [], indexes = [], others = {} }: ConformanceCase,
): Promise<void> {
  for (const { key, ...options } of indexes) await db.collection(name).createIndex(key, options);
  for (const [collection, content] of [[name, documents] as const, ...Object.entries(others)]) {
    // The server makes a missing _id: the driver would put it behind the other fields.
    if (content.length > 0)
      await db.collection(collection).insertMany(content, { forceServerObjectId: true });
  }
}

async function check(name: string, { run, expect: expected }: ConformanceCase): Promise<void> {
  if ('error' in expected) {
    expect(await refusal(name, run)).toBe(expected.error);
    return;
  }
  if ('reply' in expected) {
    const reply = withTypes((await answer(name, run)).reply);
    const wanted = withTypes(named(expected.reply, name) as Document);
    expect(text(common(reply, wanted))).toEqual(text(wanted));
    return;
  }
  const result = await answer(name, run);
  const found = (result.documents ?? []).map(text);
  const wanted = expected.documents.map(text);
  expect(expected.anyOrder ? found.sort() : found).toEqual(expected.anyOrder ? wanted.sort() : wanted);
  checkCounts(result.reply, expected);
}

function checkCounts(reply: Document, expected: Extract<Expectation, { documents: Document[] }>): void {
  const upserted = reply['upserted']?.[0] as Document | undefined;
  if (expected.matched !== undefined) {
    expect(Number(reply['n']) - (upserted === undefined ? 0 : 1)).toBe(expected.matched);
  }
  if (expected.modified !== undefined) expect(Number(reply['nModified'])).toBe(expected.modified);
  if ('upsertedId' in expected)
    expect(text({ _id: upserted?.['_id'] })).toBe(text({ _id: expected.upsertedId }));
}

interface Result {
  documents?: Document[];
  reply: Document;
}

async function answer(name: string, run: ConformanceCase['run']): Promise<Result> {
  const collection = db.collection(name);
  if ('find' in run) {
    const { find, ...options } = run;
    return { documents: await collection.find(find, options as object).toArray(), reply: {} };
  }
  if ('aggregate' in run) {
    const { aggregate, ...options } = run;
    return { documents: await collection.aggregate(aggregate, options as object).toArray(), reply: {} };
  }
  if ('update' in run) {
    // As a raw command: the driver's own methods refuse before the server is asked.
    const { filter, update, many = false, ...options } = run;
    const statement = { q: filter, u: update, multi: many, ...options };
    const reply = await db.command({ update: name, updates: [statement] }, exact);
    return { documents: await collection.find({}, { sort: { _id: 1 } }).toArray(), reply };
  }
  const reply = await db.command(named(run.command, name) as Document, exact);
  const batch = (reply['cursor'] as Document | undefined)?.['firstBatch'] as Document[] | undefined;
  return { reply, ...(batch && { documents: batch }) };
}

/** The code of a command that failed, or of the first statement that did. */
async function refusal(name: string, run: ConformanceCase['run']): Promise<unknown> {
  try {
    const { reply, documents } = await answer(name, run);
    const [first] = (reply['writeErrors'] ?? []) as Document[];
    return first === undefined ? { notRefused: documents?.map(text) ?? text(reply) } : Number(first['code']);
  } catch (error) {
    if (error instanceof MongoServerError) return Number(error.code);
    throw error;
  }
}

/** Canonical, after a round through BSON: so that a plain number has the type that the driver gives it. */
function text(document: Document): string {
  return EJSON.stringify(withTypes(document), { relaxed: false });
}

function withTypes(document: Document): Document {
  return deserialize(serialize(document, { ignoreUndefined: true }), exact);
}

/** `'$collection'` becomes the name of the collection under test, `'$namespace'` that with its database. */
function named(value: unknown, name: string): unknown {
  if (value === '$collection') return name;
  if (value === '$namespace') return `${db.databaseName}.${name}`;
  if (Array.isArray(value)) return value.map((each) => named(each, name));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, named(each, name)]));
}

/** Of `reply` what `wanted` speaks of; objects are followed, arrays and a returned `value` compared whole. */
function common(reply: Document, wanted: Document): Document {
  return Object.fromEntries(
    Object.entries(wanted).map(([field, want]) => {
      const have: unknown = reply[field];
      const follow = field !== 'value' && isPlain(want) && isPlain(have);
      return [field, follow ? common(have, want) : have];
    }),
  );
}

function isPlain(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
