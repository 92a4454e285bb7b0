import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Origins } from '../../src/platform/http/origins.js';
import { PodState } from '../../src/platform/http/pod-state.js';
import { call } from '../support/call.js';
import { logLines, type LogLines } from '../support/log-lines.js';
import { startService, type RunningService } from '../support/service.js';
import { until } from '../support/until.js';
import { ProbeController, ProbeModule } from './probe.js';

type Tree = Readonly<Record<string, unknown>>;
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly unknown[];
  readonly 'x-access': string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Tree }>> };
  readonly responses: Tree;
}

const METRICS_TOKEN = 'a-token-for-metrics';
let service: RunningService;
let log: LogLines;
beforeAll(async () => {
  log = logLines();
  service = await startService({
    modules: [ProbeModule],
    background: false,
    logger: log.logger,
    environment: {
      ALLOWED_ORIGINS: 'https://shop.example,http://localhost:5173',
      PUBLIC_URL: 'https://desk.example',
      METRICS_TOKEN,
    },
  });
});
afterAll(() => service.close());

describe('a page of another origin', () => {
  const from = (origin: string, method = 'GET', headers: Record<string, string> = {}) =>
    call(service, method, '/api/v1/probe/things/abc', { headers: { origin, ...headers } });

  it.each(['https://shop.example', 'http://localhost:5173', 'https://desk.example'])(
    'may call from %s',
    async (origin) => {
      const { status, headers } = await from(origin);
      expect(status).toBe(200);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('vary')).toContain('Origin');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(headers.get('access-control-expose-headers')).toContain('Idempotent-Replayed');
    },
  );

  it('asks first, and is told what it may send', async () => {
    const preflight = {
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization',
    };
    const { status, headers, text } = await from('https://shop.example', 'OPTIONS', preflight);
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(headers.get('access-control-allow-methods')).toContain('PUT');
    expect(headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
  });

  it.each([
    'https://evil.example',
    'https://shop.example.evil.example',
    'http://shop.example',
    'https://shop.example:444',
    'null',
    'https://SHOP.example',
  ])('may not from %s, in any way, and the log has it', async (origin) => {
    for (const method of ['GET', 'DELETE', 'OPTIONS']) {
      const answer = await from(origin, method, { 'access-control-request-method': 'GET' });
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'origin_not_allowed' } } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(log.lines()).toContainEqual(expect.objectContaining({ msg: 'Origin refused', origin }));
  });

  it('may when it is our own page, and needs no origin when it is no page', async () => {
    expect((await from(service.url)).status).toBe(200);
    expect((await call(service, 'GET', '/api/v1/probe/things/abc')).status).toBe(200);
  });

  it('may where some business allows it', async () => {
    const asked: string[] = [];
    service.app.get(Origins).use({
      isAllowedSomewhere: async (origin) => {
        asked.push(origin);
        return origin === 'https://tenant.example';
      },
      isAllowedBy: async () => false,
    });
    expect((await from('https://tenant.example')).status).toBe(200);
    expect((await from('https://tenant.example')).status).toBe(200);
    expect((await from('https://nobody.example')).status).toBe(403);
    // Remembered for moments: a page that calls ten times a second costs no look-up each.
    expect(asked).toEqual(['https://tenant.example', 'https://nobody.example']);
  });
});

describe('the documentation', () => {
  it('has a page that the policy lets work', async () => {
    const page = await call(service, 'GET', '/docs');
    expect(page).toMatchObject({ status: 200 });
    expect(page.text).toContain('Deskwire API');
    const scripts = [...page.text.matchAll(/<script(?<attributes>[^>]*)>(?<code>[^<]*)</g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const { groups } of scripts) {
      expect(groups?.['code']?.trim()).toBe('');
      const source = / src="(?<source>[^"]+)"/.exec(groups?.['attributes'] ?? '')?.groups?.['source'] ?? '';
      const { status, headers } = await call(service, 'GET', new URL(source, 'http://x/docs').pathname);
      expect({ source, status }).toEqual({ source, status: 200 });
      expect(headers.get('content-type')).toContain('javascript');
    }
    expect(page.text).not.toMatch(/ on\w+="/);
  });

  it('is the document of the routes that run', async () => {
    const { status, body } = await call(service, 'GET', '/docs-json');
    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    const { post, get } = body.paths['/api/v1/probe/notes'] as Record<string, Operation>;
    expect(Object.keys(post?.responses ?? {})).toEqual(
      expect.arrayContaining(['201', '400', '413', '415', '422', '429', '503']),
    );
    expect(post?.requestBody?.content['application/json']?.schema.required).toEqual(['name']);
    expect(post?.parameters?.map(({ name }) => name)).toEqual(['Idempotency-Key']);
    expect(get?.parameters?.map(({ name }) => name)).toEqual(['cursor', 'limit']);
  });

  it('resolves every reference, names every operation once, and secures what is not public', async () => {
    const { body, text } = await call(service, 'GET', '/docs-json');
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path.split('/'));
    expect(references.length).toBeGreaterThan(10);
    for (const path of references) {
      const found = path.reduce<unknown>((part, name) => (part as Tree | undefined)?.[name], body);
      expect({ path, found: typeof found }).toEqual({ path, found: 'object' });
    }
    const paths = body.paths as Record<string, Record<string, Operation>>;
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { summary, security, 'x-access': access } of operations) {
      expect(summary).toMatch(/^[A-Z][^.]+$/);
      expect(security).toHaveLength(access === 'public' ? 0 : 1);
    }
  });
});

describe('health', () => {
  it('is told to everybody, its details on the machine only', async () => {
    expect((await call(service, 'GET', '/health/live')).body).toEqual({ status: 'ok' });
    const near = await call(service, 'GET', '/health/ready');
    expect(near).toMatchObject({
      status: 200,
      body: { status: 'ok', details: { database: 'ok', redis: 'none', leaving: false } },
    });
    const far = await call(service, 'GET', '/health/ready', { headers: { 'x-forwarded-for': '127.0.0.1' } });
    expect(far.body).toEqual({ status: 'ok' });
  });

  it('tells an admin from afar as much', async () => {
    const body = { business_name: 'Far Away', email: 'far@away.test', password: 'a long enough password' };
    const { body: grant, status } = await call(service, 'POST', '/api/v1/auth/register', { body });
    expect(status).toBe(201);
    const { body: far } = await call(service, 'GET', '/health/ready', {
      token: grant.access_token,
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    expect(far.details).toMatchObject({ database: 'ok', pod: 'test' });
  });

  it('is red while the pod is leaving', async () => {
    const leaving = await startService({
      background: false,
      databaseUri: service.databaseUri,
      pod: 'leaving',
    });
    try {
      leaving.app.get(PodState).startLeaving();
      expect(await call(leaving, 'GET', '/health/ready')).toMatchObject({
        status: 503,
        body: { status: 'unavailable', details: { leaving: true, database: 'ok' } },
      });
      expect((await call(leaving, 'GET', '/health/live')).status).toBe(200);
    } finally {
      await leaving.close();
    }
  });
});

describe('more requests than there is room for', () => {
  it('are refused at once, and health and metrics are told all the same', async () => {
    const { waiting } = service.app.get(ProbeController);
    const slow = Array.from({ length: 200 }, () => call(service, 'GET', '/api/v1/probe/slow'));
    await until('a full house', () => waiting.length === 200);
    const refused = await call(service, 'GET', '/api/v1/probe/things/abc');
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'busy' } } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await call(service, 'GET', '/health/ready')).status).toBe(200);
    expect((await call(service, 'GET', '/metrics', { token: METRICS_TOKEN })).status).toBe(200);
    for (const goOn of waiting) goOn();
    expect(new Set((await Promise.all(slow)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await call(service, 'GET', '/api/v1/probe/things/abc')).status).toBe(200);
  });
});

describe('metrics', () => {
  it('are for whoever has the token', async () => {
    await call(service, 'GET', '/api/v1/probe/things/abc');
    const { status, text, headers } = await call(service, 'GET', '/metrics', { token: METRICS_TOKEN });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(text).toMatch(
      /^deskwire_http_request_seconds_count\{method="GET",route="\/api\/v1\/probe\/things\/:id",status="200"\} [1-9]/m,
    );
    expect(text).toContain('deskwire_unhandled_rejections_total 0');
  });

  it.each([undefined, 'a-token-for-metricz', `${METRICS_TOKEN}x`, ''])('are not for %s', async (token) => {
    const answer = await call(service, 'GET', '/metrics', token === undefined ? {} : { token });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthenticated' } } });
  });

  it('are not there without a token, and open on a port of their own', async () => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const other = await startService({
      background: false,
      databaseUri: service.databaseUri,
      environment: { METRICS_PORT: String(port) },
    });
    try {
      expect((await call(other, 'GET', '/metrics')).status).toBe(404);
      const own = { url: `http://127.0.0.1:${port}` };
      expect((await call(own, 'GET', '/metrics')).text).toContain('deskwire_');
      expect((await call(own, 'GET', '/health/live')).status).toBe(404);
      expect((await call(own, 'POST', '/metrics')).status).toBe(404);
    } finally {
      await other.close();
    }
  });
});
