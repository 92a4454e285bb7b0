import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PERSON, type DomainEvent } from '../../src/contracts/events.js';
import { Deliveries } from '../../src/platform/deliveries/deliveries.js';
import { Journal } from '../../src/platform/journal/journal.js';
import { JournalReader } from '../../src/platform/journal/journal.reader.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { PersonalDataRegistry } from '../../src/platform/privacy/personal-data.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must, type Guest } from '../support/desk.js';
import { logLines } from '../support/log-lines.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

const MARKER = 'Zebramarker';
const SEEN = /zebra/i;

describe('what is stored of a person', () => {
  const clock = new MovableClock();
  const log = logLines('debug');
  let service: RunningService;
  let desk: Desk;
  let guests = 0;

  beforeAll(async () => {
    service = await startService({ clock, logger: log.logger });
    desk = await Desk.found(service);
  });
  afterAll(async () => {
    await service?.close();
  });

  const path = (id: string, more = '') => `/api/v1/customers/${id}${more}`;
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`;
  const connection = () => service.app.get(Database).requests;
  const stateOf = (id: string) =>
    connection()
      .collection('customers')
      .findOne({ _id: id as never });
  const say = (guest: Guest, body: unknown) =>
    call(service, 'PATCH', '/api/v1/widget/me', { token: guest.token, body });

  /** Every document of the database as text, by collection. */
  async function everything(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const { name } of (await connection().db?.listCollections().toArray()) ?? []) {
      const documents = await connection().collection(name).find().toArray();
      found.set(
        name,
        documents.map((one) => JSON.stringify(one)),
      );
    }
    return found;
  }
  async function collectionsWith(text: RegExp): Promise<string[]> {
    const all = await everything();
    return [...all].flatMap(([name, list]) => (list.some((one) => text.test(one)) ? [name] : [])).sort();
  }
  const relayed = () => eventually(10_000, async () => (await collectionsWith(/"outbox":\[\{/)).length === 0);

  function eventOf(business: string, person: Partial<DomainEvent>): DomainEvent {
    guests += 1;
    return {
      id: `made-by-test-${guests}`,
      name: 'test.told',
      business,
      at: clock.now(),
      actor: { id: 'somebody', role: 'agent', ip: null },
      subjects: [],
      audience: ['staff'],
      data: { said: MARKER },
      ...person,
    } as unknown as DomainEvent;
  }

  /** A customer with the marker in every field that takes a text, and in what others keep of them. */
  async function leaveTraces(at: Desk) {
    const body = {
      name: `${MARKER} name`,
      email: `${MARKER}@mail.example`,
      phone_number: '+49 1511 7654321',
      external_id: `${MARKER}-id`,
      attributes: { note: `${MARKER} note`, [`${MARKER}`]: true },
      labels: [`${MARKER} label`],
    };
    const headers = { 'Idempotency-Key': `${MARKER} key` };
    const created = await call(service, 'POST', '/api/v1/customers', {
      token: at.owner.token,
      headers,
      body,
    });
    const { id } = must(201, created) as { id: string };
    const visitors = [await at.enter('visitor'), await at.enter('visitor')];
    for (const visitor of visitors) {
      must(200, await say(visitor, { name: `${MARKER} typed`, email: `${MARKER}.typed@mail.example` }));
      must(200, await at.call('POST', path(visitor.id, '/merge'), { into: id }));
    }
    const [visitor = { id: '', token: '' }] = visitors;
    const events = [
      eventOf(at.business, { audience: ['staff', `user:${id}`] }),
      eventOf(at.business, { audience: [`user:${visitor.id}`] }),
      eventOf(at.business, { subjects: [{ kind: PERSON, id }] }),
      eventOf(at.business, { actor: { id: visitor.id, role: 'visitor', ip: `${MARKER} ip` } }),
    ];
    const journal = service.app.get(Journal);
    await journal.append(
      at.business,
      events.slice(0, 3).map(({ subjects, ...event }) => ({
        ...event,
        wire: 'data_change',
        ...(subjects.length === 0 ? {} : { persons: subjects.map((subject) => subject.id) }),
      })),
    );
    for (const event of events)
      await service.app.get(Deliveries).request(event, 'tellOthers', 'test', { about: `${MARKER} payload` });
    await connection()
      .collection('dead_letters')
      .insertMany(
        events.map((event) => ({
          _id: `${event.id}/listener`,
          business: at.business,
          listener: 'unknown',
          event,
          error: 'none',
          attempts: 1,
          createdAt: clock.now(),
          dueAt: null,
        })) as never[],
      );
    await relayed();
    return { id, visitors };
  }

  it('is exported whole, and only to those who may', async () => {
    const { id, visitors } = await leaveTraces(desk);
    const before = await everything();
    const admin = await desk.person('admin');
    const answer = await call(service, 'GET', path(id, '/export'), { token: admin.token });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('content-disposition')).toContain(`customer-${id}.json`);
    const exported = JSON.parse(answer.text) as { data: Record<string, object[]>; also_known_as: string[] };
    expect(exported).toMatchObject({ customer: id, also_known_as: visitors.map((one) => one.id).sort() });
    const { customers = [], journal = [], deliveries = [], dead_letters: letters = [] } = exported.data;
    expect(customers[0]).toMatchObject({
      name: `${MARKER} name`,
      email: `${MARKER}@mail.example`.toLowerCase(),
      phone_number: '4915117654321',
      external_id: `${MARKER}-id`,
      attributes: { note: `${MARKER} note`, [MARKER]: true },
      labels: [`${MARKER} label`],
      idempotencyKey: `${MARKER} key`,
      merged_from: visitors.map((one) => one.id),
    });
    expect(customers).toHaveLength(3);
    expect(journal.filter((event) => SEEN.test(JSON.stringify(event)))).toHaveLength(3);
    expect(deliveries).toHaveLength(4);
    expect(letters).toHaveLength(4);
    // Every place where the database has the marker is a place of the export.
    expect(await collectionsWith(SEEN)).toEqual(['customers', 'dead_letters', 'deliveries', 'journal']);
    // It is asked for with an event that is audited, and changes nothing else.
    const after = await everything();
    for (const name of ['deliveries', 'dead_letters']) expect(after.get(name)).toEqual(before.get(name));
    for (const role of ['viewer', 'agent'] as const) {
      const { token } = await desk.person(role);
      expect(codeOf(await call(service, 'GET', path(id, '/export'), { token }))).toBe('403 forbidden');
      expect(codeOf(await call(service, 'POST', path(id, '/erasure'), { token }))).toBe('403 forbidden');
    }
  });

  it('is erased everywhere, and the journal goes on', async () => {
    const shop = await Desk.found(service);
    const other = await Desk.found(service);
    const { id, visitors } = await leaveTraces(shop);
    const bystander = must(201, await shop.call('POST', '/api/v1/customers', { name: 'Bystander' }));
    const untouched = await leaveTraces(other);
    const head = await service.app.get(JournalReader).head(shop.business);
    const proven = await shop.enter('customer');

    // The tombstone of a visitor leads to the customer here too.
    const answer = must(202, await shop.call('POST', path(visitors[1]?.id ?? '', '/erasure')));
    expect(answer).toMatchObject({ id, requested_at: expect.any(String) });
    expect(codeOf(await shop.call('GET', path(id)))).toBe('410 gone');
    expect(codeOf(await shop.call('PATCH', path(id), { name: 'A' }))).toBe('410 gone');
    expect(codeOf(await shop.call('GET', path(id, '/export')))).toBe('410 gone');
    const finished = () => shop.call('POST', path(id, '/erasure'));
    expect(await eventually(10_000, async () => (await finished()).body.finished_at !== null)).toBe(true);
    await relayed();

    const left = await everything();
    const ofShop = [...left].flatMap(([name, list]) =>
      list.filter((one) => one.includes(shop.business) && SEEN.test(one)).map(() => name),
    );
    expect(ofShop).toEqual([]);
    expect(JSON.stringify(left.get('customers')?.filter((one) => one.includes(shop.business)))).not.toMatch(
      /4915117654321|mail\.example/,
    );
    // Others are as they were.
    expect((await shop.call('GET', path(bystander.id))).body.name).toBe('Bystander');
    const exported = await other.call('GET', path(untouched.id, '/export'));
    expect(exported.text.match(new RegExp(MARKER, 'g'))?.length).toBeGreaterThan(10);
    expect((await call(service, 'GET', '/api/v1/widget/me', { token: proven.token })).status).toBe(200);

    // The numbers have no gap, and what was removed has its number and says nothing.
    const events = await service.app.get(JournalReader).read(shop.business, 0, 10_000);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from(events, (_, at) => at + 1));
    expect(events.length).toBeGreaterThan(head?.seq ?? 0);
    const removed = events.filter(({ id: event }) => event.startsWith('made-by-test'));
    for (const event of removed)
      expect(event).toMatchObject({ name: 'journal.event-erased', wire: null, audience: ['pods'], data: {} });
    expect(removed).toHaveLength(3);
    // That they are gone is still told.
    const told = events.filter(({ data }) => JSON.stringify(data).includes(id)).map(({ name }) => name);
    expect(told.slice(-2)).toEqual(['customer.erased', 'data.changed']);
    // Nobody calls an outside for a person who is gone.
    const calls = await connection().collection('deliveries').find({ business: shop.business }).toArray();
    expect(calls).toEqual(Array(4).fill(expect.objectContaining({ state: 'failed', payload: null })));
    // The number and the id are free, and lead to somebody new.
    const again = await shop.call('POST', '/api/v1/customers', {
      phone_number: '+49 1511 7654321',
      external_id: `${MARKER}-id`,
    });
    expect(must(201, again).id).not.toBe(id);
    expect(log.text()).not.toMatch(SEEN);
  });

  it('an event that was on its way is found by a later round', async () => {
    const shop = await Desk.found(service);
    const { id } = must(201, await shop.call('POST', '/api/v1/customers', { name: 'Late' })) as {
      id: string;
    };
    must(202, await shop.call('POST', path(id, '/erasure')));
    const passes = async () =>
      ((await stateOf(id)) as { erasure: { passes: number } } | null)?.erasure.passes;
    expect(await eventually(10_000, async () => (await passes()) === 1)).toBe(true);
    const { subjects: _subjects, ...event } = eventOf(shop.business, { audience: [`user:${id}`] });
    await service.app.get(Journal).append(shop.business, [{ ...event, wire: 'data_change' }]);
    for (const [round, minutes] of [
      [2, 1],
      [3, 60],
    ] as const) {
      clock.advance(minutes * 60_000);
      expect(await eventually(10_000, async () => (await passes()) === round)).toBe(true);
    }
    const events = await service.app.get(JournalReader).read(shop.business, 0, 10_000);
    expect(events.find((one) => one.id === event.id)?.data).toEqual({});
    expect(await stateOf(id)).toMatchObject({ dueAt: null });
  });

  it('an erasure that failed half-way goes on by itself, and emits its event once', async () => {
    const shop = await Desk.found(service);
    const { id } = await leaveTraces(shop);
    let calls = 0;
    service.app.get(PersonalDataRegistry).register({
      name: 'of a feature that fails',
      export: async function* () {
        yield* [];
      },
      erase: async () => {
        calls += 1;
        if (calls === 1) throw new Error('crash');
      },
    });
    must(202, await shop.call('POST', path(id, '/erasure')));
    expect(await eventually(10_000, async () => calls === 1)).toBe(true);
    const finished = async () => (await shop.call('POST', path(id, '/erasure'))).body.finished_at !== null;
    // It was put off, and is not finished.
    expect(
      await eventually(10_000, async () => Number((await stateOf(id))?.['dueAt']) > clock.now().getTime()),
    ).toBe(true);
    expect(await finished()).toBe(false);
    clock.advance(11_000);
    expect(await eventually(10_000, finished)).toBe(true);
    await relayed();
    const events = await service.app.get(JournalReader).read(shop.business, 0, 10_000);
    expect(events.filter(({ name }) => name === 'customer.erased').map(({ data }) => data)).toEqual([
      { id, rev: expect.any(Number) },
    ]);
  });
});
