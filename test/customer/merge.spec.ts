import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { mongo } from 'mongoose';
import type { CustomerView } from '../../src/modules/customer/customer.dto.js';
import { armFaults } from '../../src/platform/faults.js';
import { JournalReader } from '../../src/platform/journal/journal.reader.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must } from '../support/desk.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

const CUSTOMERS = '/api/v1/customers';
type Entered = { token: string; visitor_token: string; customer: { id: string } };

describe('merging a visitor into a known customer', () => {
  const clock = new MovableClock();
  let service: RunningService;
  let here: Desk;

  beforeAll(async () => {
    service = await startService({ clock });
    here = await Desk.found(service);
  });
  afterAll(async () => {
    await service?.close();
  });

  const create = async (desk: Desk, body: unknown) =>
    must(201, await desk.call('POST', CUSTOMERS, body)) as CustomerView;
  const patch = (id: string, body: unknown) => here.call('PATCH', `${CUSTOMERS}/${id}`, body);
  const merge = (id: string, into: string) => here.call('POST', `${CUSTOMERS}/${id}/merge`, { into });
  const say = async (visitor: { token: string }, body: unknown): Promise<void> =>
    void must(200, await call(service, 'PATCH', '/api/v1/widget/me', { token: visitor.token, body }));
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

  it('a visitor answers the customer, who takes over what it lacked, once', async () => {
    const known = await create(here, { name: 'Known', labels: ['vip'], attributes: { plan: 'gold' } });
    const visitor = await here.enter('visitor');
    const said = { name: 'Typed', email: 'typed@example.com' };
    await say(visitor, said);
    const answers = await Promise.all(Array.from({ length: 10 }, () => merge(visitor.id, known.id)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const merged = must(200, await here.call('GET', `${CUSTOMERS}/${known.id}`));
    expect(merged).toMatchObject({
      name: 'Known',
      email: 'typed@example.com',
      unverified: ['email'],
      rev: 2,
    });
    for (const { body } of answers) expect(body).toEqual(merged);
    expect(must(200, await here.call('GET', `${CUSTOMERS}/${visitor.id}`))).toEqual(merged);
    // Later again, and through the tombstone of another visitor: the same answer, and nothing happens.
    expect(must(200, await merge(visitor.id, known.id))).toEqual(merged);
    expect(await stored(visitor.id)).toMatchObject({
      kind: 'merged',
      merged_into: known.id,
      name: null,
      email: null,
      words: [],
      visitor_token: null,
      dueAt: null,
    });
    const told = await journal(here, visitor.id);
    expect(told.map(({ name, data }) => [name, data])).toEqual([
      ['customer.described', { id: visitor.id, rev: 2, fields: ['name', 'email', 'unverified'] }],
      ['data.changed', { resource: 'customers', id: visitor.id, action: 'updated', rev: 2 }],
      ['customer.merged', { id: visitor.id, rev: 3, into: known.id }],
      ['data.changed', { resource: 'customers', id: visitor.id, action: 'deleted', rev: 3 }],
    ]);
    // The browser of the visitor begins anew: staff said who it was, nobody has proven it.
    expect((await call(service, 'GET', '/api/v1/widget/me', { token: visitor.token })).status).toBe(401);
  });

  it('many visitors become one customer at once, each taken over', async () => {
    const known = await create(here, { name: 'Many' });
    const visitors = await Promise.all(Array.from({ length: 10 }, () => here.enter('visitor')));
    const answers = await Promise.all(visitors.map(({ id }) => merge(id, known.id)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(((await stored(known.id))['merged_from'] as string[]).toSorted()).toEqual(
      visitors.map(({ id }) => id).toSorted(),
    );
  });

  it('into two customers at once has one winner, and the other takes nothing over', async () => {
    const one = await create(here, { name: 'One' });
    const other = await create(here, { name: 'Other' });
    const targetOf = (at: number) => (at % 2 === 0 ? one : other).id;
    const visitor = await here.enter('visitor');
    const said = { email: 'wanted@example.com' };
    await say(visitor, said);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => merge(visitor.id, targetOf(at))));
    const { merged_into: winner } = await stored(visitor.id);
    for (const [at, answer] of answers.entries())
      expect(codeOf(answer)).toBe(targetOf(at) === winner ? '200 ' : '409 conflict');
    const loser = winner === one.id ? other.id : one.id;
    expect((await stored(String(winner)))['email']).toBe('wanted@example.com');
    expect((await stored(loser))['email']).toBeNull();
  });

  it('refuses what is no visitor, no known customer, or not there', async () => {
    const [known, other] = [await create(here, { name: 'A' }), await create(here, { name: 'B' })];
    const visitor = await here.enter('visitor');
    expect(codeOf(await merge(known.id, other.id))).toBe('409 impossible_transition');
    expect(codeOf(await merge(visitor.id, (await here.enter('visitor')).id))).toBe(
      '409 impossible_transition',
    );
    expect(codeOf(await merge(visitor.id, visitor.id))).toBe('409 impossible_transition');
    expect(codeOf(await merge(visitor.id, 'a'.repeat(24)))).toBe('404 not_found');
    expect(codeOf(await merge('a'.repeat(24), known.id))).toBe('404 not_found');
    expect(codeOf(await patch(visitor.id, { phone_number: '+49 1511 2345679' }))).toBe('409 conflict');
    expect(must(200, await patch(visitor.id, { name: 'Staff say so' })).unverified).toEqual([]);
  });

  it('that a process did not finish is finished by a timer, once', async () => {
    const known = await create(here, { name: 'Late' });
    const { key: widget_key } = must(200, await here.call('GET', '/api/v1/business/widget'));
    const enter = async (body: object) =>
      must(200, await call(service, 'POST', '/api/v1/widget/sessions', { body })) as Entered;
    const { token, visitor_token, customer: visitor } = await enter({ widget_key });
    await say({ token }, { email: 'late@example.com' });
    let writes = 0;
    armFaults((point) => {
      // The tombstone is written; whoever wrote it is gone before the customer takes anything over.
      if (point === 'write.before' && (writes += 1) === 2) throw new Error('crash');
    });
    try {
      expect((await merge(visitor.id, known.id)).status).toBe(500);
    } finally {
      armFaults(undefined);
    }
    expect(await stored(visitor.id)).toMatchObject({ kind: 'merged', email: 'late@example.com' });
    expect((await stored(known.id))['email']).toBeNull();
    expect(must(200, await here.call('GET', `${CUSTOMERS}/${visitor.id}`)).id).toBe(known.id);
    // Half-way too the browser's token leads to nobody, with a proof or without.
    expect((await enter({ widget_key, visitor_token })).customer.id).not.toBe(visitor.id);
    clock.advance(60_000);
    expect(await eventually(10_000, async () => (await stored(visitor.id))['dueAt'] === null)).toBe(true);
    expect(await stored(visitor.id)).toMatchObject({ email: null, visitor_token: null });
    expect(await stored(known.id)).toMatchObject({
      email: 'late@example.com',
      merged_from: [visitor.id],
      rev: 2,
    });
  });
});
