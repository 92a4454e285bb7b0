// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { startService, type RunningService } from '../support/service.js';
import { ProbeModule } from './probe.js';

let service: RunningService;
let other: RunningService;
beforeAll(async () => {
  service = await startService({ modules: [ProbeModule], background: false });
  other = await startService({
    modules: [ProbeModule],
    background: false,
    databaseUri: service.databaseUri,
    pod: 'other',
  });
});
afterAll(async () => {
  await other.close();
  await service.close();
});

const notes = '/api/v1/probe/notes';
const create = (name: string, key?: string, pod = service) =>
  call(pod, 'POST', notes, {
    body: { name },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
const count = async () => (await call(service, 'GET', '/api/v1/probe/count')).body.n as number;

describe('Idempotency-Key', () => {
  it('makes a repeat answer the first document', async () => {
    const first = await create('one', 'key one');
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const before = await count();
    const second = await create('one', 'key one', other);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await count()).toBe(before);
  });

  it('knows a repeat whatever the order of its fields', async () => {
    const key = { 'idempotency-key': 'order' };
    const one = await call(service, 'POST', notes, { body: '{"name":"ab","amount":1}', headers: key });
    const two = await call(service, 'POST', notes, { body: '{ "amount": 1, "name": "ab" }', headers: key });
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.body).toEqual(one.body);
  });

  it('refuses another body under the same key, and changes nothing', async () => {
    await create('two', 'key two');
    const before = await count();
    expect(await create('another', 'key two')).toMatchObject({
      status: 422,
      body: { error: { code: 'idempotency_mismatch' } },
    });
    expect(await count()).toBe(before);
  });

  it('makes one document of twenty requests at once on two pods', async () => {
    const before = await count();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => create('at once', 'key at once', n % 2 === 0 ? service : other)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.id as string)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await count()).toBe(before + 1);
  });

  it('is left out at will', async () => {
    expect((await create('three')).status).toBe(201);
    expect((await create('four')).status).toBe(201);
  });

  it.each(['', 'x'.repeat(65)])('of no use is 400: %#', async (key) => {
    expect(await create('five', key)).toMatchObject({
      status: 400,
      body: { error: { details: { issues: [{ field: 'header.idempotency-key' }] } } },
    });
  });
});

describe('a list', () => {
  it('is read page by page, each item once', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, n) => create(`item ${n}`)));
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 20; page += 1) {
      const query: string = cursor === '' ? '?limit=5' : `?limit=5&cursor=${encodeURIComponent(cursor)}`;
      const { status, body } = await call(service, 'GET', notes + query);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(5);
      seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
      cursor = body.next_cursor;
    }
    expect(cursor).toBeNull();
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(await count());
  });

  it.each([
    '?limit=0',
    '?limit=101',
    '?limit=1.5',
    '?limit=ten',
    '?limit=1&limit=2',
    '?cursor=',
    '?cursor=garbage',
    `?cursor=${Buffer.from('[{"$gt":""}]').toString('base64url')}`,
    `?cursor=${Buffer.from('["a"]').toString('base64url')}`,
    `?cursor=${'x'.repeat(600)}`,
  ])('asked for %s is 400', async (query) => {
    expect(await call(service, 'GET', notes + query)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_input' } },
    });
  });
});
