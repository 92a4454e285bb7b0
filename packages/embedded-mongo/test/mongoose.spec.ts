import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedMongo, type EmbeddedMongo } from 'embedded-mongo';
import mongoose, { Schema, type Connection } from 'mongoose';
import { newFolder, removeFolders } from './support/folders.js';

/** What mongoose 9 needs, over the real server and the real driver. */
let server: EmbeddedMongo | undefined;
let connection: Connection;

beforeAll(async () => {
  const uri = process.env['MONGODB_URI'];
  if (!uri) server = await startEmbeddedMongo({ dir: newFolder(), durable: false, ttlIntervalMs: 100 });
  const dbName = `mongoose_${process.pid}`;
  connection = await mongoose
    .createConnection(uri ?? server?.uri ?? '', { dbName, retryWrites: false, bufferCommands: false })
    .asPromise();
});

afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
  await server?.close();
  removeFolders();
});

const { Decimal128, ObjectId } = mongoose.Types;
let names = 0;
const freshName = (): string => `M${++names}`;

/** A model of its own for one test, with its indexes built. */
async function modelOf<T extends Schema>(schema: T) {
  const model = connection.model(freshName(), schema);
  await model.init();
  return model;
}

describe('documents', () => {
  it('save every type that mongoose has', async () => {
    const Thing = await modelOf(
      new Schema({
        price: Schema.Types.Decimal128,
        data: Buffer,
        counts: { type: Map, of: Number },
        big: BigInt,
        mixed: Schema.Types.Mixed,
        at: Date,
        list: [{ sku: String, quantity: Number }],
      }),
    );
    const at = new Date('2024-02-29T12:00:00Z');
    const { _id } = await Thing.create({
      price: Decimal128.fromString('10.25'),
      data: Buffer.from('hi'),
      counts: new Map([['a', 1]]),
      big: 9007199254740993n,
      mixed: { k: [1, { z: 2 }] },
      at,
      list: [{ sku: 's', quantity: 1 }],
    });
    const found = await Thing.findById(_id).orFail();
    expect(String(found.price)).toBe('10.25');
    expect(String(found.data)).toBe('hi');
    expect(found.counts?.get('a')).toBe(1);
    expect(found.big).toBe(9007199254740993n);
    expect(found.mixed).toEqual({ k: [1, { z: 2 }] });
    expect(found.at).toEqual(at);
    expect(found.list[0]?.sku).toBe('s');
    await Thing.updateOne({ _id }, { $inc: { price: Decimal128.fromString('0.10') } });
    expect(await Thing.countDocuments({ price: Decimal128.fromString('10.35') })).toBe(1);
    expect(await Thing.countDocuments({ big: { $gt: 9007199254740992n } })).toBe(1);
  });

  it('write only what has changed, and raise the version when an array moved', async () => {
    const List = await modelOf(new Schema({ items: [{ n: Number }], tags: [String] }));
    const { _id } = await List.create({ items: [{ n: 1 }, { n: 2 }], tags: ['x', 'y'] });
    const found = await List.findById(_id).orFail();
    const [, second] = found.items;
    if (second) second.n = 9;
    found.items.push({ n: 3 });
    found.set('tags', ['y']);
    await found.save();
    const saved = await List.findById(_id).lean().orFail();
    expect(saved.items.map(({ n }) => n)).toEqual([1, 9, 3]);
    expect(saved.tags).toEqual(['y']);
    expect(saved.__v).toBe(1);
  });

  it('refuse a save over a newer version', async () => {
    const Guarded = await modelOf(new Schema({ name: String }, { optimisticConcurrency: true }));
    const { _id } = await Guarded.create({ name: 'a' });
    const first = await Guarded.findById(_id).orFail();
    const second = await Guarded.findById(_id).orFail();
    first.name = 'b';
    await first.save();
    second.name = 'c';
    await expect(second.save()).rejects.toThrow(mongoose.Error.VersionError);
    expect((await Guarded.findById(_id).orFail()).name).toBe('b');
  });

  it('keep what kind they are of', async () => {
    const Base = await modelOf(new Schema({ x: Number }, { discriminatorKey: 'kind' }));
    const Special = Base.discriminator(freshName(), new Schema({ y: Number }));
    await Special.create({ x: 1, y: 2 });
    await Base.create({ x: 3 });
    expect(await Special.find().lean()).toHaveLength(1);
    const all = await Base.find().sort({ x: 1 });
    expect(all.map((each) => each instanceof Special)).toEqual([true, false]);
  });

  it('are populated', async () => {
    const Person = await modelOf(new Schema({ name: String }));
    const Post = await modelOf(
      new Schema({
        by: { type: Schema.Types.ObjectId, ref: Person.modelName },
        likes: [{ type: Schema.Types.ObjectId, ref: Person.modelName }],
      }),
    );
    const ann = await Person.create({ name: 'ann' });
    const bob = await Person.create({ name: 'bob' });
    await Post.create({ by: ann._id, likes: [bob._id, ann._id] });
    const post = await Post.findOne()
      .populate<{ by: { name: string }; likes: { name: string }[] }>([
        { path: 'by' },
        { path: 'likes', select: 'name -_id' },
      ])
      .lean()
      .orFail();
    expect(post.by.name).toBe('ann');
    expect(post.likes).toEqual([{ name: 'bob' }, { name: 'ann' }]);
  });
});

describe('writes', () => {
  it('findOneAndUpdate upserts once, whoever comes first', async () => {
    const Counter = await modelOf(
      new Schema(
        { key: { type: String, unique: true }, n: Number, made: Number, log: [Number] },
        { timestamps: true },
      ),
    );
    const bump = () =>
      Counter.findOneAndUpdate(
        { key: 'k' },
        {
          $inc: { n: 1 },
          $setOnInsert: { made: 1 },
          $push: { log: { $each: [5, 1], $sort: -1, $slice: 2 } },
        },
        { upsert: true, returnDocument: 'after', setDefaultsOnInsert: true },
      ).orFail();
    const all = await Promise.all(Array.from({ length: 20 }, bump));
    expect(all.map(({ n }) => n).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    const [only, ...others] = await Counter.find();
    expect(others).toEqual([]);
    expect(only).toMatchObject({ n: 20, made: 1 });
    expect([...(only?.log ?? [])]).toEqual([5, 5]);
    expect(only?.createdAt).toBeInstanceOf(Date);
  });

  it('bulkWrite runs each kind of statement', async () => {
    const Row = await modelOf(new Schema({ key: String, n: Number }));
    const result = await Row.bulkWrite([
      { insertOne: { document: { key: 'a', n: 1 } } },
      { updateOne: { filter: { key: 'a' }, update: { $inc: { n: 5 } } } },
      { updateMany: { filter: {}, update: { $mul: { n: 2 } } } },
      { replaceOne: { filter: { key: 'b' }, replacement: { key: 'b', n: 3 }, upsert: true } },
      { deleteOne: { filter: { key: 'zzz' } } },
    ]);
    expect(result).toMatchObject({ insertedCount: 1, modifiedCount: 2, upsertedCount: 1, deletedCount: 0 });
    expect((await Row.findOne({ key: 'a' }).orFail()).n).toBe(12);
  });

  it('insertMany unordered keeps what it can and names what it cannot', async () => {
    const Mail = await modelOf(new Schema({ address: { type: String, unique: true } }));
    await Mail.create({ address: 'a' });
    const failure: unknown = await Mail.insertMany([{ address: 'b' }, { address: 'a' }, { address: 'c' }], {
      ordered: false,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 11000, writeErrors: [{ index: 1 }] });
    expect(await Mail.distinct('address')).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  });

  it('a duplicate names its key', async () => {
    const Mail = await modelOf(new Schema({ address: { type: String, unique: true } }));
    const [, second] = await Mail.create([{ address: 'a' }, { address: 'b' }]);
    const duplicate = { code: 11000, keyPattern: { address: 1 }, keyValue: { address: 'a' } };
    await expect(Mail.create({ address: 'a' })).rejects.toMatchObject(duplicate);
    await expect(Mail.updateOne({ _id: second?._id }, { address: 'a' })).rejects.toMatchObject(duplicate);
    await expect(Mail.findOneAndUpdate({ _id: second?._id }, { address: 'a' })).rejects.toMatchObject(
      duplicate,
    );
  });

  it('updates by a pipeline', async () => {
    const Row = await modelOf(new Schema({ name: String, n: Number }));
    const { _id } = await Row.create({ name: 'a', n: 1 });
    await Row.updateOne({ _id }, [{ $set: { name: { $concat: ['$name', '!'] }, n: { $add: ['$n', 1] } } }], {
      updatePipeline: true,
    });
    expect(await Row.findById(_id).lean()).toMatchObject({ name: 'a!', n: 2 });
  });

  it('elements of arrays by $, $[] and arrayFilters', async () => {
    const Cart = await modelOf(new Schema({ items: [{ sku: String, n: Number, _id: false }] }));
    const { _id } = await Cart.create({
      items: [
        { sku: 'a', n: 1 },
        { sku: 'b', n: 2 },
      ],
    });
    await Cart.updateOne({ _id, 'items.sku': 'b' }, { $set: { 'items.$.n': 7 } });
    await Cart.updateOne({ _id }, { $inc: { 'items.$[].n': 1 } });
    await Cart.updateOne(
      { _id },
      { $set: { 'items.$[big].sku': 'B' } },
      { arrayFilters: [{ 'big.n': { $gte: 5 } }] },
    );
    expect((await Cart.findById(_id).lean().orFail()).items).toEqual([
      { sku: 'a', n: 2 },
      { sku: 'B', n: 8 },
    ]);
  });
});

describe('reads', () => {
  it('a lean cursor goes through all batches', async () => {
    const Row = await modelOf(new Schema({ n: Number }));
    await Row.insertMany(Array.from({ length: 250 }, (_, n) => ({ n })));
    const seen: (number | null | undefined)[] = [];
    for await (const row of Row.find().sort({ n: -1 }).lean().cursor({ batchSize: 40 })) seen.push(row.n);
    expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => 249 - i));
  });

  it('sort, skip, limit, select, count and distinct', async () => {
    const Row = await modelOf(new Schema({ n: Number, kind: String }));
    await Row.insertMany([3, 1, 2, 5, 4].map((n) => ({ n, kind: n % 2 ? 'odd' : 'even' })));
    expect(await Row.find().sort({ n: 1 }).skip(1).limit(2).select('n -_id').lean()).toEqual([
      { n: 2 },
      { n: 3 },
    ]);
    expect(await Row.countDocuments({ kind: 'odd' })).toBe(3);
    expect(await Row.countDocuments()).toBe(5);
    expect(await Row.estimatedDocumentCount()).toBe(5);
    expect((await Row.distinct('kind')).sort()).toEqual(['even', 'odd']);
    expect(await Row.exists({ kind: /^ODD$/i })).not.toBeNull();
  });

  it('aggregates for charts', async () => {
    const Sale = await modelOf(new Schema({ at: Date, amount: Number, kind: String }));
    const day = (n: number): Date => new Date(Date.UTC(2024, 2, 30 + n, 22, 30));
    await Sale.insertMany(
      [0, 0, 1, 2].map((n, i) => ({ at: day(n), amount: i + 1, kind: i % 2 ? 'b' : 'a' })),
    );
    const perDay = await Sale.aggregate([
      { $match: { amount: { $gt: 0 } } },
      {
        $group: {
          _id: { $dateTrunc: { date: '$at', unit: 'day', timezone: 'Europe/Berlin' } },
          sum: { $sum: '$amount' },
        },
      },
      { $sort: { _id: 1 } },
    ]);
    // The clocks go forward in the night of the 31st: that day has 23 hours.
    expect(perDay).toEqual([
      { _id: new Date('2024-03-29T23:00:00Z'), sum: 3 },
      { _id: new Date('2024-03-31T22:00:00Z'), sum: 3 },
      { _id: new Date('2024-04-01T22:00:00Z'), sum: 4 },
    ]);
    const [facets] = await Sale.aggregate([
      {
        $facet: {
          total: [{ $count: 'n' }],
          kinds: [{ $sortByCount: '$kind' }],
          top: [{ $sort: { amount: -1 } }, { $limit: 1 }, { $project: { _id: 0, amount: 1 } }],
        },
      },
    ]);
    expect(facets).toMatchObject({ total: [{ n: 4 }], top: [{ amount: 4 }] });
    expect(facets.kinds).toHaveLength(2);
  });
});

describe('indexes', () => {
  it('are synchronized', async () => {
    const Indexed = await modelOf(
      new Schema({ a: Number, b: { type: String, index: true } }).index({ a: 1, b: -1 }),
    );
    expect(await Indexed.diffIndexes()).toEqual({ toDrop: [], toCreate: [] });
    await Indexed.collection.createIndex({ z: 1 });
    expect(await Indexed.diffIndexes()).toEqual({ toDrop: ['z_1'], toCreate: [] });
    expect(await Indexed.syncIndexes()).toEqual(['z_1']);
    expect((await Indexed.listIndexes()).map(({ name }) => name)).toEqual(['_id_', 'b_1', 'a_1_b_-1']);
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
    if (process.env['MONGODB_URI']) return; // A real server sweeps once a minute only.
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
    if (process.env['MONGODB_URI']) return;
    const Row = await modelOf(new Schema({ n: Number }));
    const stream = Row.watch();
    const [error] = await once(stream, 'error').catch((reason: unknown) => [reason]);
    expect(error).toMatchObject({ code: 40573 });
    await stream.close();
  });

  it('transactions, before anything is written', async () => {
    if (process.env['MONGODB_URI']) return;
    const Row = await modelOf(new Schema({ n: Number }));
    await expect(connection.transaction((session) => Row.create([{ n: 1 }], { session }))).rejects.toThrow(
      /session/i,
    );
    expect(await Row.countDocuments()).toBe(0);
  });

  it('operators that this server does not have', async () => {
    const Row = await modelOf(new Schema({ _id: ObjectId, n: Number }));
    await expect(Row.find({ $where: 'this.n === 1' })).rejects.toThrow(/\$where/);
    if (process.env['MONGODB_URI']) return;
    await expect(Row.aggregate([{ $graphLookup: {} as never }])).rejects.toMatchObject({ code: 40324 });
  });
});
