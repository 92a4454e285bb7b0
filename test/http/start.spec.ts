import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '../support/call.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { endProcesses, startProcess, type ServiceProcess } from '../support/service-process.js';
import { startService, type RunningService } from '../support/service.js';
import { until } from '../support/until.js';
import { ProbeController, ProbeModule } from './probe.js';

// Processes start in a second on a quiet machine, and in many on a busy one.
jest.setTimeout(60_000);
const folder = mkdtempSync(join(tmpdir(), 'deskwire-start-'));
const DATA_DIR = join(folder, 'data');
const JWT_SECRET = 'a secret of a test, with 32 bytes or more';
afterAll(async () => {
  await endProcesses();
  rmSync(folder, { recursive: true, force: true });
});

const owner = { email: 'owner@demo.test', password: 'deskwire-demo' };
const login = (service: { url: string }, body: { email: string; password: string } = owner) =>
  call(service, 'POST', '/api/v1/auth/login', { body });

describe('a start with settings that cannot be used', () => {
  it('is refused with a sentence each, and leaves nothing behind', async () => {
    const dir = join(folder, 'never');
    const { exited, output } = await startProcess({
      environment: { DATA_DIR: dir, PORT: 'eighty', NODE_ENV: 'production' },
      until: 'exit',
    });
    expect(await exited).toBe(1);
    expect(output().trim().split('\n')).toEqual([
      'The service cannot start with these settings:',
      '  PORT must be a whole number from 0 to 65535.',
      '  JWT_SECRET must be set in production and with MONGODB_URI, with 32 bytes or more.',
    ]);
    expect(existsSync(dir)).toBe(false);
  });

  it('is refused in a folder that holds something else', async () => {
    const { exited, output } = await startProcess({ environment: { DATA_DIR: tmpdir() }, until: 'exit' });
    expect(await exited).toBe(1);
    expect(output()).toMatch(/^\S+ is not a folder of embedded-mongo: [^\n]+\n$/);
  });
});

describe('the demo', () => {
  let service: ServiceProcess;
  let token: string;
  beforeAll(async () => {
    service = await startProcess({ environment: { DATA_DIR } });
  });

  it('says where everything is, and lets its people in', async () => {
    await until('the summary', () => service.output().includes('Demo logins'));
    for (const text of [
      `${service.url}/docs`,
      `${service.url}/health/ready`,
      'agent@demo.test  deskwire-demo',
    ])
      expect(service.output()).toContain(text);
    const people = [owner, { email: 'agent@demo.test', password: 'deskwire-demo' }];
    for (const person of [...people, { email: 'freshuser@test.com', password: 'Test123!' }])
      expect((await login(service, person)).status).toBe(200);
    token = (await login(service)).body.access_token as string;
    expect(statSync(join(DATA_DIR, 'jwt-secret')).mode & 0o777).toBe(0o600);
  });

  it('lets in no second service on its data', async () => {
    const second = await startProcess({ environment: { DATA_DIR }, until: 'exit' });
    expect(await second.exited).toBe(1);
    expect(second.output().trim().split('\n')).toHaveLength(1);
    expect((await call(service, 'GET', '/health/ready')).status).toBe(200);
  });

  it('keeps its port', async () => {
    const PORT = new URL(service.url).port;
    const environment = { DATA_DIR: join(folder, 'other'), PORT };
    const second = await startProcess({ environment, until: 'exit' });
    expect(await second.exited).toBe(1);
    expect(second.output()).toBe(
      `127.0.0.1:${PORT} cannot be opened: something else listens there. Set PORT or HOST.\n`,
    );
  });

  it('ends in good order, and comes back with its data, its people and its secret', async () => {
    expect(await service.stop('SIGTERM')).toBe(0);
    service = await startProcess({ environment: { DATA_DIR } });
    const { status, body } = await call(service, 'GET', '/api/v1/auth/me', { token });
    expect({ status, email: JSON.stringify(body).includes(owner.email) }).toEqual({
      status: 200,
      email: true,
    });
    expect((await call(service, 'GET', '/api/v1/team', { token })).body.items).toHaveLength(3);
  });

  it('loses nothing that it acknowledged when it is killed in the middle of writes', async () => {
    const token = (await login(service)).body.access_token as string;
    const create = (n: number) =>
      call(service, 'POST', '/api/v1/api-keys', {
        token,
        body: { name: `key ${n}`, scopes: ['customers:read'] },
        headers: { 'idempotency-key': `key ${n}` },
      }).catch(() => undefined);
    let answered = 0;
    const writes = Array.from({ length: 60 }, async (_, n) => {
      const answer = await create(n);
      answered += answer?.status === 201 ? 1 : 0;
      return answer;
    });
    await until('some answers', () => answered >= 10);
    await service.stop('SIGKILL');
    const first = await Promise.all(writes);
    expect(first.some((answer) => answer === undefined)).toBe(true);

    service = await startProcess({ environment: { DATA_DIR } });
    for (const [n, before] of first.entries()) {
      const again = await create(n);
      expect(again?.status).toBe(201);
      if (before?.status !== 201) continue;
      expect(again?.body.id).toBe(before.body.id);
      expect(again?.headers.get('idempotent-replayed')).toBe('true');
    }
  });
});

describe('pods on a database of their own', () => {
  let database: TestDatabase;
  let proxy: Proxy;
  let environment: Record<string, string>;
  beforeAll(async () => {
    database = await startTestDatabase();
    proxy = await Proxy.start(upstreamOf(database.uri));
    environment = { MONGODB_URI: uriThrough(database.uri, proxy), JWT_SECRET, HOST: '127.0.0.1' };
  });
  afterAll(async () => {
    await endProcesses();
    await proxy.close();
    await database.close();
  });

  it('wait for it, alive and not ready; then seed nothing, and outlive a mistake of ours', async () => {
    const METRICS_TOKEN = 'a-token-for-metrics';
    const stray = 'process.on("SIGUSR2", () => Promise.reject(new Error("stray")))';
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(stray)}`;
    proxy.set('reset');
    const pod = await startProcess({
      environment: { ...environment, METRICS_TOKEN, NODE_OPTIONS },
      until: 'listening',
    });
    expect(await call(pod, 'GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { error: { code: 'unavailable', message: 'The service is starting. Try again.' } },
    });
    expect((await login(pod)).status).toBe(503);
    proxy.set('pass');
    const isReady = async () => (await call(pod, 'GET', '/health/ready')).status === 200;
    await until('ready', isReady);
    expect((await login(pod)).status).toBe(401);

    pod.signal('SIGUSR2');
    const figures = async () => (await call(pod, 'GET', '/metrics', { token: METRICS_TOKEN })).text;
    const counted = async () => (await figures()).includes('deskwire_unhandled_rejections_total 1');
    await until('the rejection', counted);
    expect(pod.output()).toContain('A rejection that nobody handled');
    expect(await isReady()).toBe(true);
    expect(await pod.stop()).toBe(0);
  });

  it('end when they are told to while they wait', async () => {
    proxy.set('blackhole');
    const pod = await startProcess({ environment, until: 'listening' });
    expect(await pod.stop()).toBe(0);
    proxy.set('pass');
  });

  it('are one without a Redis', async () => {
    const one = await startProcess({ environment });
    const two = await startProcess({ environment, until: 'exit' });
    expect(await two.exited).toBe(1);
    expect(two.output()).toContain('without REDIS_URL there can be one only');
    expect(await one.stop()).toBe(0);
  });
});

describe('a pod that leaves', () => {
  let service: RunningService;
  it('lets the requests at hand finish and takes no new ones', async () => {
    service = await startService({ modules: [ProbeModule] });
    const { waiting } = service.app.get(ProbeController);
    const slow = call(service, 'GET', '/api/v1/probe/slow');
    await until('the request', () => waiting.length === 1);
    let closed = false;
    const closing = service.close().then(() => {
      closed = true;
    });
    await until('a closed door', () =>
      fetch(`${service.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    expect(closed).toBe(false);
    waiting[0]?.();
    expect((await slow).status).toBe(200);
    await closing;
  });
});
