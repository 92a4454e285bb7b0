import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Binary, Double, ObjectId } from 'bson';
import { open as openLmdb } from 'lmdb';
import { decodeDoc } from '../src/bson/decode.js';
import { encodeDoc, toDoc, toPlain } from '../src/bson/encode.js';
import { CommandError } from '../src/errors.js';
import { collectionIdsKey, metaKey } from '../src/storage/keyspace.js';
import { KeyValueStore } from '../src/storage/kv.js';
import { openStore, type StoreOptions } from '../src/storage/open.js';
import { rebuildCheck } from '../src/storage/rebuild-check.js';
import type { CollectionInfo, Store, StoreReader, StoreWriter } from '../src/storage/store.js';
import { encodeKey, keyAfterPrefix } from '../src/values/keys.js';
import type { Value } from '../src/values/value.js';

const ns = 'shop.items';
let folder: string;
let stores: Store[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-mongo-storage-'));
  stores = [];
});

afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ dir: join(folder, 'data'), durable: false, ...options });
  stores.push(store);
  return store;
}

async function startWith(...documents: object[]): Promise<Store> {
  const store = await start();
  await store.write((writer) => {
    writer.createCollection(ns, new Map());
    for (const document of documents) insert(writer, document);
  });
  return store;
}

function items(reader: StoreReader): CollectionInfo {
  const collection = reader.collection(ns);
  if (!collection) throw new Error('no collection');
  return collection;
}

function insert(writer: StoreWriter, plain: object): number {
  const document = toDoc(plain);
  return writer.insert(items(writer), document, encodeDoc(document));
}

function replace(writer: StoreWriter, id: number, plain: object): void {
  const bytes = writer.record(items(writer), id);
  if (!bytes) throw new Error(`no record ${id}`);
  const after = toDoc(plain);
  writer.replace(items(writer), id, decodeDoc(bytes), after, encodeDoc(after));
}

function remove(writer: StoreWriter, id: number): void {
  const bytes = writer.record(items(writer), id);
  if (!bytes) throw new Error(`no record ${id}`);
  writer.remove(items(writer), id, decodeDoc(bytes));
}

function createIndex(store: Store, key: object, options: object = {}): Promise<'created' | 'exists'> {
  return store.write((writer) => writer.createIndex(ns, toDoc({ key, ...options })));
}

function all(store: StoreReader): object[] {
  return store.scanRecords(items(store), { limit: 100_000 }).map(({ bytes }) => toPlain(decodeDoc(bytes)));
}

function find(store: StoreReader, name: string, ...values: Value[]): number[] {
  const index = items(store).indexes.find((candidate) => candidate.name === name);
  if (!index) throw new Error(`no index ${name}`);
  const directions = index.keys.map(([, direction]) => direction);
  const lower = encodeKey(values, directions.slice(0, values.length), index.collation);
  const range = { lower, upper: keyAfterPrefix(lower) };
  return store.scanIndex(items(store), index, range, { limit: 1000 }).map(({ id }) => id);
}

async function refusal(work: Promise<unknown>): Promise<CommandError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandError)) throw new Error(`not refused as expected: ${String(error)}`);
  return error;
}

const codeOf = async (work: Promise<unknown>): Promise<number> => (await refusal(work)).code;

describe('the folder', () => {
  it('is made for its owner alone', async () => {
    await start();
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  });

  it('is refused and left alone when it holds something else', async () => {
    writeFileSync(join(folder, 'letter.txt'), 'dear');
    await expect(start({ dir: folder })).rejects.toThrow(
      /is not a folder of embedded-mongo: it holds letter.txt/,
    );
    expect(readdirSync(folder)).toEqual(['letter.txt']);
  });

  it('is refused and left alone when it holds a file that is no LMDB', async () => {
    writeFileSync(join(folder, 'data.mdb'), Buffer.alloc(20_000, 7));
    await expect(start({ dir: folder })).rejects.toThrow(/its data.mdb is something else/);
    expect(readdirSync(folder)).toEqual(['data.mdb']);
    expect(readFileSync(join(folder, 'data.mdb'))).toEqual(Buffer.alloc(20_000, 7));
  });

  it('is refused and left alone when it holds the LMDB of somebody else', async () => {
    const other = openLmdb({ path: folder, noSubdir: false });
    await other.put('theirs', 1);
    await other.close();
    rmSync(join(folder, 'lock.mdb'));
    const before = readFileSync(join(folder, 'data.mdb'));
    await expect(start({ dir: folder })).rejects.toThrow(/is not one of embedded-mongo/);
    expect(readdirSync(folder)).toEqual(['data.mdb']);
    expect(readFileSync(join(folder, 'data.mdb'))).toEqual(before);
  });

  it('is taken when a first start was killed before its first commit', async () => {
    mkdirSync(join(folder, 'data'));
    await new KeyValueStore(join(folder, 'data'), false).close();
    await expect(start()).resolves.toBeDefined();
  });

  it('of a newer format is refused', async () => {
    await (await start()).close();
    await withKv((kv) => {
      const meta = kv.get(metaKey) ?? Buffer.alloc(4);
      meta.writeUInt32BE(2);
      kv.put(metaKey, meta);
    });
    await expect(start()).rejects.toThrow(/has format 2, written by a newer embedded-mongo/);
  });

  it('of an older format is copied, then migrated', async () => {
    const store = await startWith({ _id: 1 });
    await store.close();
    // A made-up format 0: its meta is the number alone, and the last collection id is not kept.
    await withKv((kv) => {
      kv.put(metaKey, Buffer.alloc(4));
      kv.remove(collectionIdsKey);
    });
    const older = readFileSync(join(folder, 'data', 'data.mdb'));
    await expect(start()).rejects.toThrow(/no way from 0/);

    const keepIds = (kv: KeyValueStore): void => {
      const value = Buffer.alloc(12);
      value.writeUIntBE(1, 0, 6);
      kv.put(collectionIdsKey, value);
    };
    const migrated = await start({ migrations: new Map([[0, keepIds]]) });
    expect(all(migrated)).toEqual([{ _id: 1 }]);
    expect((await migrated.write((writer) => writer.createCollection('shop.more', new Map()))).id).toBe(2);
    const copies = readdirSync(folder).filter((name) => name.startsWith('data.backup-of-format-0'));
    expect(copies).toHaveLength(2);
    expect(readFileSync(join(folder, copies[0] ?? '', 'data.mdb')).equals(older)).toBe(true);
  });

  async function withKv(work: (kv: KeyValueStore) => void): Promise<void> {
    const kv = new KeyValueStore(join(folder, 'data'), false);
    kv.transaction(() => work(kv));
    await kv.close();
  }
});

describe('the fence', () => {
  it('lets a predecessor write nothing any more, and tells it once', async () => {
    const reasons: Error[] = [];
    const old = await start({ onFenced: (reason) => reasons.push(reason) });
    await old.write((writer) => writer.createCollection(ns, new Map()));
    const young = await start({ address: '/run/young.sock' });

    const writes = [1, 2].map((_id) => refusal(old.write((writer) => insert(writer, { _id }))));
    for (const error of await Promise.all(writes)) {
      expect(error.code).toBe(11600);
      expect(error.message).toMatch(/this folder has been taken over by another process \(pid \d+/);
    }
    expect(await codeOf(old.write(() => undefined))).toBe(11600);
    expect(reasons).toHaveLength(1);
    await young.write((writer) => insert(writer, { _id: 3 }));
    expect(all(young)).toEqual([{ _id: 3 }]);
  });
});

describe('group commit', () => {
  it('answers nobody before the commit and the hook behind it', async () => {
    let release = (): void => undefined;
    let commits = 0;
    const held = new Promise<void>((resolve) => (release = resolve));
    const onCommitted = (): Promise<void> => (commits++, held);
    const store = await start({ onCommitted });
    let answers = 0;
    const writes = [1, 2, 3].map((n) =>
      store.write((writer) => writer.createCollection(`shop.c${n}`, new Map())).then(() => answers++),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([commits, answers, store.collections('shop').length]).toEqual([1, 0, 3]);
    release();
    await Promise.all(writes);
    expect([commits, answers]).toEqual([1, 3]);
  });

  it('refuses one piece of work without the others, and keeps what that had written before', async () => {
    const store = await startWith();
    const [first, second, third] = await Promise.allSettled([
      store.write((writer) => insert(writer, { _id: 1 })),
      store.write((writer) => [insert(writer, { _id: 2 }), insert(writer, { _id: 1 })]),
      store.write((writer) => insert(writer, { _id: 3 })),
    ]);
    expect([first?.status, second?.status, third?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(all(store)).toEqual([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('undoes the whole group, in memory too, after any other error', async () => {
    const store = await startWith({ _id: 1, tags: 'a' });
    await createIndex(store, { tags: 1 });
    const writes = await Promise.allSettled([
      store.write((writer) => insert(writer, { _id: 2, tags: ['a', 'b'] })),
      store.write((writer) => writer.createCollection('shop.new', new Map())),
      store.write((writer) => writer.createIndex(ns, toDoc({ key: { other: 1 } }))),
      store.write((writer) => writer.dropIndex(ns, 'tags_1')),
      store.write(() => {
        throw new TypeError('a mistake');
      }),
    ]);
    expect(writes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    expect(all(store)).toEqual([{ _id: 1, tags: 'a' }]);
    expect(store.collection('shop.new')).toBeUndefined();
    expect(items(store).indexes.map(({ name, multikey }) => [name, multikey])).toEqual([
      ['_id_', false],
      ['tags_1', false],
    ]);
    expect(items(store).count).toBe(1);
    expect(await store.write((writer) => insert(writer, { _id: 2 }))).toBe(2);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('finishes what is queued when it closes, then refuses', async () => {
    const store = await startWith();
    const last = store.write((writer) => insert(writer, { _id: 1 }));
    const closed = store.close();
    expect(await codeOf(store.write(() => undefined))).toBe(11600);
    await expect(last).resolves.toBe(1);
    await closed;
    expect(all(await start())).toEqual([{ _id: 1 }]);
  });
});

describe('a full disk', () => {
  const page = 'x'.repeat(4000);

  it('refuses every writer of the group; reads and later, smaller writes go on', async () => {
    const store = await start({ maxBytes: 400_000 });
    await store.write((writer) => writer.createCollection(ns, new Map()));
    await store.write((writer) => insert(writer, { _id: 0, page }));
    const group = [
      store.write((writer) => {
        for (let _id = 1; _id < 200; _id++) insert(writer, { _id, page });
      }),
      store.write((writer) => insert(writer, { _id: 'small' })),
    ];
    for (const write of group) {
      const error = await refusal(write);
      expect(error.code).toBe(14031);
      expect(error.message).toMatch(/nothing was written, because the disk is full/);
    }
    expect(items(store).count).toBe(1);
    await store.write((writer) => insert(writer, { _id: 'small' }));
    await store.write((writer) => remove(writer, 1));
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('is what the system says as well: LMDB answers a short write with EIO', async () => {
    const store = await startWith({ _id: 0 });
    const limit = (bytes: string): void => {
      execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
    };
    limit('300000');
    try {
      const write = store.write((writer) => {
        for (let _id = 1; _id < 200; _id++) insert(writer, { _id, page });
      });
      expect(await codeOf(write)).toBe(14031);
      expect(all(store)).toEqual([{ _id: 0 }]);
    } finally {
      limit('unlimited');
    }
    await store.write((writer) => insert(writer, { _id: 1 }));
    expect(items(store).count).toBe(2);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });
});

describe('collections', () => {
  it('are found again with uuid, options, indexes and counters', async () => {
    const store = await startWith({ _id: 1, a: [1, 2] }, { _id: 2 });
    await store.write((writer) => writer.createCollection('shop.capless', toDoc({ note: 'kept' })));
    await store.write((writer) => writer.createCollection('other.z', new Map()));
    await createIndex(store, { a: 1 }, { name: 'by a', sparse: true });
    const before = items(store);
    await store.write((writer) => remove(writer, 2));
    await store.close();

    const again = await start();
    expect(again.databases()).toEqual(['other', 'shop']);
    expect(again.collections('shop').map(({ namespace }) => namespace)).toEqual(['shop.capless', ns]);
    expect(again.collection('shop.capless')?.options.get('note')).toBe('kept');
    const after = items(again);
    expect(Buffer.from(after.uuid)).toEqual(Buffer.from(before.uuid));
    expect(after.count).toBe(1);
    expect(after.indexes.map(({ name, multikey, sparse }) => [name, multikey, sparse])).toEqual([
      ['_id_', false, false],
      ['by a', true, true],
    ]);
    // The highest record is gone; its number is not given again.
    expect(await again.write((writer) => insert(writer, { _id: 3 }))).toBe(3);
  });

  it('refuse bad names and names that are taken', async () => {
    const store = await startWith();
    for (const name of ['nodot', '.x', 'x.', `x.${'y'.repeat(300)}`]) {
      expect(await codeOf(store.write((writer) => writer.createCollection(name, new Map())))).toBe(73);
    }
    expect(await codeOf(store.write((writer) => writer.createCollection(ns, new Map())))).toBe(48);
    expect(await codeOf(store.write((writer) => writer.dropCollection('shop.none')))).toBe(26);
  });

  it('are dropped at once and cleared in small steps, also after a restart', async () => {
    const store = await startWith();
    await createIndex(store, { n: 1 });
    await store.write((writer) => {
      for (let n = 0; n < 5000; n++) insert(writer, { _id: n, n });
    });
    const held = items(store);
    await store.write((writer) => writer.dropCollection(ns));
    const closing = store.close();
    expect(store.collection(ns)).toBeUndefined();
    expect(() => store.scanRecords(held, { limit: 1 })).toThrow(/was dropped/);
    await closing;

    const again = await start();
    await again.write((writer) => {
      writer.createCollection(ns, new Map());
      insert(writer, { _id: 'new' });
    });
    expect(
      await codeOf(again.write((writer) => writer.insert(held, toDoc({ _id: 1 }), Buffer.alloc(0)))),
    ).toBe(26);
    expect(all(again)).toEqual([{ _id: 'new' }]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await again.close();
    const kv = new KeyValueStore(join(folder, 'data'), false);
    // Meta, collection ids, catalog, counter, one document and its entry.
    expect(kv.keys({ from: Buffer.from([0]), to: Buffer.from([255]) })).toHaveLength(6);
    await kv.close();
  });
});

describe('scans', () => {
  it('go forwards and backwards, in chunks that start behind the last one', async () => {
    const store = await startWith(...Array.from({ length: 10 }, (_, _id) => ({ _id, n: _id % 3 })));
    await createIndex(store, { n: -1 });
    const collection = items(store);
    for (const reverse of [false, true]) {
      const seen: number[] = [];
      for (let after: number | undefined; ;) {
        const chunk = store.scanRecords(collection, { after, reverse, limit: 3 });
        if (chunk.length === 0) break;
        seen.push(...chunk.map(({ id }) => id));
        after = chunk.at(-1)?.id;
      }
      const order = Array.from({ length: 10 }, (_, position) => position + 1);
      expect(seen).toEqual(reverse ? order.reverse() : order);
    }
    for (const [position, name, expected] of [
      [1, 'n_-1', [3, 6, 9, 2, 5, 8, 1, 4, 7, 10]],
      [0, '_id_', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ] as const) {
      const index = collection.indexes[position];
      if (index?.name !== name) throw new Error('another index');
      const range = { lower: Buffer.alloc(0), upper: Buffer.from([255]) };
      for (const reverse of [false, true]) {
        const seen: number[] = [];
        for (let after; ;) {
          const chunk = store.scanIndex(collection, index, range, { after, reverse, limit: 3 });
          if (chunk.length === 0) break;
          seen.push(...chunk.map(({ id }) => id));
          after = chunk.at(-1);
        }
        expect(seen).toEqual(reverse ? [...expected].reverse() : expected);
      }
    }
  });

  it('keep to a half-open range', async () => {
    const store = await startWith({ _id: 'a' }, { _id: 'b' }, { _id: 'bc' }, { _id: 'c' });
    const index = items(store).indexes[0];
    if (!index) throw new Error('no index');
    const range = { lower: encodeKey(['b'], [1]), upper: encodeKey(['c'], [1]) };
    expect(store.scanIndex(items(store), index, range, { limit: 9 }).map(({ id }) => id)).toEqual([2, 3]);
    expect(store.scanIndex(items(store), index, { ...range, upper: range.lower }, { limit: 9 })).toEqual([]);
    expect(find(store, '_id_', 'b')).toEqual([2]);
  });

  it('end with an error when their index was dropped', async () => {
    const store = await startWith({ _id: 1, a: 1 });
    await createIndex(store, { a: 1 });
    const index = items(store).indexes[1];
    await store.write((writer) => writer.dropIndex(ns, 'a_1'));
    if (!index) throw new Error('no index');
    const range = { lower: Buffer.alloc(0), upper: Buffer.from([255]) };
    expect(() => store.scanIndex(items(store), index, range, { limit: 1 })).toThrow(/was dropped/);
  });
});

describe('unique indexes', () => {
  it("answer a duplicate with MongoDB's words and fields", async () => {
    const store = await startWith({ _id: new ObjectId('65a000000000000000000001'), a: 1, b: { c: 'x' } });
    await createIndex(store, { a: 1, 'b.c': -1 }, { unique: true, name: 'pair' });
    const error = await refusal(
      store.write((writer) => insert(writer, { _id: 2, a: new Double(1), b: { c: 'x' } })),
    );
    expect(error.code).toBe(11000);
    expect(error.codeName).toBe('DuplicateKey');
    expect(error.message).toBe(
      'E11000 duplicate key error collection: shop.items index: pair dup key: { a: 1.0, b.c: "x" }',
    );
    expect(error.extra['keyPattern']).toEqual(toDoc({ a: 1, 'b.c': -1 }));
    expect(error.extra['keyValue']).toEqual(
      new Map<string, Value>([
        ['a', new Double(1)],
        ['b.c', 'x'],
      ]),
    );
    const id = await refusal(
      store.write((writer) => insert(writer, { _id: new ObjectId('65a000000000000000000001') })),
    );
    expect(id.message).toMatch(/index: _id_ dup key: { _id: ObjectId\('65a000000000000000000001'\) }$/);
  });

  it('look across documents, not inside one, and name the element that collided', async () => {
    const store = await startWith();
    await createIndex(store, { 'tags.name': 1 }, { unique: true });
    await store.write((writer) =>
      insert(writer, { _id: 1, tags: [{ name: 'a' }, { name: 'a' }, { name: 'b' }] }),
    );
    const write = store.write((writer) => insert(writer, { _id: 2, tags: [{ name: 'z' }, { name: 'b' }] }));
    expect((await refusal(write)).extra['keyValue']).toEqual(toDoc({ 'tags.name': 'b' }));
    expect(find(store, 'tags.name_1', 'z')).toEqual([]);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('leave no trace of a refused insert or replace, whichever index refuses', async () => {
    const store = await startWith({ _id: 1, a: 1, b: 1 }, { _id: 2, a: 2, b: 2 });
    await createIndex(store, { a: 1 });
    await createIndex(store, { b: 1 }, { unique: true });
    expect(await codeOf(store.write((writer) => insert(writer, { _id: 3, a: [7, 8], b: 2 })))).toBe(11000);
    expect(await codeOf(store.write((writer) => replace(writer, 1, { _id: 1, a: 9, b: 2 })))).toBe(11000);
    expect(find(store, 'a_1', 9)).toEqual([]);
    expect(items(store).indexes[1]?.multikey).toBe(false);
    await store.write((writer) => replace(writer, 1, { _id: 1, a: 9, b: 1 }));
    expect([find(store, 'a_1', 9), find(store, 'a_1', 1)]).toEqual([[1], []]);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('give a value free when its document is removed or changed', async () => {
    const store = await startWith({ _id: 1, a: 1 }, { _id: 2, a: 2 });
    await createIndex(store, { a: 1 }, { unique: true });
    await store.write((writer) => {
      remove(writer, 1);
      replace(writer, 2, { _id: 2, a: 1 });
      insert(writer, { _id: 3, a: 2 });
    });
    expect(rebuildCheck(store, ns)).toEqual([]);
    expect(items(store).count).toBe(2);
  });

  it('count a missing field as null, unless sparse; sparse and partial ones leave documents out', async () => {
    const store = await startWith({ _id: 1 });
    await createIndex(store, { plain: 1 }, { unique: true });
    await createIndex(store, { thin: 1 }, { unique: true, sparse: true });
    await createIndex(store, { part: 1 }, { unique: true, partialFilterExpression: { on: { $gt: 5 } } });
    expect(await codeOf(store.write((writer) => insert(writer, { _id: 2 })))).toBe(11000);
    await store.write((writer) => insert(writer, { _id: 2, plain: 2, part: 1, on: 1 }));
    await store.write((writer) => insert(writer, { _id: 3, plain: 3, part: 1, on: 6 }));
    expect(
      await codeOf(store.write((writer) => replace(writer, 2, { _id: 2, plain: 2, part: 1, on: 7 }))),
    ).toBe(11000);
    expect(find(store, 'part_1', 1)).toEqual([3]);
    await store.write((writer) => replace(writer, 3, { _id: 3, plain: 3, part: 1, on: 0 }));
    expect(find(store, 'part_1', 1)).toEqual([]);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('follow their collation', async () => {
    const store = await startWith({ _id: 'Ada', nick: 'Bo' });
    await createIndex(store, { nick: 1 }, { unique: true, collation: { locale: 'en', strength: 2 } });
    const error = await refusal(store.write((writer) => insert(writer, { _id: 'ADA', nick: 'BO' })));
    expect(error.extra['keyValue']).toEqual(toDoc({ nick: 'BO' }));
    await store.write((writer) => insert(writer, { _id: 'ADA', nick: 'Bö' }));
    expect(items(store).indexes[1]?.specification.get('collation')).toBeInstanceOf(Map);
  });

  it('tell long values apart that begin alike', async () => {
    const long = 'x'.repeat(5000);
    const store = await startWith({ _id: 1, a: `${long}1`, b: new Binary(Buffer.alloc(9000, 1)) });
    await createIndex(store, { a: 1, b: 1, c: 1, d: 1 }, { unique: true });
    await store.write((writer) => insert(writer, { _id: 2, a: `${long}2`, b: long, c: long, d: long }));
    expect(
      await codeOf(
        store.write((writer) => insert(writer, { _id: 3, a: `${long}2`, b: long, c: long, d: long })),
      ),
    ).toBe(11000);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });
});

describe('createIndex', () => {
  it.each([
    [67, 'an empty pattern', {}, {}],
    [67, 'a direction of 0', { a: 0 }, {}],
    [67, 'a direction that is no number', { a: true }, {}],
    [67, 'text', { a: 'text' }, {}],
    [67, '2dsphere', { a: '2dsphere' }, {}],
    [67, 'hashed', { a: 'hashed' }, {}],
    [67, 'a wildcard', { '$**': 1 }, {}],
    [67, 'an empty part of a path', { 'a..b': 1 }, {}],
    [67, 'a field with a dollar', { 'a.$b': 1 }, {}],
    [67, 'nine fields', { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 }, {}],
    [67, 'hidden', { a: 1 }, { hidden: true }],
    [67, 'an older version', { a: 1 }, { v: 1 }],
    [67, 'sparse and partial together', { a: 1 }, { sparse: true, partialFilterExpression: { a: 1 } }],
    [67, 'a partial filter with $ne', { a: 1 }, { partialFilterExpression: { a: { $ne: 1 } } }],
    [
      67,
      'a partial filter with $exists: false',
      { a: 1 },
      { partialFilterExpression: { a: { $exists: false } } },
    ],
    [67, 'a TTL below zero', { a: 1 }, { expireAfterSeconds: -1 }],
    [67, 'a compound TTL', { a: 1, b: 1 }, { expireAfterSeconds: 1 }],
    [67, 'an empty name', { a: 1 }, { name: '' }],
    [2, 'the name of the index on _id', { a: 1 }, { name: '_id_' }],
    [14, 'a TTL that is no number', { a: 1 }, { expireAfterSeconds: 'soon' }],
    [14, 'unique that is no boolean', { a: 1 }, { unique: 'yes' }],
    [197, 'an unknown option', { a: 1 }, { weights: { a: 1 } }],
    [197, 'an option on _id', { _id: 1 }, { unique: true }],
  ])('answers %i to %s', async (code, _name, key, options) => {
    const store = await startWith();
    expect(await codeOf(createIndex(store, key, options))).toBe(code);
    expect(items(store).indexes).toHaveLength(1);
  });

  it('makes a name, and is repeatable', async () => {
    const store = await startWith();
    expect(await createIndex(store, { a: 1, 'b.c': -1 })).toBe('created');
    expect(await createIndex(store, { a: new Double(1), 'b.c': -1 })).toBe('exists');
    expect(await createIndex(store, { _id: 1 }, { name: 'whatever' })).toBe('exists');
    expect(items(store).indexes.map(({ name }) => name)).toEqual(['_id_', 'a_1_b.c_-1']);
    expect([...(items(store).indexes[1]?.specification.keys() ?? [])]).toEqual(['v', 'key', 'name']);
  });

  it('refuses what conflicts with an index that is there', async () => {
    const store = await startWith();
    await createIndex(store, { a: 1 }, { expireAfterSeconds: 5 });
    expect(await codeOf(createIndex(store, { a: 1 }, { expireAfterSeconds: 6 }))).toBe(85);
    expect(await codeOf(createIndex(store, { a: 1 }, { name: 'other' }))).toBe(85);
    expect(await codeOf(createIndex(store, { a: 1 }, { unique: true }))).toBe(86);
    expect(await codeOf(createIndex(store, { b: 1 }, { name: 'a_1' }))).toBe(86);
    expect(await createIndex(store, { a: 1 }, { unique: true, name: 'other' })).toBe('created');
    expect(await createIndex(store, { a: 1 }, { name: 'p', partialFilterExpression: { b: 1 } })).toBe(
      'created',
    );
  });

  it('covers what is there already, and is forgotten when there is a duplicate in it', async () => {
    const documents = Array.from({ length: 600 }, (_, _id) => ({
      _id,
      n: _id,
      group: _id % 7,
      list: [_id, -_id],
    }));
    const store = await startWith(...documents);
    await createIndex(store, { n: 1 }, { unique: true });
    await createIndex(store, { list: 1 });
    expect(await codeOf(createIndex(store, { group: 1 }, { unique: true }))).toBe(11000);
    expect(items(store).indexes.map(({ name }) => name)).toEqual(['_id_', 'n_1', 'list_1']);
    expect(items(store).indexes[2]?.multikey).toBe(true);
    expect(await createIndex(store, { group: 1 })).toBe('created');
    expect(find(store, 'group_1', 6)).toHaveLength(85);
    expect(rebuildCheck(store, ns)).toEqual([]);
  });

  it('is undone by dropIndex, which keeps to MongoDB codes', async () => {
    const store = await startWith({ _id: 1, a: 1 });
    await createIndex(store, { a: 1 });
    await store.write((writer) => writer.dropIndex(ns, 'a_1'));
    await createIndex(store, { a: 1 });
    expect(find(store, 'a_1', 1)).toEqual([1]);
    expect(await codeOf(store.write((writer) => writer.dropIndex(ns, 'b_1')))).toBe(27);
    expect(await codeOf(store.write((writer) => writer.dropIndex(ns, '_id_')))).toBe(72);
    expect(await codeOf(store.write((writer) => writer.dropIndex('shop.none', 'a_1')))).toBe(26);
  });
});

describe('after any operations', () => {
  it('every index entry has its document and the other way round, also after reopening', async () => {
    let seed = 20_240_817;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const value = (): unknown =>
      [random(900), `t${random(900)}`, null, [random(900), random(900)], [], { x: random(900) }, true][
        random(7)
      ];
    let store = await startWith();
    await createIndex(store, { a: 1 });
    await createIndex(store, { a: -1, c: 1 });
    await createIndex(store, { b: 1 }, { unique: true, sparse: true });
    await createIndex(store, { 'c.x': 1 }, { partialFilterExpression: { a: { $gte: 2 } } });
    const alive = new Map<number, object>();
    let nextId = 0;
    for (let round = 0; round < 60; round++) {
      const results = Array.from({ length: 12 }, () => {
        const document: Record<string, unknown> = { _id: nextId++ };
        for (const field of ['a', 'b', 'c']) if (random(4) > 0) document[field] = value();
        const victim = [...alive.keys()][random(alive.size)];
        const kind = victim === undefined ? 0 : [0, 0, 1, 2][random(4)];
        return store
          .write((writer) => {
            if (kind === 0 || victim === undefined) return alive.set(insert(writer, document), document);
            if (!alive.has(victim)) return undefined;
            if (kind === 1) {
              const after = { ...document, _id: (alive.get(victim) as { _id: number })._id };
              replace(writer, victim, after);
              return alive.set(victim, after);
            }
            remove(writer, victim);
            return alive.delete(victim);
          })
          .catch((error: unknown) => {
            if (!(error instanceof CommandError)) throw error;
          });
      });
      await Promise.all(results);
      if (round % 20 === 19) {
        await store.close();
        store = await start();
        expect(rebuildCheck(store, ns)).toEqual([]);
      }
    }
    expect(alive.size).toBeGreaterThan(20);
    const inOrder = [...alive].sort(([left], [right]) => left - right).map(([, document]) => document);
    expect(all(store)).toEqual(inOrder.map((document) => toPlain(toDoc(document))));
  });
});
