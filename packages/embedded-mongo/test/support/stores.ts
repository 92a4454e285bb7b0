import { join } from 'node:path';
import { decodeDoc } from '../../src/bson/decode.js';
import { encodeDoc } from '../../src/bson/encode.js';
import { toDoc, toPlain } from './plain.js';
import { CommandError } from '../../src/errors.js';
import { openStore, type StoreOptions } from '../../src/storage/open.js';
import type { CollectionInfo, Store, StoreReader, StoreWriter } from '../../src/storage/store.js';
import { encodeKey, keyAfterPrefix } from '../../src/values/keys.js';
import type { Value } from '../../src/values/value.js';
import { newFolder, removeFolders } from './folders.js';

export const ns = 'shop.items';
export const everything = { lower: Buffer.alloc(0), upper: Buffer.from([255]) };
const stores: Store[] = [];
let folder: string | undefined;

/** The folder of the test that runs; the stores are in `data` below it. */
export function testFolder(): string {
  folder ??= newFolder();
  return folder;
}

/** For afterEach. */
export async function closeStores(): Promise<void> {
  for (const store of stores.splice(0)) await store.close();
  folder = undefined;
  removeFolders();
}

export async function start(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({
    dir: join(testFolder(), 'data'),
    durable: false,
    groupTimeMs: 10_000,
    ...options,
  });
  stores.push(store);
  return store;
}

export async function startWith(...documents: object[]): Promise<Store> {
  const store = await start();
  await store.write((writer) => {
    writer.createCollection(ns, new Map());
    for (const document of documents) insert(writer, document);
  });
  return store;
}

export function items(reader: StoreReader): CollectionInfo {
  const collection = reader.collection(ns);
  if (!collection) throw new Error('no collection');
  return collection;
}

export function insert(writer: StoreWriter, plain: object): number {
  const document = toDoc(plain);
  return writer.insert(items(writer), document, encodeDoc(document));
}

export function replace(writer: StoreWriter, id: number, plain: object): void {
  const bytes = writer.record(items(writer), id);
  if (!bytes) throw new Error(`no record ${id}`);
  const after = toDoc(plain);
  writer.replace(items(writer), id, decodeDoc(bytes), after, encodeDoc(after));
}

export function remove(writer: StoreWriter, id: number): void {
  const bytes = writer.record(items(writer), id);
  if (!bytes) throw new Error(`no record ${id}`);
  writer.remove(items(writer), id, decodeDoc(bytes));
}

export function createIndex(store: Store, key: object, options: object = {}): Promise<'created' | 'exists'> {
  return store.write((writer) => writer.createIndex(ns, toDoc({ key, ...options })));
}

export function all(store: StoreReader): object[] {
  return store.scanRecords(items(store), { limit: 100_000 }).map(({ bytes }) => toPlain(decodeDoc(bytes)));
}

export function find(store: StoreReader, name: string, ...values: Value[]): number[] {
  const index = items(store).indexes.find((candidate) => candidate.name === name);
  if (!index) throw new Error(`no index ${name}`);
  const directions = index.keys.map(([, direction]) => direction);
  const lower = encodeKey(values, directions.slice(0, values.length), index.collation);
  const range = { lower, upper: keyAfterPrefix(lower) };
  return store.scanIndex(items(store), index, range, { limit: 1000 }).map(({ id }) => id);
}

export async function refusal(work: Promise<unknown>): Promise<CommandError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandError)) throw new Error(`not refused as expected: ${String(error)}`);
  return error;
}

export const codeOf = async (work: Promise<unknown>): Promise<number> => (await refusal(work)).code;
