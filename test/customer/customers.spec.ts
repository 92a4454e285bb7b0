import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { mongo } from 'mongoose';
import type { CustomerView } from '../../src/modules/customer/customer.dto.js';
import { JournalReader } from '../../src/platform/journal/journal.reader.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must } from '../support/desk.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

const CUSTOMERS = '/api/v1/customers';
type Page = { readonly items: readonly CustomerView[]; readonly next_cursor: string | null };

describe('customers', () => {
  let service: RunningService;
  let here: Desk;
  let there: Desk;

  beforeAll(async () => {
    service = await startService();
    [here, there] = await Promise.all([Desk.found(service), Desk.found(service)]);
  });
  afterAll(async () => {
    await service?.close();
  });

  const create = async (desk: Desk, body: unknown) =>
    must(201, await desk.call('POST', CUSTOMERS, body)) as CustomerView;
  const patch = (id: string, body: unknown, desk = here) => desk.call('PATCH', `${CUSTOMERS}/${id}`, body);
  const merge = (id: string, into: string, desk: Desk) =>
    desk.call('POST', `${CUSTOMERS}/${id}/merge`, { into });
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`;
  const collection = () => service.app.get(Database).requests.collection('customers');
  const stored = async (id: string): Promise<mongo.Document> =>
    (await collection().findOne({ _id: id as never })) ?? {};
  const relayed = () =>
    eventually(
      10_000,
      async () => (await collection().countDocuments({ 'outbox.0': { $exists: true } })) === 0,
    );
  const journal = async (desk: Desk, id: string) => {
    await relayed();
    const events = await service.app.get(JournalReader).read(desk.business, 0, 10_000);
    return events.filter(({ data }) => JSON.stringify(data).includes(id));
  };

  it('creates, shows, changes and clears', async () => {
    const created = await create(here, {
      name: '  Ada Lovelace ',
      email: 'Ada@Example.com',
      phone_number: '+44 (0) 20 7946-0958',
      external_id: 'crm 1',
      attributes: { plan: 'gold', seats: 3, trial: false },
      labels: ['vip', 'vip', 'early'],
    });
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      rev: 1,
      kind: 'customer',
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      phone_number: '442079460958',
      external_id: 'crm 1',
      claimed_id: null,
      attributes: { plan: 'gold', seats: 3, trial: false },
      labels: ['vip', 'early'],
      unverified: [],
      created_at: expect.any(String),
      last_seen_at: null,
    });
    expect(must(200, await here.call('GET', `${CUSTOMERS}/${created.id}`))).toEqual(created);
    const change = { email: null, attributes: { seats: 4, trial: null, city: 'London' }, labels: [] };
    const changed = must(200, await patch(created.id, change));
    expect(changed).toEqual({
      ...created,
      rev: 2,
      email: null,
      attributes: { plan: 'gold', seats: 4, city: 'London' },
      labels: [],
    });
    // What already is so is no change: the revision stays, and no event tells of it.
    expect(must(200, await patch(created.id, { name: 'Ada Lovelace' })).rev).toBe(2);
    const told = await journal(here, created.id);
    expect(told.map(({ name, wire, audience, data }) => [name, wire, audience, data])).toEqual([
      ['customer.created', null, ['staff:customers.read'], { id: created.id, rev: 1 }],
      [
        'data.changed',
        'data_change',
        ['staff:customers.read'],
        { resource: 'customers', id: created.id, action: 'created', rev: 1 },
      ],
      [
        'customer.changed',
        null,
        ['staff:customers.read'],
        {
          id: created.id,
          rev: 2,
          fields: ['email', 'labels', 'attributes'],
        },
      ],
      [
        'data.changed',
        'data_change',
        ['staff:customers.read'],
        { resource: 'customers', id: created.id, action: 'updated', rev: 2 },
      ],
    ]);
  });

  it.each([
    ['nothing', {}],
    ['labels alone', { labels: ['vip'] }],
    ['an e-mail that is none', { email: 'nobody' }],
    ['a national phone number', { phone_number: '0151 12345678' }],
    ['an empty name', { name: '   ' }],
    ['a name with control characters', { name: 'a\u0000b' }],
    ['half a character', { name: 'a\ud800' }],
    ['a nested attribute', { name: 'a', attributes: { a: { b: 1 } } }],
    ['an attribute with a dot', { name: 'a', attributes: { 'a.b': 1 } }],
    ['an attribute with a dollar', { name: 'a', attributes: { $set: 1 } }],
    [
      '51 attributes',
      { name: 'a', attributes: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, n])) },
    ],
    ['21 labels', { name: 'a', labels: Array.from({ length: 21 }, (_, n) => `l${n}`) }],
    ['a business', { name: 'a', business: 'b' }],
    ['a kind', { name: 'a', kind: 'visitor' }],
    ['an operator', { external_id: { $ne: null } }],
    ['search words', { name: 'a', words: ['x'] }],
  ])('refuses %s', async (_what, body) => {
    expect(codeOf(await here.call('POST', CUSTOMERS, body))).toBe('400 invalid_input');
  });

  it('has a phone number and an external id once in a business, also when many come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => here.call('POST', CUSTOMERS, { phone_number: '+1 415 555 2671' })),
    );
    expect(answers.map(codeOf).sort()).toEqual(['201 ', ...Array<string>(7).fill('409 conflict')]);
    expect(answers.find(({ status }) => status === 409)?.body.error.details).toEqual({
      field: 'phone_number',
    });
    const other = await create(here, { external_id: 'u-once' });
    expect(codeOf(await here.call('POST', CUSTOMERS, { external_id: 'u-once' }))).toBe('409 conflict');
    expect(codeOf(await patch(other.id, { phone_number: '14155552671' }))).toBe('409 conflict');
    // Another business has its own.
    await create(there, { phone_number: '+1 415 555 2671', external_id: 'u-once' });
  });

  it('creates once under an idempotency key', async () => {
    const send = (body: unknown) =>
      call(service, 'POST', CUSTOMERS, {
        token: here.owner.token,
        headers: { 'Idempotency-Key': 'create once' },
        body,
      });
    const answers = await Promise.all([1, 2, 3].map(() => send({ name: 'Once', external_id: 'u-idem' })));
    expect(new Set(answers.map(({ body }) => String(body.id))).size).toBe(1);
    await patch(answers[0]?.body.id, { name: 'Later' });
    const again = await send({ external_id: 'u-idem', name: 'Once' });
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.name]).toEqual([
      201,
      'true',
      'Later',
    ]);
    expect(codeOf(await send({ name: 'Other' }))).toBe('422 idempotency_mismatch');
  });

  it('another business finds nobody, changes nobody and merges with nobody', async () => {
    const mine = await create(here, { name: 'Mine', email: 'mine@example.com' });
    const visitor = await here.enter('visitor');
    const theirs = await create(there, { name: 'Theirs' });
    const before = await Promise.all([stored(mine.id), stored(visitor.id)]);
    const foreign = [
      await there.call('GET', `${CUSTOMERS}/${mine.id}`),
      await patch(mine.id, { name: 'Hacked' }, there),
      await merge(visitor.id, theirs.id, there),
      await merge((await there.enter('visitor')).id, mine.id, there),
      await there.call('GET', `${CUSTOMERS}/${mine.id}/export`),
      await there.call('POST', `${CUSTOMERS}/${mine.id}/erasure`),
    ];
    expect(foreign.map(codeOf)).toEqual(Array(6).fill('404 not_found'));
    expect(await Promise.all([stored(mine.id), stored(visitor.id)])).toEqual(before);
    const found = must(200, await there.call('GET', `${CUSTOMERS}?q=mine@example.com`));
    expect(found.items).toEqual([]);
  });

  describe('lists and search', () => {
    let desk: Desk;
    const names = ['Zoë Ångström', 'Zora Neale', 'Bo Zorn', 'Jean-Zoé Blé', 'Plain Person'];

    beforeAll(async () => {
      desk = await Desk.found(service);
      for (const [at, name] of names.entries())
        await create(desk, { name, email: `person${at}@firm${at}.example`, external_id: `crm-${at}` });
      await create(desk, { name: 'Phone Person', phone_number: '+49 1511 2345678' });
      for (let at = 0; at < 3; at += 1) await desk.enter('visitor');
      await create(there, { name: 'Zorro of another business' });
    });

    const list = async (query = '') => must(200, await desk.call('GET', CUSTOMERS + query)) as Page;
    const namesOf = (page: Page) => page.items.map(({ name }) => name);

    it.each([
      ['zo', ['Jean-Zoé Blé', 'Bo Zorn', 'Zora Neale', 'Zoë Ångström']],
      ['ZOE', ['Jean-Zoé Blé', 'Zoë Ångström']],
      ['zor n', ['Zora Neale']],
      ['angstrom', ['Zoë Ångström']],
      ['person3@firm3.example', ['Jean-Zoé Blé']],
      ['firm4', ['Plain Person']],
      ['crm-2', ['Bo Zorn']],
      ['+49 1511', ['Phone Person']],
      ['01511 23', ['Phone Person']],
      ['pers', ['Phone Person', 'Plain Person', 'Jean-Zoé Blé', 'Bo Zorn', 'Zora Neale', 'Zoë Ångström']],
      ['.*', []],
      ['nobody', []],
    ])('finds %s', async (query, expected) => {
      expect(namesOf(await list(`?q=${encodeURIComponent(query)}`))).toEqual(expected);
    });

    it('pages through everybody once, newest first, also when there are more of one millisecond', async () => {
      const at = new Date('2026-01-01T00:00:00Z');
      await collection().updateMany({ business: desk.business }, { $set: { created_at: at } });
      for (const query of ['', '&kind=customer', '&kind=visitor', '&q=person']) {
        const all = (await list(`?limit=100${query}`)).items.map(({ id }) => id);
        const paged: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: Page = await list(`?limit=2${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
          paged.push(...page.items.map(({ id }) => id));
          cursor = page.next_cursor;
        }
        expect(paged).toEqual(all);
        expect(new Set(paged).size).toBe(paged.length);
      }
      expect((await list('?limit=100')).items).toHaveLength(9);
      expect((await list('?kind=visitor')).items).toHaveLength(3);
      expect(codeOf(await desk.call('GET', `${CUSTOMERS}?cursor=bm9uZQ`))).toBe('400 invalid_input');
    });
  });
});
