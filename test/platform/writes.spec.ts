// also runs on: mongodb
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor } from '../../src/platform/actor.js';
import { draft } from '../../src/platform/events/draft.js';
import { armFaults } from '../../src/platform/faults.js';
import { isDuplicateOf } from '../../src/platform/mongo/failures.js';
import { newId } from '../../src/platform/mongo/ids.js';
import type { Database } from '../../src/platform/mongo/connection.js';
import { connectWatched, type Commands } from '../support/commands.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { journalOf, outboxOf, thing, writeThings } from '../support/listeners.js';
import { buildPod, type Pod } from '../support/pod-in-process.js';
import { gate } from '../support/wait.js';

let server: TestDatabase;
let database: Database;
let commands: Commands;
let pod: Pod;

beforeAll(async () => {
  server = await startTestDatabase();
  ({ database, commands } = await connectWatched(server.uri));
  pod = buildPod(database, 'writes');
  await pod.collections.ensureIndexes();
});
afterEach(async () => {
  armFaults(undefined);
  release();
  await pod.relay.idle();
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const fields = (key: string, text = 'first') => ({ text, idempotencyKey: key, idempotencyHash: text });

/** Holds back the relay of one pod until the end of the test. */
let release = (): void => undefined;
function holdRelayOf(name: string): void {
  const held = gate();
  release = held.open;
  armFaults((point, of) => (point === 'relay.before-projections' && of === name ? held.opened : undefined));
}
const stored = (id: string) => pod.items.repository.collection().findOne({ _id: id as never });

describe('an event that is drafted', () => {
  const actor = { ...systemActor('drafts'), id: 'u1', role: 'owner', ip: '192.0.2.1' };
  const changed = (id: string, audience: readonly `user:${string}`[] = []) =>
    draft(actor, 'data.changed', { data: { resource: 'r', id, action: 'created' }, audience });

  it('says who, where and for whom, as the catalogue or the emitter has it', () => {
    const { id, ...event } = changed('x', ['user:u2']);
    expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(event).toEqual({
      name: 'data.changed',
      business: 'drafts',
      actor: { id: 'u1', role: 'owner', ip: '192.0.2.1' },
      subjects: [],
      audience: ['user:u2'],
      data: { resource: 'r', id: 'x', action: 'created' },
    });
    const content = { data: { id: 's', user: 'u1', cause: 'logout' } } as const;
    expect(draft(actor, 'session.ended', content).audience).toEqual(['pods']);
  });

  it('is refused before anything is written when its data does not fit or is too much', () => {
    expect(() => changed('')).toThrow('does not fit the catalogue');
    const more = { resource: 'r', id: 'x', action: 'created', secret: 1 } as never;
    expect(() => draft(actor, 'data.changed', { data: more, audience: [] })).toThrow('does not fit');
    const value = { old: 'x'.repeat(400), new: null };
    const changes = Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`field${at}`, value]));
    const large = { id: 'x', rev: 1, changes };
    expect(() => draft(actor, 'business.changed', { data: large })).toThrow('32768 at most');
    const people = Array.from({ length: 201 }, (_, at) => `user:${at}` as const);
    expect(() => changed('x', people)).toThrow('more than 200 principals');
    expect(changed('x', people.slice(1)).audience).toHaveLength(200);
  });
});

describe('one write', () => {
  it('stores the document and what it causes together, and never shows the outbox', async () => {
    holdRelayOf('writes');
    const actor = { ...systemActor('shape'), id: 'u1', role: 'owner', ip: '192.0.2.1' };
    const sent = await commands.during(() =>
      pod.items.repository.insert(actor, { ...fields('shape'), _id: 'shape-1' }, [thing('shape', 'a')]),
    );
    expect(sent.map(({ name, collection }) => `${name} ${collection}`)).toEqual(['insert items']);
    const raw = await stored('shape-1');
    expect(raw).toMatchObject({ business: 'shape', rev: 1, text: 'first' });
    expect(raw?.['outbox']).toHaveLength(1);
    const shown = [
      await pod.items.repository.findById(actor, 'shape-1'),
      await pod.items.repository.findOne(actor, { text: 'first' }),
      ...(await pod.items.repository.find(actor, {}, { sort: { _id: 1 }, limit: 9 })),
      (await pod.items.repository.insertOnce(actor, fields('shape'), [])).document,
      await pod.items.repository.update(actor, 'shape-1', () => null),
      await pod.items.repository.update(actor, 'shape-1', () => ({ events: [thing('shape', 'b')] })),
      await pod.items.repository.insert(actor, fields('shape-2'), [thing('shape', 'c')]),
    ];
    expect(shown).toHaveLength(7);
    for (const document of shown) expect(Object.keys(document ?? {})).not.toContain('outbox');
    expect(await outboxOf(pod, 'shape-1')).toEqual(['a', 'b']);
  });

  it('stores no outbox for a write that nobody is told of', async () => {
    const { _id } = await pod.items.repository.insert(systemActor('silent'), fields('silent'), []);
    expect(Object.keys((await stored(_id)) ?? {})).not.toContain('outbox');
    expect(
      await pod.items.repository.update(systemActor('silent'), _id, () => ({
        set: { text: 'x' },
        events: [],
      })),
    ).toMatchObject({ rev: 2, text: 'x' });
    expect(Object.keys((await stored(_id)) ?? {})).not.toContain('outbox');
  });
});

describe('an idempotency key', () => {
  it('makes the repeat answer the document as it now is, and causes nothing twice', async () => {
    const actor = systemActor('once');
    const create = () => pod.items.repository.insertOnce(actor, fields('k'), [thing('once', 'a')]);
    const first = await create();
    await pod.items.repository.update(actor, first.document._id, () => ({
      set: { text: 'later' },
      events: [],
    }));
    const again = await Promise.all(Array.from({ length: 5 }, create));
    expect([first.repeated, ...again.map(({ repeated }) => repeated)]).toEqual([
      false,
      ...Array.from({ length: 5 }, () => true),
    ]);
    for (const { document } of again)
      expect(document).toMatchObject({ _id: first.document._id, text: 'later', rev: 2 });
    await pod.relay.idle();
    expect(await journalOf(pod, 'once')).toEqual(['things a']);
  });

  it('lets one of many concurrent creates through', async () => {
    const creates = await Promise.all(
      Array.from({ length: 20 }, () =>
        pod.items.repository.insertOnce(systemActor('race'), fields('k'), [thing('race', 'a')]),
      ),
    );
    expect(creates.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(creates.map(({ document }) => document._id)).size).toBe(1);
  });

  it('refuses another body, and is independent in another business', async () => {
    const create = (business: string, text: string) =>
      pod.items.repository.insertOnce(systemActor(business), fields('k', text), []);
    await create('mismatch', 'one');
    await expect(create('mismatch', 'two')).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    expect(await create('mismatch-other', 'two')).toMatchObject({ repeated: false });
  });

  it('is not asked for: create without one inserts, and another unique key passes through as itself', async () => {
    const actor = systemActor('plain');
    const plain = { ...fields('p1'), _id: 'plain-1' };
    expect(await pod.items.repository.create(actor, plain, undefined, [])).toMatchObject({ repeated: false });
    const twin = pod.items.repository.insertOnce(actor, { ...fields('p2'), _id: 'plain-1' }, []);
    const error: unknown = await twin.catch((failure: unknown) => failure);
    expect([isDuplicateOf(error, '_id'), isDuplicateOf(error, 'business', 'idempotencyKey')]).toEqual([
      false,
      false,
    ]);
    expect(error).toMatchObject({ code: 11000 });
  });
});

describe('an update', () => {
  const actor = systemActor('updates');
  const create = () => pod.items.create(actor, newId(), 'first');

  it('that finds nothing to change writes nothing, and one that is refused neither', async () => {
    const { _id } = await create();
    const sent = await commands.during(
      async () => {
        expect(await pod.items.repository.update(actor, _id, () => null)).toMatchObject({ rev: 1 });
        const refused = pod.items.repository.update(actor, _id, () => {
          throw new Error('refused by the decision');
        });
        await expect(refused).rejects.toThrow('refused by the decision');
      },
      { name: 'findAndModify' },
    );
    expect([sent, await stored(_id)]).toMatchObject([[], { rev: 1, text: 'first' }]);
  });

  it('decides again on what is there when somebody was faster', async () => {
    const { _id } = await create();
    const seen: string[] = [];
    const result = await pod.items.repository.update(actor, _id, (current) => {
      seen.push(current.text);
      return { set: { text: `${current.text}+` }, events: [] };
    });
    expect([seen, result.text]).toEqual([['first'], 'first+']);
    await Promise.all(
      Array.from({ length: 4 }, () =>
        pod.items.repository.update(actor, _id, (current) => ({
          set: { text: `${current.text}+` },
          events: [],
        })),
      ),
    );
    expect(await stored(_id)).toMatchObject({ text: 'first+++++', rev: 6 });
  });

  it('gives up as busy after five misses, and leaves what the others wrote', async () => {
    const { _id } = await create();
    let decisions = 0;
    const losing = pod.items.repository.update(actor, _id, () => {
      decisions += 1;
      return { set: { text: 'mine' }, events: [thing('updates', 'never')] };
    });
    armFaults(async (point) => {
      if (point === 'write.before')
        await pod.items.repository.collection().updateOne({ _id: _id as never }, { $inc: { rev: 1 } });
    });
    await expect(losing).rejects.toMatchObject({ code: 'busy', retryable: true });
    expect([decisions, await stored(_id)]).toMatchObject([5, { rev: 6, text: 'first' }]);
  });

  it('removes fields, and tells of no document that is not there', async () => {
    const { _id } = await create();
    const changed = await pod.items.repository.update(actor, _id, () => ({ unset: ['text'], events: [] }));
    expect(Object.keys(changed)).not.toContain('text');
    await expect(pod.items.repository.update(actor, 'nowhere', () => null)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('is refused as retryable when 64 entries wait, and goes on when they are relayed', async () => {
    holdRelayOf('behind');
    const behind = buildPod(database, 'behind');
    const names = Array.from({ length: 60 }, (_, at) => `e${at}`);
    const { _id } = await writeThings(behind, 'updates', names);
    const add = (...ids: string[]) =>
      behind.items.repository.update(actor, _id, () => ({ events: ids.map((id) => thing('updates', id)) }));
    await expect(add('1', '2', '3', '4', '5')).rejects.toMatchObject({ code: 'busy', retryable: true });
    expect(await add('1', '2', '3', '4')).toMatchObject({ rev: 2 });
    await expect(add('one too many')).rejects.toMatchObject({ code: 'busy', retryable: true });
    expect(
      await behind.items.repository.update(actor, _id, () => ({ set: { text: 'silent' }, events: [] })),
    ).toMatchObject({ text: 'silent' });
    await pod.sweep.run();
    await pod.sweep.run();
    await pod.relay.idle();
    expect(await add('again')).toMatchObject({ rev: 4 });
    expect(await outboxOf(pod, _id)).toEqual(['again']);
  });

  it('with more than 64 events is a mistake of ours, in an insert as well', async () => {
    const many = Array.from({ length: 65 }, (_, at) => thing('updates', `e${at}`));
    const { _id } = await create();
    await expect(pod.items.repository.insert(actor, fields(newId()), many)).rejects.toThrow(
      '65 events, 64 at most',
    );
    await expect(pod.items.repository.update(actor, _id, () => ({ events: many }))).rejects.toThrow(
      '65 events, 64 at most',
    );
    expect(await stored(_id)).toMatchObject({ rev: 1 });
  });
});

describe('another business', () => {
  it('finds nothing and changes nothing, whatever it calls', async () => {
    const { repository } = pod.items;
    const mine = await pod.items.create(systemActor('mine'), 'k', 'secret');
    const stranger = systemActor('stranger');
    await pod.relay.idle();
    const before = await stored(mine._id);
    const filters = [
      { _id: mine._id },
      { business: 'mine' },
      { text: 'secret' },
      { $or: [{ business: 'mine' }, { text: 'secret' }] },
    ];
    expect(await repository.findById(stranger, mine._id)).toBeNull();
    for (const filter of filters) {
      expect(await repository.findOne(stranger, filter)).toBeNull();
      expect(await repository.find(stranger, filter, { sort: { _id: 1 }, limit: 9 })).toEqual([]);
    }
    const update = repository.update(stranger, mine._id, () => ({ set: { text: 'taken' }, events: [] }));
    await expect(update).rejects.toMatchObject({ code: 'not_found' });
    // A body that names the other business is stored under the actor's own.
    const smuggled = { ...fields('k'), business: 'mine', rev: 9 } as ReturnType<typeof fields>;
    const own = await repository.insertOnce(stranger, smuggled, []);
    expect(own).toMatchObject({ repeated: false, document: { business: 'stranger', rev: 1 } });
    await expect(repository.insert(stranger, { ...fields('k2'), _id: mine._id }, [])).rejects.toMatchObject({
      code: 11000,
    });
    await pod.relay.idle();
    expect(await stored(mine._id)).toEqual(before);
    expect(await journalOf(pod, 'stranger')).toEqual([]);
  });
});
