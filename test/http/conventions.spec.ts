// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { call } from '../support/call.js';
import { logLines, type LogLines } from '../support/log-lines.js';
import { raw, rawRequest } from '../support/raw.js';
import { startService, type RunningService } from '../support/service.js';
import { ProbeModule } from './probe.js';

let service: RunningService;
let log: LogLines;
beforeAll(async () => {
  log = logLines();
  service = await startService({
    modules: [ProbeModule],
    background: false,
    logger: log.logger,
    environment: { ALLOWED_ORIGINS: 'https://shop.example', TRUSTED_PROXIES: '127.0.0.1' },
  });
});
afterAll(() => service.close());

const probe = '/api/v1/probe';
const put = (text: string, type = 'application/json') =>
  call(service, 'PUT', `${probe}/anything`, { body: text, headers: { 'content-type': type } });

describe('an answer', () => {
  it('is what the schema of its route shows', async () => {
    const { status, body, headers } = await call(service, 'GET', `${probe}/things/abc?word=hello`);
    expect(status).toBe(200);
    expect(body).toEqual({ id: 'abc', word: 'hello' });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('that does not fit its schema does not leave', async () => {
    expect(await call(service, 'GET', `${probe}/misfit`)).toMatchObject({
      status: 500,
      body: { error: { code: 'internal' } },
    });
  });

  it('without a schema is empty', async () => {
    expect(await call(service, 'DELETE', `${probe}/things/abc`)).toMatchObject({ status: 204, text: '' });
  });
});

describe('a refusal', () => {
  it('of input names every field that is wrong', async () => {
    const { status, body } = await call(service, 'PUT', `${probe}/input?x=1`, {
      body: { name: '', amount: 'x', tags: [{ label: 'fine' }, { label: 7 }], other: 1 },
    });
    expect(status).toBe(400);
    expect(body.error.code).toBe('invalid_input');
    expect(body.error.message).toContain('query.x');
    const fields = ['query.x', 'body.name', 'body.amount', 'body.tags.1.label', 'body.other'];
    expect(body.error.details.issues).toEqual(
      fields.map((field) => ({ field, message: expect.any(String) })),
    );
  });

  it('of a rule carries its code, sentence and details', async () => {
    const { status, body, headers } = await call(service, 'GET', `${probe}/refused`);
    expect(status).toBe(409);
    expect(body).toEqual({
      error: {
        code: 'impossible_transition',
        message: 'Not from here.',
        details: { state: 'closed' },
        request_id: headers.get('x-request-id'),
      },
    });
  });

  it('of a path is 404, of a method 405 with those that are served', async () => {
    for (const path of ['/api/v1/nothing', '/nothing', '/api/v1/probe/things/abc/more']) {
      expect(await call(service, 'GET', path)).toMatchObject({
        status: 404,
        body: { error: { code: 'not_found', message: 'There is no such route.' } },
      });
    }
    const wrong = await call(service, 'PATCH', `${probe}/things/abc`);
    expect(wrong).toMatchObject({ status: 405, body: { error: { code: 'method_not_allowed' } } });
    expect(wrong.headers.get('allow')).toBe('GET, DELETE');
  });

  it('for a mistake of ours tells the client nothing and the log everything', async () => {
    const { status, text, headers } = await call(service, 'GET', `${probe}/broken`);
    expect(status).toBe(500);
    expect(text).not.toMatch(/secret|\.ts|\bat /);
    const line = log.lines().find(({ msg }) => msg === 'A request failed by our mistake');
    expect(line).toBeDefined();
    expect(log.text()).toContain('a secret of the inside');
    expect(log.text()).toContain(headers.get('x-request-id'));
  });
});

describe('a body', () => {
  const nested = (levels: number) => `{"value":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  it.each([
    ['31 levels inside the object', nested(31), 200],
    ['32 levels inside the object', nested(32), 400],
    ['5,000 levels', nested(5_000), 400],
    ['200,000 levels', nested(200_000), 400],
    ['brackets in a text', JSON.stringify({ value: `"\\${'['.repeat(100)}` }), 200],
    ['no JSON', '{"value":', 400],
    ['a bare word', 'value', 400],
    ['nothing', '', 400],
    ['null', 'null', 400],
    ['a list', '[]', 400],
    ['__proto__', '{"value":{"__proto__":{"role":"owner"}}}', 400],
    ['__proto__ in a list', '{"value":[{"a":[{"__proto__":1}]}]}', 400],
    ['__proto__ escaped', '{"value":{"\\u005f_proto__":1}}', 400],
    ['constructor.prototype', '{"value":{"constructor":{"prototype":{"a":1}}}}', 400],
    ['constructor alone', '{"value":{"constructor":"Smith & Sons"}}', 200],
    ['an operator where text belongs', '{"value":{"$ne":null}}', 200],
    ['more than 1 MB', JSON.stringify({ value: 'x'.repeat(1_048_577) }), 413],
    ['almost 1 MB', JSON.stringify({ value: 'x'.repeat(1_048_500) }), 200],
  ])('with %s: %#', async (_, text, status) => {
    const answer = await put(text);
    expect(answer.status).toBe(status);
    if (status >= 400) expect(answer.body.error.request_id).toBe(answer.headers.get('x-request-id'));
  });

  it('with an operator for a field of text is 400', async () => {
    const { status } = await call(service, 'PUT', `${probe}/input`, { body: { name: { $ne: null } } });
    expect(status).toBe(400);
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/json; charset=latin1', 415],
    ['application/jsonp', 415],
    ['application/json; charset=utf-8', 200],
    ['application/json;charset="UTF-8"', 200],
  ])('of type %s is %i', async (type, status) => {
    expect((await put('{"value":1}', type)).status).toBe(status);
  });

  it('is not taken by a route that has none', async () => {
    expect((await call(service, 'DELETE', `${probe}/things/abc`, { body: { x: 1 } })).status).toBe(400);
    expect((await call(service, 'DELETE', `${probe}/things/abc`, { body: {} })).status).toBe(204);
  });

  const chunked = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' };
  it('is bounded when it comes without a length', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const answer = await rawRequest(service.url, `PUT ${probe}/anything`, chunked, chunk.repeat(17));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('"too_large"');
  });

  it('that is compressed, not UTF-8, shorter than said, or not HTTP at all is refused', async () => {
    const json = { 'Content-Type': 'application/json' };
    const line = `PUT ${probe}/anything`;
    const said = (bytes: number) => ({ ...json, 'Content-Length': String(bytes) });
    const gzip = await rawRequest(service.url, line, { ...said(2), 'Content-Encoding': 'gzip' }, '{}');
    expect(gzip).toMatch(/^HTTP\/1.1 415 /);
    const latin = Buffer.from('{"value":"\xe4"}', 'latin1');
    expect(await rawRequest(service.url, line, said(latin.length), latin)).toMatch(/^HTTP\/1.1 400 /);
    expect(await rawRequest(service.url, line, chunked, 'zz\r\n')).toMatch(/^HTTP\/1.1 400 /);
    const noRequest = await raw(service.url, 'no http\r\n\r\n');
    expect(noRequest).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(noRequest.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      error: { code: 'invalid_input' },
    });
    const headers = await raw(service.url, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(headers).toMatch(/^HTTP\/1.1 431 [^]*"too_large"/);
    expect((await call(service, 'GET', '/health/live')).status).toBe(200);
  });
});

describe('a query', () => {
  it.each([
    '?word[$gt]=',
    '?word[]=a',
    '?word=a&word=b',
    '?other=1',
    '?__proto__=1',
    '?__proto__[a]=1',
    '?constructor[prototype]=1',
    '?word=more+than+ten+characters',
  ])('%s is 400', async (query) => {
    expect(await call(service, 'GET', `${probe}/things/abc${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_input' } },
    });
  });

  it('to a route without one is 400', async () => {
    expect((await call(service, 'GET', `${probe}/count?x=1`)).status).toBe(400);
  });
});

describe('an id', () => {
  it.each(['%00', 'a%2Fb', 'a b', "'", '%24ne', 'x'.repeat(65), '%E4', '..%2f..'])(
    '%s is 400',
    async (id) => {
      expect((await call(service, 'GET', `${probe}/things/${id}`)).status).toBe(400);
    },
  );
});

describe('a request id', () => {
  it('of the caller is kept when it can stand in a log line', async () => {
    const { headers } = await call(service, 'GET', '/health/live', {
      headers: { 'x-request-id': 'trace-1.2:3' },
    });
    expect(headers.get('x-request-id')).toBe('trace-1.2:3');
  });
  it.each(['with a space', 'x'.repeat(65), '"quote"', '{}'])('%s is replaced', async (id) => {
    const { headers } = await call(service, 'GET', '/health/live', { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{12}$/);
  });
});

describe('a log line', () => {
  it('has the pattern of the route and who came, and neither path, query, body nor header', async () => {
    const marker = 'marker49151123';
    await call(service, 'GET', `${probe}/things/${marker}?word=m49151123`, { token: `${marker}.token` });
    await call(service, 'PUT', `${probe}/input`, { body: { name: marker, secret: marker } });
    await call(service, 'GET', `/${marker}`, { headers: { cookie: marker, 'user-agent': marker } });
    const requests = log.lines().filter(({ msg }) => msg === 'Request');
    expect(requests).toContainEqual(
      expect.objectContaining({
        method: 'GET',
        route: '/api/v1/probe/things/:id',
        status: 200,
        ip: '127.0.0.1',
        request_id: expect.any(String),
        ms: expect.any(Number),
      }),
    );
    expect(log.text()).not.toMatch(/49151123/);
  });
});

describe('headers', () => {
  it('keep a browser from doing more than it should', async () => {
    const { headers } = await call(service, 'GET', '/docs');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/(^|;)script-src 'self'(;|$)/);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('bind to TLS where there is TLS', async () => {
    const { headers } = await call(service, 'GET', '/docs', { headers: { 'x-forwarded-proto': 'https' } });
    expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
  });
});

describe('a proxy', () => {
  const seen = async (of: RunningService, forwarded: string) =>
    (await call(of, 'GET', `${probe}/address`, { headers: { 'x-forwarded-for': forwarded } })).body
      .id as string;

  it('that is trusted says who the caller is, up to the first that is not', async () => {
    expect(await seen(service, '203.0.113.9')).toBe('203.0.113.9');
    expect(await seen(service, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
  });

  it('that is not trusted says nothing', async () => {
    const other = await startService({
      modules: [ProbeModule],
      background: false,
      databaseUri: service.databaseUri,
      environment: { TRUSTED_PROXIES: '10.0.0.0/8' },
    });
    try {
      expect(await seen(other, '203.0.113.9')).toBe('127.0.0.1');
      const { headers } = await call(other, 'GET', '/docs', { headers: { 'x-forwarded-proto': 'https' } });
      expect(headers.get('strict-transport-security')).toBeNull();
    } finally {
      await other.close();
    }
  });
});

describe('an undeclared route', () => {
  it('stops the start', async () => {
    @Controller('hole')
    class HoleController {
      @Get()
      open() {
        return 'no access was declared';
      }
    }
    @Module({ controllers: [HoleController] })
    class HoleModule {}
    await expect(
      startService({ modules: [HoleModule], background: false, databaseUri: service.databaseUri }),
    ).rejects.toThrow('HoleController.open is a route without a declared access');
  });
});
