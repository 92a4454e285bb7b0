import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose, { Schema } from 'mongoose';
import { connectMongoose, disconnectMongoose, freshName, modelOf } from './support/mongoose.js';

/** What mongoose 9 needs of documents, writes and reads, over the real server and the real driver. */
beforeAll(connectMongoose);
afterAll(disconnectMongoose);

const { Decimal128 } = mongoose.Types;

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
