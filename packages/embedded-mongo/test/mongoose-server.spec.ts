import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose, { Schema } from 'mongoose';
import {
  connectMongoose,
  connection,
  disconnectMongoose,
  isRealMongoDB,
  modelOf,
} from './support/mongoose.js';

/** What mongoose 9 needs of indexes and files, and what it is refused. */
beforeAll(connectMongoose);
afterAll(disconnectMongoose);

const { ObjectId } = mongoose.Types;

describe('indexes', () => {
  it('are synchronized', async () => {
    const Indexed = await modelOf(
      new Schema({ a: Number, b: { type: String, index: true } }).index({ a: 1, b: -1 }),
    );
    expect(await Indexed.diffIndexes()).toEqual({ toDrop: [], toCreate: [] });
    await Indexed.collection.createIndex({ z: 1 });
    expect(await Indexed.diffIndexes()).toEqual({ toDrop: ['z_1'], toCreate: [] });
    expect(await Indexed.syncIndexes()).toEqual(['z_1']);
    expect((await Indexed.listIndexes()).map(({ name }) => String(name))).toEqual([
      '_id_',
      'b_1',
      'a_1_b_-1',
    ]);
  });

  it('unique ones: compound, partial and sparse', async () => {
    const schema = new Schema({ a: Number, b: String, open: Boolean });
    schema.index({ a: 1 }, { unique: true, partialFilterExpression: { open: true } });
    schema.index({ b: 1 }, { unique: true, sparse: true });
    schema.index({ a: 1, b: 1 }, { unique: true });
    const Row = await modelOf(schema);
    await Row.create([{ a: 1, open: true }, { a: 1, b: 'x' }, { a: 2 }, { a: 3 }]);
    await expect(Row.create({ a: 1, b: 'y', open: true })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { a: 1 },
    });
    await expect(Row.create({ a: 9, b: 'x' })).rejects.toMatchObject({ code: 11000, keyPattern: { b: 1 } });
    await expect(Row.create({ a: 2 })).rejects.toMatchObject({ code: 11000, keyPattern: { a: 1, b: 1 } });
  });

  it('a unique one that does not care for case, and finding through it', async () => {
    const collation = { locale: 'en', strength: 2 };
    const Mail = await modelOf(
      new Schema({ address: String }).index({ address: 1 }, { unique: true, collation }),
    );
    await Mail.create({ address: 'Ann@Example.com' });
    await expect(Mail.create({ address: 'ann@example.COM' })).rejects.toMatchObject({ code: 11000 });
    expect(await Mail.findOne({ address: 'ANN@example.com' }).collation(collation)).not.toBeNull();
    expect(await Mail.findOne({ address: 'ANN@example.com' })).toBeNull();
  });

  it('one that lets documents expire', async () => {
    if (isRealMongoDB) return;
    const Token = await modelOf(new Schema({ at: { type: Date, expires: 60 } }));
    await Token.create([{ at: new Date(Date.now() - 120_000) }, { at: new Date() }, {}]);
    for (let i = 0; i < 50 && (await Token.countDocuments()) > 2; i++) await sleep(50);
    expect(await Token.countDocuments()).toBe(2);
  });
});

describe('files', () => {
  it('GridFSBucket uploads, downloads and deletes', async () => {
    const { db } = connection;
    if (!db) throw new Error('not connected');
    const bucket = new mongoose.mongo.GridFSBucket(db, { chunkSizeBytes: 1000 });
    const content = Buffer.alloc(3500, 'abc');
    const upload = bucket.openUploadStream('a.txt', { metadata: { by: 'ann' } });
    upload.end(content);
    await once(upload, 'finish');
    const parts: Buffer[] = [];
    await pipeline(bucket.openDownloadStream(upload.id), async (source: AsyncIterable<Buffer>) => {
      for await (const part of source) parts.push(part);
    });
    expect(Buffer.concat(parts)).toEqual(content);
    expect(await bucket.find({ 'metadata.by': 'ann' }).toArray()).toMatchObject([
      { length: 3500, filename: 'a.txt' },
    ]);
    await bucket.delete(upload.id);
    expect(await db.collection('fs.chunks').countDocuments()).toBe(0);
  });
});

describe('what is refused', () => {
  it('change streams', async () => {
    if (isRealMongoDB) return;
    const Row = await modelOf(new Schema({ n: Number }));
    const stream = Row.watch();
    const error: unknown = await once(stream, 'error').catch((reason: unknown) => reason);
    const [first]: unknown[] = Array.isArray(error) ? error : [error];
    expect(first).toMatchObject({ code: 40573 });
    await stream.close();
  });

  it('transactions, before anything is written', async () => {
    if (isRealMongoDB) return;
    const Row = await modelOf(new Schema({ n: Number }));
    await expect(connection.transaction((session) => Row.create([{ n: 1 }], { session }))).rejects.toThrow(
      /session/i,
    );
    expect(await Row.countDocuments()).toBe(0);
  });

  it('operators that this server does not have', async () => {
    const Row = await modelOf(new Schema({ _id: ObjectId, n: Number }));
    await expect(Row.find({ $where: 'this.n === 1' })).rejects.toThrow(/\$where/);
    if (isRealMongoDB) return;
    await expect(Row.aggregate([{ $graphLookup: {} as never }])).rejects.toMatchObject({ code: 40324 });
  });
});
