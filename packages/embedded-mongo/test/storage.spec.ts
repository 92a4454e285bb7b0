import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { open as openLmdb } from 'lmdb';
import { toDoc } from './support/plain.js';
import { collectionIdsKey, metaKey } from '../src/storage/keyspace.js';
import { KeyValueStore } from '../src/storage/kv.js';
import { rebuildCheck } from './support/rebuild-check.js';
import {
  all,
  closeStores,
  codeOf,
  createIndex,
  insert,
  items,
  ns,
  refusal,
  remove,
  replace,
  start,
  startWith,
  testFolder,
} from './support/stores.js';

afterEach(closeStores);

describe('the folder', () => {
  it('is made for its owner alone', async () => {
    await start();
    expect(statSync(join(testFolder(), 'data')).mode & 0o777).toBe(0o700);
  });

  it('is refused and left alone when it holds something else', async () => {
    writeFileSync(join(testFolder(), 'letter.txt'), 'dear');
    await expect(start({ dir: testFolder() })).rejects.toThrow(
      /is not a folder of embedded-mongo: it holds letter.txt/,
    );
    expect(readdirSync(testFolder())).toEqual(['letter.txt']);
  });

  it('is refused and left alone when it holds a file that is no LMDB', async () => {
    writeFileSync(join(testFolder(), 'data.mdb'), Buffer.alloc(20_000, 7));
    await expect(start({ dir: testFolder() })).rejects.toThrow(/its data.mdb is something else/);
    expect(readdirSync(testFolder())).toEqual(['data.mdb']);
    expect(readFileSync(join(testFolder(), 'data.mdb'))).toEqual(Buffer.alloc(20_000, 7));
  });

  it('is refused and left alone when it holds the LMDB of somebody else', async () => {
    const other = openLmdb({ path: testFolder(), noSubdir: false });
    await other.put('theirs', 1);
    await other.close();
    rmSync(join(testFolder(), 'lock.mdb'));
    const before = readFileSync(join(testFolder(), 'data.mdb'));
    await expect(start({ dir: testFolder() })).rejects.toThrow(/is not one of embedded-mongo/);
    expect(readdirSync(testFolder())).toEqual(['data.mdb']);
    expect(readFileSync(join(testFolder(), 'data.mdb'))).toEqual(before);
  });

  it('is taken when a first start was killed before its first commit', async () => {
    mkdirSync(join(testFolder(), 'data'));
    await new KeyValueStore(join(testFolder(), 'data'), false).close();
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
    const older = readFileSync(join(testFolder(), 'data', 'data.mdb'));
    await expect(start()).rejects.toThrow(/no way from 0/);

    const keepIds = (kv: KeyValueStore): void => {
      const value = Buffer.alloc(12);
      value.writeUIntBE(1, 0, 6);
      kv.put(collectionIdsKey, value);
    };
    const migrated = await start({ migrations: new Map([[0, keepIds]]) });
    expect(all(migrated)).toEqual([{ _id: 1 }]);
    expect((await migrated.write((writer) => writer.createCollection('shop.more', new Map()))).id).toBe(2);
    const copies = readdirSync(testFolder()).filter((name) => name.startsWith('data.backup-of-format-0'));
    expect(copies).toHaveLength(2);
    expect(readFileSync(join(testFolder(), copies[0] ?? '', 'data.mdb')).equals(older)).toBe(true);
  });

  async function withKv(work: (kv: KeyValueStore) => void): Promise<void> {
    const kv = new KeyValueStore(join(testFolder(), 'data'), false);
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

describe('a server that is killed', () => {
  // What lies in the file at a moment is what a kill at that moment leaves behind.
  const killedNow = (name: string): void => {
    mkdirSync(join(testFolder(), name));
    copyFileSync(join(testFolder(), 'data', 'data.mdb'), join(testFolder(), name, 'data.mdb'));
  };

  it('leaves nothing of a half-done group, and all of one that is answered', async () => {
    const onCommitted = (): Promise<void> => Promise.resolve(killedNow(`after-${commits++}`));
    let commits = 0;
    const store = await start({ onCommitted });
    await store.write((writer) => writer.createCollection(ns, new Map()));
    await createIndex(store, { tags: 1 });
    await store.write((writer) => {
      for (let _id = 0; _id < 500; _id++) insert(writer, { _id, tags: ['a', _id] });
    });
    await Promise.all([
      store.write((writer) => {
        for (let id = 1; id < 400; id++) replace(writer, id, { _id: id - 1, tags: [id, -id] });
        for (let id = 400; id < 450; id++) remove(writer, id);
        killedNow('within');
      }),
      store.write((writer) => {
        writer.dropIndex(ns, 'tags_1');
        killedNow('within-drop');
      }),
    ]);
    for (const [name, count, indexes] of [
      ['within', 500, 2],
      ['within-drop', 500, 2],
      ['after-2', 500, 2],
      ['after-3', 450, 1],
    ] as const) {
      const left = await start({ dir: join(testFolder(), name) });
      expect([name, all(left).length, items(left).count, items(left).indexes.length]).toEqual([
        name,
        count,
        count,
        indexes,
      ]);
      expect(rebuildCheck(left, ns)).toEqual([]);
    }
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

  // Elsewhere there is no way to limit a process that runs; the test above stands for it.
  const onLinux = process.platform === 'linux' ? it : () => undefined;
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
