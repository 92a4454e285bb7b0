import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Binary, BSONRegExp, Decimal128, deserialize, Double, Long, ObjectId, Timestamp, UUID } from 'bson';
import { MongoClient } from 'mongodb';
import { backupTo } from '../src/backup/backup.js';
import { runBackupCli } from '../src/backup/cli.js';
import { restoreFrom } from '../src/backup/restore.js';
import { serve } from '../src/launch/serve.js';
import { newFolder, removeFolders } from './support/folders.js';

const ends: (() => Promise<void>)[] = [];
let source: MongoClient;
let sourceUri: string;
let folder: string;

async function startServer(): Promise<{ uri: string; client: MongoClient }> {
  const server = await serve({ dir: join(newFolder(), 'data'), durable: false });
  const client = new MongoClient(server.uri);
  ends.push(async () => {
    await client.close();
    await server.close();
  });
  return { uri: server.uri, client };
}

beforeEach(async () => {
  ({ uri: sourceUri, client: source } = await startServer());
  folder = join(newFolder(), 'backup');
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  removeFolders();
});

/** The stored bytes of every document, so that a lost type or a moved field shows. */
async function bytesOf(client: MongoClient, database: string, collection: string): Promise<string[]> {
  const found = await client
    .db(database)
    .collection(collection)
    .find({}, { raw: true, sort: { _id: 1 } })
    .toArray();
  return found.map((document) => Buffer.from(document as unknown as Uint8Array).toString('hex'));
}

async function fill(): Promise<void> {
  const shop = source.db('shop');
  await shop.collection('people').createIndexes([
    { key: { email: 1 }, unique: true, partialFilterExpression: { email: { $type: 'string' } } },
    { key: { at: -1 }, expireAfterSeconds: 3_600_000 },
    { key: { name: 1 }, name: 'by name', sparse: true, collation: { locale: 'en', strength: 2 } },
  ]);
  await shop.collection<{ _id: unknown }>('people').insertMany([
    {
      _id: new ObjectId(),
      whole: 1,
      double: new Double(1),
      long: Long.fromNumber(5),
      decimal: Decimal128.fromString('1.50'),
      far: 3e9,
      ...{ at: new Date(), bytes: new Binary(Buffer.from('abc'), 0x80), id: new UUID() },
      ...{ pattern: new BSONRegExp('^a', 'is'), time: new Timestamp({ t: 1, i: 2 }), nothing: null },
      list: [1, 'two', { three: [new Double(3), -0] }],
    },
    {
      _id: new Map<string, unknown>([
        ['b', 1],
        ['1', 2],
        ['0', 3],
      ]),
      text: 'grüße \u0000 €',
    },
    { _id: 'x', list: [] },
  ] as never);
  await source
    .db('other')
    .collection<{ _id: number; text: string }>('a%b/ü')
    .insertMany(Array.from({ length: 1201 }, (_, _id) => ({ _id, text: 'x'.repeat(_id) })));
}

describe('a backup and its restore', () => {
  it('bring everything to another server: bytes, options and indexes', async () => {
    await fill();
    expect(await backupTo(sourceUri, folder)).toEqual({ collections: 2, documents: 1204 });
    const target = await startServer();
    expect(await restoreFrom(target.uri, folder, { drop: true })).toEqual({
      collections: 2,
      documents: 1204,
    });

    for (const [database, name] of [
      ['shop', 'people'],
      ['other', 'a%b/ü'],
    ] as const) {
      expect(await bytesOf(target.client, database, name)).toEqual(await bytesOf(source, database, name));
      const indexes = (client: MongoClient) => client.db(database).collection(name).indexes();
      expect(await indexes(target.client)).toEqual(await indexes(source));
      const options = (client: MongoClient) => client.db(database).collection(name).options();
      expect(await options(target.client)).toEqual(await options(source));
    }
    expect(await target.client.db('shop').collection('people').indexes()).toHaveLength(4);
  });

  it('are laid out as mongodump does it', async () => {
    await fill();
    await backupTo(sourceUri, folder);
    expect(readdirSync(folder).sort()).toEqual(['other', 'prelude.json', 'shop']);
    expect(readdirSync(join(folder, 'shop')).sort()).toEqual(['people.bson', 'people.metadata.json']);
    expect(readdirSync(join(folder, 'other'))).toContain('a%25b%2F%C3%BC.bson');
    const first = deserialize(readFileSync(join(folder, 'shop', 'people.bson')), {
      allowObjectSmallerThanBufferSize: true,
    });
    expect(first['whole']).toBe(1);
    const metadata = JSON.parse(readFileSync(join(folder, 'shop', 'people.metadata.json'), 'utf8')) as Record<
      string,
      never
    >;
    expect(metadata).toMatchObject({
      collectionName: 'people',
      type: 'collection',
      options: {},
      uuid: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(metadata['indexes']?.[0]).toMatchObject({
      v: { $numberInt: '2' },
      key: { _id: { $numberInt: '1' } },
      name: '_id_',
    });
  });

  it('can be repeated: documents are put by _id, later ones stay unless told otherwise', async () => {
    await fill();
    await backupTo(sourceUri, folder);
    const before = await bytesOf(source, 'shop', 'people');
    const people = source.db('shop').collection<{ _id: string; n?: number }>('people');
    await people.updateOne({ _id: 'x' }, { $set: { n: 1 } });
    await people.insertOne({ _id: 'younger' });

    for (let repeat = 0; repeat < 2; repeat++) await restoreFrom(sourceUri, folder);
    expect(await people.findOne({ _id: 'x' })).toEqual({ _id: 'x', list: [] });
    expect(await people.countDocuments()).toBe(4);
    await restoreFrom(sourceUri, folder, { drop: true });
    expect(await bytesOf(source, 'shop', 'people')).toEqual(before);
  });

  it('go on while the server is written to, each document whole', async () => {
    const counters = source
      .db('shop')
      .collection<{ _id: number; a: number; b: number; fill: string }>('counters');
    await counters.insertMany(
      Array.from({ length: 300 }, (_, _id) => ({ _id, a: 0, b: 0, fill: 'x'.repeat(9000) })),
    );
    let writing = true;
    let writes = 0;
    const writer = (async () => {
      for (; writing; writes++) await counters.updateOne({ _id: writes % 300 }, { $inc: { a: 1, b: 1 } });
    })();
    await backupTo(sourceUri, folder);
    writing = false;
    await writer;
    expect(writes).toBeGreaterThan(3);
    const bytes = readFileSync(join(folder, 'shop', 'counters.bson'));
    const ids = new Set<number>();
    for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at)) {
      const document = deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)));
      expect(document['a']).toBe(document['b']);
      ids.add(document['_id'] as number);
    }
    expect(ids.size).toBe(300);
  });

  it('take the database that the URI names, and no other', async () => {
    await fill();
    const uri = sourceUri.replace(/\/(\?|$)/, '/shop$1');
    expect(await backupTo(uri, folder)).toEqual({ collections: 1, documents: 3 });
    expect(readdirSync(folder).sort()).toEqual(['prelude.json', 'shop']);
  });

  it('work for an empty server', async () => {
    expect(await backupTo(sourceUri, folder)).toEqual({ collections: 0, documents: 0 });
    expect(await restoreFrom(sourceUri, folder)).toEqual({ collections: 0, documents: 0 });
  });
});

describe('a refusal', () => {
  it('keeps an older backup, and leaves none behind that is not complete', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'precious'), '');
    await expect(backupTo(sourceUri, folder)).rejects.toThrow(/is not empty/);
    expect(readdirSync(folder)).toEqual(['precious']);
    const nowhere = `mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100`;
    await expect(backupTo(nowhere, `${folder}2`)).rejects.toThrow();
    expect(existsSync(`${folder}2`)).toBe(false);
  });

  it.each([
    ['that does not exist', () => Promise.resolve(), /cannot be read/],
    ['that is empty', () => mkdir(folder), /holds no collection/],
    [
      'with another file',
      () => meddle(() => writeFileSync(join(folder, 'notes.txt'), '')),
      /a file notes.txt/,
    ],
    [
      'with documents alone',
      () => meddle(() => writeFileSync(join(folder, 'shop', 'more.bson'), '')),
      /more.metadata.json is missing/,
    ],
    [
      'with a broken description',
      () => meddle(() => writeFileSync(join(folder, 'shop', 'people.metadata.json'), '{"indexes": 1}')),
      /not the description of a collection/,
    ],
  ])('meets a folder %s, and nothing is written', async (_name, prepare, words) => {
    await prepare();
    const target = await startServer();
    await expect(restoreFrom(target.uri, folder, { drop: true })).rejects.toThrow(words);
    expect((await target.client.db('admin').admin().listDatabases()).databases).toEqual([]);
  });

  it('says which file is damaged', async () => {
    await fill();
    await backupTo(sourceUri, folder);
    truncateSync(join(folder, 'shop', 'people.bson'), 20);
    await expect(restoreFrom(sourceUri, folder)).rejects.toThrow(
      /people.bson ends in the middle of a document/,
    );
    writeFileSync(join(folder, 'shop', 'people.bson'), Buffer.alloc(9, 0xff));
    await expect(restoreFrom(sourceUri, folder)).rejects.toThrow(/people.bson is damaged at byte 0/);
  });

  it('of a document by the target is told', async () => {
    await fill();
    await backupTo(sourceUri, folder);
    const target = await startServer();
    await target.client.db('shop').collection('people').createIndex({ list: 1 }, { unique: true });
    await target.client.db('shop').collection('people').insertOne({ list: 'two' });
    await expect(restoreFrom(target.uri, folder)).rejects.toThrow(
      /a document of shop.people was refused: E11000/,
    );
  });

  async function meddle(change: () => void): Promise<void> {
    await fill();
    await backupTo(sourceUri, folder);
    change();
  }
});

describe('the command line', () => {
  it('copies, restores, and answers with an exit code and a sentence', async () => {
    const said: string[] = [];
    const log = jest.spyOn(console, 'log').mockImplementation((text) => void said.push(String(text)));
    const error = jest.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)));
    await fill();
    expect(await runBackupCli(['backup', sourceUri, folder])).toBe(0);
    expect(await runBackupCli(['restore', sourceUri, folder, '--drop'])).toBe(0);
    expect(await runBackupCli(['backup', sourceUri])).toBe(1);
    expect(await runBackupCli(['backup', sourceUri, folder])).toBe(1);
    log.mockRestore();
    error.mockRestore();
    expect(said[0]).toMatch(/^1204 documents of 2 collections are in /);
    expect(said[1]).toMatch(/^1204 documents of 2 collections are restored from /);
    expect(said[2]).toMatch(/^usage: backup/);
    expect(said[3]).toMatch(/is not empty/);
  });
});
