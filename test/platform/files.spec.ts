// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { mongo } from 'mongoose';
import { systemActor } from '../../src/platform/actor.js';
import { systemClock } from '../../src/platform/clock.js';
import { Files, MAX_FILE_BYTES } from '../../src/platform/files/files.js';
import { Collections } from '../../src/platform/mongo/collections.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { withDeadline } from '../../src/platform/mongo/deadline.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { eventually, sleep } from '../support/wait.js';

let server: TestDatabase;
let proxy: Proxy;
let database: Database;
let files: Files;

beforeAll(async () => {
  server = await startTestDatabase();
  proxy = await Proxy.start(upstreamOf(server.uri));
  database = await Database.connect(uriThrough(server.uri, proxy));
  const collections = new Collections(database);
  files = new Files(collections, systemClock);
  await collections.ensureIndexes();
});
afterAll(async () => {
  await database.close();
  await proxy.close();
  await server.close();
});

const actor = systemActor('mine');
const image = { name: '../../etc/pässe.png', contentType: 'image/png' };
const chunks = () => database.requests.collection('files.chunks').countDocuments();
const descriptions = () => database.requests.collection('files.files').countDocuments();
const counts = async () => [await descriptions(), await chunks()];
const pieces = (content: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(content.length / size) }, (_, at) =>
      content.subarray(at * size, (at + 1) * size),
    ),
  );

describe('a file', () => {
  it.each([0, 1, 255 * 1024, 255 * 1024 + 1, 700_000])(
    'of %i bytes is read as it was stored',
    async (length) => {
      const content = randomBytes(length);
      const stored = await files.store(actor, pieces(content, 50_001), image);
      expect(stored).toEqual({ id: stored.id, business: 'mine', length, ...image });
      expect(await files.describe(actor, stored.id)).toEqual(stored);
      const read = await files.read(actor, stored.id);
      expect([read.file, (await buffer(read.content)).equals(content)]).toEqual([stored, true]);
      // Any tool that reads GridFS reads it.
      const db = database.requests.db as mongo.Db;
      const bucket = new mongo.GridFSBucket(db, { bucketName: 'files' });
      const copy = await buffer(bucket.openDownloadStream(new mongo.ObjectId(stored.id)));
      expect(copy.equals(content)).toBe(true);
    },
  );

  it('is stored however slowly it comes, whatever the deadline of the request', async () => {
    const slow = async function* () {
      for (let at = 0; at < 4; at += 1) {
        await sleep(30);
        yield Buffer.from(`piece ${at};`);
      }
    };
    const stored = await withDeadline(50, () => files.store(actor, Readable.from(slow()), image));
    expect(String(await buffer((await files.read(actor, stored.id)).content))).toBe(
      'piece 0;piece 1;piece 2;piece 3;',
    );
  });

  it('is removed with all of its pieces', async () => {
    const before = await counts();
    const { id } = await files.store(actor, pieces(randomBytes(600_000), 100_000), image);
    await files.remove(actor, id);
    expect(await counts()).toEqual(before);
    await expect(files.describe(actor, id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a file that does not get through', () => {
  it('leaves nothing when it is too large, and one of exactly 16 MB is taken', async () => {
    const before = await counts();
    const mega = Buffer.alloc(1024 * 1024, 7);
    const megabytes = (count: number, more = 0) =>
      Readable.from([
        ...Array.from({ length: count }, () => mega),
        ...(more === 0 ? [] : [Buffer.alloc(more)]),
      ]);
    await expect(files.store(actor, megabytes(16, 1), image)).rejects.toMatchObject({ code: 'too_large' });
    expect(await counts()).toEqual(before);
    const { id, length } = await files.store(actor, megabytes(16), image);
    expect(length).toBe(MAX_FILE_BYTES);
    await files.remove(actor, id);
    expect(await counts()).toEqual(before);
  });

  it('leaves nothing when its sender breaks off', async () => {
    const before = await counts();
    const broken = async function* () {
      yield randomBytes(600_000);
      throw new Error('the sender is gone');
    };
    await expect(files.store(actor, Readable.from(broken()), image)).rejects.toThrow('the sender is gone');
    expect(await counts()).toEqual(before);
  });

  it('is answered in time, as retryable, when the database is away', async () => {
    proxy.set('blackhole');
    const began = performance.now();
    const endless = files.store(actor, pieces(randomBytes(600_000), 100_000), image);
    await expect(endless).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(performance.now() - began).toBeLessThan(3_000);
    proxy.cut();
    proxy.set('pass');
    const again = () =>
      files.store(actor, pieces(randomBytes(10), 10), image).then(
        () => true,
        () => false,
      );
    expect(await eventually(5_000, again)).toBe(true);
  });
});

describe('a stranger', () => {
  it('finds, reads and removes nothing of another business', async () => {
    const content = randomBytes(300_000);
    const { id } = await files.store(actor, pieces(content, 100_000), image);
    const stranger = systemActor('stranger');
    const before = await counts();
    for (const asked of [id, id.toUpperCase(), '', 'x', '../etc', 'a'.repeat(24), '{"$ne":null}']) {
      await expect(files.describe(stranger, asked)).rejects.toMatchObject({ code: 'not_found' });
      await expect(files.read(stranger, asked)).rejects.toMatchObject({ code: 'not_found' });
      await expect(files.remove(stranger, asked)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await counts()).toEqual(before);
    expect((await buffer((await files.read(actor, id)).content)).equals(content)).toBe(true);
  });
});
