import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '../../src/config/env.js';
import { RecordedMail } from '../../src/modules/identity/index.js';
import { call, type Answer } from '../support/call.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { Desk, must } from '../support/desk.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';
import { Wire } from '../support/wire.js';
import { Stored } from './dump.js';
import { keptSecrets } from '../support/kept-logs.js';

/** What the lines of SECURITY.md ask beside the generated tests: test/security/README.md says which is shown where. */

let database: TestDatabase;
/** As the world reaches it: nobody in front of it is believed. */
let service: RunningService;
/** Behind a proxy that is. Two pods without a Redis count limits each for itself. */
let behind: RunningService;
let here: Desk;
let there: Desk;

beforeAll(async () => {
  database = await startTestDatabase();
  const limited = { RATE_LIMIT_FACTOR: '1' };
  service = await startService({ databaseUri: database.uri, environment: limited });
  behind = await startService({
    databaseUri: database.uri,
    pod: 'behind',
    environment: { ...limited, TRUSTED_PROXIES: '127.0.0.1' },
  });
  [here, there] = await Promise.all([Desk.found(service), Desk.found(service)]);
});
afterAll(async () => {
  await behind.close();
  await service.close();
  await database.close();
});

const from = (address: string) => ({ 'x-forwarded-for': address });
const login = (pod: RunningService, email: string, password: string, headers = {}) =>
  call(pod, 'POST', '/api/v1/auth/login', { body: { email, password }, headers });
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

describe('a secret that is missing or short', () => {
  const start = (environment: Record<string, string>) => () =>
    readSettings({ NODE_ENV: 'production', ...environment });
  it('stops the start with a sentence', () => {
    expect(start({})).toThrow('JWT_SECRET must be set in production and with MONGODB_URI');
    expect(start({ JWT_SECRET: 'x'.repeat(31) })).toThrow('JWT_SECRET must have 32 bytes or more.');
    expect(start({ JWT_SECRET: 'x'.repeat(32) })).not.toThrow();
  });
});

describe('bad logins', () => {
  it('are twenty a minute, whatever address the caller claims to have, and others are not affected', async () => {
    const { email, password } = await here.person('agent');
    const other = await here.person('viewer');
    const answers: Answer[] = [];
    for (let n = 0; n < 22; n += 1)
      answers.push(await login(service, email, 'not the password', from(`203.0.113.${n}`)));
    expect(statuses(answers)).toEqual([...Array<number>(20).fill(401), 429, 429]);
    const refused = answers.at(-1);
    expect(refused?.body.error.code).toBe('rate_limited');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    // The right password does not tell itself apart either.
    expect((await login(service, email, password)).status).toBe(429);
    expect((await login(service, other.email, other.password)).status).toBe(200);
  });

  it('count for the address that a trusted proxy names', async () => {
    const { email, password } = await here.person('admin');
    const wrong = Array.from({ length: 21 }, () =>
      login(behind, email, 'not the password', from('203.0.113.7')),
    );
    expect(statuses(await Promise.all(wrong))).toContain(429);
    expect((await login(behind, email, password, from('203.0.113.7'))).status).toBe(429);
    expect((await login(behind, email, password, from('203.0.113.8'))).status).toBe(200);
  });
});

describe('too many', () => {
  it('sessions of visitors from one address are refused, other addresses and staff go on', async () => {
    const { key } = must(200, await there.call('GET', '/api/v1/business/widget'));
    const open = (address: string) =>
      call(behind, 'POST', '/api/v1/widget/sessions', {
        body: { widget_key: key },
        headers: from(address),
      });
    const answers = await Promise.all(Array.from({ length: 64 }, () => open('198.51.100.1')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(4);
    for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await open('198.51.100.2')).status).toBe(200);
    const { token } = there.owner;
    expect((await call(behind, 'GET', '/api/v1/team', { token, headers: from('198.51.100.1') })).status).toBe(
      200,
    );
  });

  it('links for new passwords are refused, whoever they are for', async () => {
    const ask = (n: number, address: string) =>
      call(behind, 'POST', '/api/v1/auth/password/reset', {
        body: { email: `nobody${n}@${here.marker}.test` },
        headers: from(address),
      });
    const answers = await Promise.all(Array.from({ length: 11 }, (_, n) => ask(n, '198.51.100.3')));
    expect(statuses(answers).sort()).toEqual([...Array<number>(10).fill(202), 429]);
    expect((await ask(0, '198.51.100.4')).status).toBe(202);
  });
});

describe('the address of a caller', () => {
  const lastAddress = async (pod: RunningService, header: string): Promise<string> => {
    const { token } = here.owner;
    const name = `Shop ${here.marker} ${header}`;
    must(200, await call(pod, 'PATCH', '/api/v1/business', { token, body: { name }, headers: from(header) }));
    let ip = '';
    await eventually(5_000, async () => {
      const history = must(200, await call(pod, 'GET', '/api/v1/business/history', { token }));
      const items = history.items as { actor: { ip: string }; changes: { name?: { new: string } } }[];
      const found = items.find(({ changes }) => changes.name?.new === name);
      ip = found?.actor.ip ?? '';
      return found !== undefined;
    });
    return ip;
  };

  it('is read from X-Forwarded-For behind a configured proxy only', async () => {
    expect(await lastAddress(service, '203.0.113.66')).toBe('127.0.0.1');
    expect(await lastAddress(behind, '203.0.113.67')).toBe('203.0.113.67');
    // What the client itself wrote in front stays unread: the last one that is not a proxy counts.
    expect(await lastAddress(behind, '10.9.9.9, 203.0.113.68')).toBe('203.0.113.68');
  });
});

describe('a business', () => {
  it('is never read from a body, a query or a header', async () => {
    const { token } = here.owner;
    const names = ['business', 'business_id', 'businessId', 'tenant', 'tenant_id'];
    const answers = await Promise.all(
      names.flatMap((name) => [
        call(service, 'GET', `/api/v1/business?${name}=${there.business}`, { token }),
        call(service, 'PATCH', '/api/v1/business', {
          token,
          body: { name: 'Taken over', [name]: there.business },
        }),
      ]),
    );
    expect(new Set(statuses(answers))).toEqual(new Set([400]));
    const headers = Object.fromEntries(names.map((name) => [`x-${name.replace('_', '-')}`, there.business]));
    const own = must(200, await call(service, 'GET', '/api/v1/business', { token, headers }));
    expect(own.id).toBe(here.business);
  });

  it('of a cursor is that of its reader', async () => {
    for (let n = 0; n < 3; n += 1)
      must(201, await there.call('POST', '/api/v1/customers', { name: `Customer ${n} ${there.marker}` }));
    for (const path of ['/api/v1/customers?limit=1', '/api/v1/team?limit=1']) {
      if (path.includes('team')) await there.join('viewer');
      const { next_cursor } = must(200, await there.call('GET', path));
      expect(next_cursor).toEqual(expect.any(String));
      const { text, status } = await here.call('GET', `${path}&cursor=${next_cursor}`);
      expect(status).toBe(200);
      expect(text).not.toContain(there.marker);
    }
  });
});

describe('operators', () => {
  it('in bodies, queries and ids are 400', async () => {
    const post = (path: string, body: unknown) => call(service, 'POST', path, { body });
    const get = (path: string) => here.call('GET', path);
    const { email } = here.owner;
    const answers = await Promise.all([
      post('/api/v1/auth/login', { email: { $ne: null }, password: { $ne: null } }),
      post('/api/v1/auth/login', { email, password: { $regex: '.*' } }),
      post('/api/v1/auth/refresh', { refresh_token: { $exists: true } }),
      post('/api/v1/auth/password/reset/confirm', { token: { $gt: '' }, password: 'long enough' }),
      post('/api/v1/widget/sessions', { widget_key: { $gt: '' } }),
      get('/api/v1/customers?q[$ne]=1'),
      get('/api/v1/customers?kind[$gt]='),
      get('/api/v1/team?limit[$gt]=1'),
      get('/api/v1/customers/%7B%22$ne%22:null%7D'),
      get('/api/v1/team/$ne'),
    ]);
    for (const { status, body } of answers) expect([status, body.error.code]).toEqual([400, 'invalid_input']);
  });

  it('of regular expressions are letters like any others', async () => {
    must(201, await here.call('POST', '/api/v1/customers', { name: 'Quentin Axbc' }));
    const found = async (q: string): Promise<unknown[]> => {
      const answer = await here.call('GET', `/api/v1/customers?q=${encodeURIComponent(q)}`);
      return must(200, answer).items as unknown[];
    };
    expect(await found('quentin')).toHaveLength(1);
    // Read as patterns they would find him; read as the words in them they do not.
    for (const q of [
      'q.entin',
      '.*',
      'qu[aeiou]ntin',
      '(q|z)uentin',
      'quent\\w+',
      'quentin|zzz',
      'a.bc',
      '\\w',
    ])
      expect([q, await found(q)]).toEqual([q, []]);
  });

  it('of a path lead around no guard', async () => {
    const wire = new Wire(service.url);
    const paths = ['//api/v1/team', '/API/V1/TEAM', '/api/v1/team/', '/api/v1/./team', '/api/v1/x/../team'];
    const more = [
      '/api/v1/team;a=b',
      '/api/v1/team%2f',
      '/%61pi/v1/team',
      '/api/v1/team#x',
      '/api/v1/team%00',
    ];
    for (const path of [...paths, ...more])
      for (const method of ['GET', 'HEAD', 'TRACE', 'PROPFIND']) {
        const headers = { 'x-http-method-override': 'GET', 'x-original-url': '/health/live' };
        const { status } = await wire.send({ method, path, headers });
        expect([method, path, status >= 400 && status < 500]).toEqual([method, path, true]);
      }
    const { token } = here.owner;
    const upper = await call(service, 'GET', '/API/v1/auth/ME', { token });
    expect([upper.status, upper.headers.get('cache-control')]).toEqual([200, 'no-store']);
    wire.close();
  });
});

describe('a link that leaves the service', () => {
  it('never names the host that a request claimed', async () => {
    const { email } = there.owner;
    const wire = new Wire(service.url);
    const headers = {
      'content-type': 'application/json',
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    };
    const body = JSON.stringify({ email });
    const answer = await wire.send({ method: 'POST', path: '/api/v1/auth/password/reset', headers, body });
    expect(answer.status).toBe(202);
    // Whichever pod is free sends it.
    const sent = () =>
      [service, behind].flatMap(({ app }) =>
        app.get(RecordedMail, { strict: false }).mails.filter((mail) => mail.to === email),
      );
    expect(await eventually(10_000, async () => sent().length > 0)).toBe(true);
    expect(sent()[0]?.body).not.toContain('evil.example');
    wire.close();
  });
});

describe('what is not public', () => {
  it('is not shown: figures, and details of health to whoever comes through a proxy', async () => {
    expect((await call(service, 'GET', '/metrics')).status).toBe(404);
    const outside = await call(service, 'GET', '/health/ready', { headers: from('203.0.113.5') });
    expect(outside.body).toEqual({ status: 'ok' });
    const { token } = await there.person('viewer');
    const viewer = await call(behind, 'GET', '/health/ready', { token, headers: from('203.0.113.5') });
    expect(viewer.body).toEqual({ status: 'ok' });
  });
});

describe('what is stored', () => {
  it('holds passwords as argon2id, and no password, token or key that anybody has used', async () => {
    const stored = await Stored.open(service);
    const users = await stored.collection('users').find({}).toArray();
    expect(users.length).toBeGreaterThan(4);
    for (const { password_hash } of users)
      expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await here.key(['team:read']);
    const everything = await stored.everything();
    const plain = [...keptSecrets()].filter((secret) => everything.includes(secret));
    expect(plain).toEqual([]);
    expect(keptSecrets().size).toBeGreaterThan(10);
    await stored.close();
  });
});
