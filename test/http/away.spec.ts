import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { startService, type RunningService } from '../support/service.js';
import { until } from '../support/until.js';
import { ProbeModule } from './probe.js';

let database: TestDatabase;
let proxy: Proxy;
let service: RunningService;
beforeAll(async () => {
  database = await startTestDatabase();
  proxy = await Proxy.start(upstreamOf(database.uri));
  service = await startService({
    modules: [ProbeModule],
    databaseUri: uriThrough(database.uri, proxy),
  });
});
afterAll(async () => {
  proxy.set('pass');
  await service.close();
  await proxy.close();
  await database.close();
});

const create = (name: string) =>
  call(service, 'POST', '/api/v1/probe/notes', { body: { name }, headers: { 'idempotency-key': name } });
const read = () => call(service, 'GET', '/api/v1/probe/count');
const ready = () => call(service, 'GET', '/health/ready');

describe.each(['reset', 'blackhole'] as const)('a database that is away (%s)', (mode) => {
  it('is answered with a retryable 503 within 3 s, red readiness, and is back by itself', async () => {
    expect((await create(`${mode} before`)).status).toBe(201);
    proxy.set(mode);
    const answers = await Promise.all(
      [create(`${mode} a`), create(`${mode} b`), read(), read(), ready()].map(async (answer) => {
        const since = performance.now();
        const { status, body, headers } = await answer;
        return { status, body, retryAfter: headers.get('retry-after'), ms: performance.now() - since };
      }),
    );
    for (const { status, body, ms, retryAfter } of answers.slice(0, 4)) {
      expect({ status, code: body.error.code, retryAfter }).toEqual({
        status: 503,
        code: 'unavailable',
        retryAfter: '1',
      });
      expect(ms).toBeLessThan(3_000);
    }
    const health = answers[4];
    expect(health?.body).toMatchObject({ status: 'unavailable', details: { database: 'away' } });
    expect(health?.status).toBe(503);
    expect(health?.ms).toBeLessThan(1_500);
    expect((await call(service, 'GET', '/health/live')).status).toBe(200);
    // What needs no database goes on.
    expect((await call(service, 'GET', '/api/v1/probe/things/abc')).status).toBe(200);

    proxy.set('pass');
    await until('ready again', async () => (await ready()).status === 200);
    // Nothing is half-done: each repeat makes its one document or finds it.
    const ids = await Promise.all([create(`${mode} a`), create(`${mode} a`)]);
    expect(ids.map(({ status }) => status)).toEqual([201, 201]);
    expect(ids[0]?.body.id).toBe(ids[1]?.body.id);
  });
});

describe('a write whose answer is lost', () => {
  it('happened once however often it is repeated', async () => {
    proxy.set('drop replies');
    expect((await create('lost')).status).toBe(503);
    proxy.set('pass');
    await until('ready again', async () => (await ready()).status === 200);
    const before = (await read()).body.n as number;
    const answer = await create('lost');
    expect(answer.status).toBe(201);
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    expect((await read()).body.n).toBe(before);
  });
});
