// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Schema, type Model } from 'mongoose';
import type { DomainEvent } from '../../src/contracts/events.js';
import { insertOncePerEvent, setIfNewer, storeRecount } from '../../src/platform/events/listener-writes.js';
import { Collections } from '../../src/platform/mongo/collections.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { withDeadline } from '../../src/platform/mongo/deadline.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';

/** A view of one customer, as all three shapes may write it. */
interface Card {
  readonly _id: string;
  readonly business: string;
  readonly rev: number;
  readonly source?: number;
  readonly name?: string;
  readonly open?: number;
  readonly closed?: number;
}
interface Ticket {
  readonly _id: string;
  readonly business: string;
  readonly open: boolean;
}

let server: TestDatabase;
let database: Database;
let cards: Model<Card>;
let tickets: Model<Ticket>;

beforeAll(async () => {
  server = await startTestDatabase();
  database = await Database.connect(server.uri);
  const collections = new Collections(database);
  const key = { _id: { type: String, required: true }, business: { type: String, required: true } } as const;
  const options = { versionKey: false, autoIndex: false } as const;
  const card = { ...key, rev: Number, source: Number, name: String, open: Number, closed: Number };
  cards = collections.model('cards', new Schema<Card>(card, { ...options, collection: 'cards' }));
  const ticket = { ...key, open: Boolean };
  tickets = collections.model('tickets', new Schema<Ticket>(ticket, { ...options, collection: 'tickets' }));
  await collections.ensureIndexes();
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const event = (id: string): DomainEvent => ({ id, business: 'b' }) as DomainEvent;
const many = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const trues = (list: readonly boolean[]): number => list.filter(Boolean).length;

describe('an insert once per event and listener', () => {
  it('is new once: run twice, late, by many at once, and it leaves what the first wrote', async () => {
    const insert = (id: string, listener: string, name: string) =>
      insertOncePerEvent(cards, event(id), listener, { rev: 1, name });
    expect(await insert('e1', 'noteIt', 'first')).toBe(true);
    expect(await insert('e1', 'noteIt', 'second')).toBe(false);
    expect(trues(await Promise.all(many(10).map((at) => insert('e2', 'noteIt', `n${at}`))))).toBe(1);
    expect(await insert('e1', 'noteAnother', 'other listener')).toBe(true);
    expect(await cards.findById('e1/noteIt').lean()).toEqual({
      _id: 'e1/noteIt',
      business: 'b',
      rev: 1,
      name: 'first',
    });
    expect(await cards.countDocuments({ _id: /^e2/ })).toBe(1);
  });
});

describe('a set guarded by a rising number', () => {
  const target = (id: string, business = 'b') => ({ _id: id, business });
  const set = (id: string, number: number, business?: string) =>
    setIfNewer<Card>(cards, target(id, business), { field: 'source', number }, { name: `at ${number}` });

  it('keeps the newest, whatever the order, and however often', async () => {
    expect([await set('late', 2), await set('late', 1), await set('late', 2), await set('late', 3)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(await cards.findById('late').lean()).toMatchObject({ source: 3, name: 'at 3' });
    // The same numbers, shuffled and at once, by many.
    await Promise.all([4, 9, 2, 7, 9, 1, 8, 3, 5, 6, 9].map((number) => set('shuffled', number)));
    expect(await cards.findById('shuffled').lean()).toEqual({
      _id: 'shuffled',
      business: 'b',
      source: 9,
      name: 'at 9',
    });
  });

  it('completes a document that has no number yet, and never touches one of another business', async () => {
    await cards.create({ _id: 'bare', business: 'b', rev: 1, open: 5 });
    expect(await set('bare', 1)).toBe(true);
    expect(await cards.findById('bare').lean()).toMatchObject({ open: 5, source: 1 });
    expect(await set('bare', 9, 'stranger')).toBe(false);
    expect(await cards.findById('bare').lean()).toMatchObject({ business: 'b', source: 1 });
  });
});

describe('a recount', () => {
  const counted = (business: string, id: string, model = cards) =>
    storeRecount<Card>(model, { _id: id, business }, async () => ({
      open: await tickets.countDocuments({ business, open: true }),
      closed: await tickets.countDocuments({ business, open: false }),
    }));

  it('stores what is there now under a rising rev, however often it runs', async () => {
    await tickets.create({ _id: 't1', business: 'c1', open: true });
    expect(await counted('c1', 'c1')).toEqual({ _id: 'c1', business: 'c1', rev: 1, open: 1, closed: 0 });
    await tickets.updateOne({ _id: 't1' }, { $set: { open: false } });
    expect(await counted('c1', 'c1')).toMatchObject({ rev: 2, open: 0, closed: 1 });
    expect(await counted('c1', 'c1')).toMatchObject({ rev: 3, open: 0, closed: 1 });
  });

  it('ends with the last count when many write and count at once, and gives each rev to one', async () => {
    const others = await Promise.all([Database.connect(server.uri, 5), Database.connect(server.uri, 5)]);
    const pods = [cards, ...others.map((other) => new Collections(other).model('cards', cards.schema))];
    const answers = await Promise.all(
      many(40).map(async (at) => {
        await tickets.create({ _id: `many-${at}`, business: 'c2', open: at % 4 === 0 });
        // Three pods, each with a connection of its own, as reactions.
        return withDeadline(10_000, () => counted('c2', 'c2', pods[at % 3]));
      }),
    );
    expect(answers.map(({ rev }) => rev).sort((left, right) => left - right)).toEqual(
      many(40).map((at) => at + 1),
    );
    // A higher rev never shows an older number.
    const byRev = [...answers].sort((left, right) => left.rev - right.rev);
    const totals = byRev.map(({ open = 0, closed = 0 }) => open + closed);
    expect(totals).toEqual([...totals].sort((left, right) => left - right));
    expect(await cards.findById('c2').lean()).toMatchObject({ open: 10, closed: 30, rev: 40 });
    await Promise.all(others.map((other) => other.close()));
  });

  it('by a slower pod counts again instead of putting an older number on top', async () => {
    await tickets.create({ _id: 'slow-1', business: 'c3', open: true });
    const counts: number[] = [];
    const slow = storeRecount<Card>(cards, { _id: 'c3', business: 'c3' }, async () => {
      const open = await tickets.countDocuments({ business: 'c3', open: true });
      counts.push(open);
      if (counts.length === 1) {
        await tickets.create({ _id: 'slow-2', business: 'c3', open: true });
        await cards.collection.insertOne({ _id: 'c3' as never, business: 'c3', rev: 1, open: 2 });
      }
      return { open };
    });
    expect([await slow, counts]).toEqual([{ _id: 'c3', business: 'c3', rev: 2, open: 2 }, [1, 2]]);
  });

  it('completes a document that another shape has begun', async () => {
    await setIfNewer<Card>(
      cards,
      { _id: 'c4', business: 'c4' },
      { field: 'source', number: 7 },
      { name: 'of a set' },
    );
    await tickets.create({ _id: 'c4-1', business: 'c4', open: true });
    expect(await counted('c4', 'c4')).toEqual({
      _id: 'c4',
      business: 'c4',
      source: 7,
      name: 'of a set',
      rev: 1,
      open: 1,
      closed: 0,
    });
  });

  it('finds nothing of another business under the same id', async () => {
    await cards.create({ _id: 'c5', business: 'c5', rev: 3, open: 8 });
    await expect(counted('stranger', 'c5')).rejects.toThrow('kept changing');
    expect(await cards.findById('c5').lean()).toMatchObject({ business: 'c5', rev: 3, open: 8 });
  });
});
