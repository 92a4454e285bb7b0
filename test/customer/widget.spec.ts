import { createHmac, createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CustomerView } from '../../src/modules/customer/customer.dto.js';
import { signJws } from '../../src/platform/auth/jws.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { RateLimits } from '../../src/platform/http/rate-limits.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must } from '../support/desk.js';
import { logLines } from '../support/log-lines.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';

const SESSIONS = '/api/v1/widget/sessions';

interface Session {
  readonly token: string;
  readonly visitor_token: string | null;
  readonly customer: { id: string; kind: string };
}

describe('widget sessions', () => {
  const clock = new MovableClock();
  const log = logLines('debug');
  let service: RunningService;
  let here: Shop;
  let there: Shop;

  /** A business with its key and both secrets. */
  interface Shop {
    readonly desk: Desk;
    readonly key: string;
    readonly hmac: string;
    readonly jwt: string;
  }

  beforeAll(async () => {
    service = await startService({ clock, logger: log.logger });
    [here, there] = await Promise.all([openShop(), openShop()]);
  });
  afterAll(async () => {
    await service?.close();
  });

  async function openShop(): Promise<Shop> {
    const desk = await Desk.found(service);
    const rotate = async (what: string) =>
      String(must(200, await desk.call('POST', '/api/v1/business/widget/rotations', { what })).value);
    const { key } = must(200, await desk.call('GET', '/api/v1/business/widget'));
    return { desk, key, hmac: await rotate('hmac_secret'), jwt: await rotate('jwt_secret') };
  }

  const enter = (shop: Shop, input: object = {}, headers: Record<string, string> = {}) =>
    call(service, 'POST', SESSIONS, { body: { widget_key: shop.key, ...input }, headers });
  const open = async (shop: Shop, input: object = {}) => must(200, await enter(shop, input)) as Session;
  const me = (token: string) => call(service, 'GET', '/api/v1/widget/me', { token });
  const byHmac = (shop: Shop, user_id: string, more: object = {}) => ({
    identity: { user_id, hmac: createHmac('sha256', shop.hmac).update(user_id).digest('hex'), ...more },
  });
  const byJwt = (shop: Shop, claims: Record<string, unknown>) => {
    const exp = Math.floor(clock.now().getTime() / 1000) + 600;
    return { identity: { jwt: signJws({ exp, ...claims }, createSecretKey(Buffer.from(shop.jwt))) } };
  };
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`;
  const shown = async (shop: Shop, id: string) =>
    must(200, await shop.desk.call('GET', `/api/v1/customers/${id}`)) as CustomerView;
  const collection = (name: string) => service.app.get(Database).requests.collection(name);
  const count = (shop: Shop) => collection('customers').countDocuments({ business: shop.desk.business });

  it('an anonymous visitor stays the same by its token, and by nothing else', async () => {
    const first = await open(here);
    expect(first).toMatchObject({ customer: { kind: 'visitor', name: null } });
    expect(first.customer.id).toMatch(/^[0-9a-f]{32}$/);
    expect(first.visitor_token).toMatch(/^vt_[\w-]{43}$/);
    const again = await open(here, { visitor_token: first.visitor_token });
    expect(again).toMatchObject({ visitor_token: first.visitor_token, customer: { id: first.customer.id } });
    expect(must(200, await me(again.token)).id).toBe(first.customer.id);
    // A token that is unknown, or of a visitor of another business, is a new visitor.
    for (const [shop, visitor_token] of [
      [here, `vt_${'A'.repeat(43)}`],
      [there, first.visitor_token],
    ] as const) {
      const other = await open(shop, { visitor_token });
      expect(other.customer.id).not.toBe(first.customer.id);
      expect(other.visitor_token).not.toBe(visitor_token);
    }
    const kept = await collection('customers').findOne({ _id: first.customer.id as never });
    expect(JSON.stringify(kept)).not.toContain(String(first.visitor_token).slice(3));
  });

  it('a proven user is one known customer, however and however often it is proven', async () => {
    const sessions = await Promise.all(Array.from({ length: 10 }, () => open(here, byHmac(here, 'u-1'))));
    const jwt = await open(here, byJwt(here, { sub: 'u-1', name: 'Ada', email: 'Ada@example.com' }));
    expect(new Set([...sessions, jwt].map(({ customer }) => customer.id)).size).toBe(1);
    expect(jwt).toMatchObject({ visitor_token: null, customer: { kind: 'customer', name: 'Ada' } });
    expect(await shown(here, jwt.customer.id)).toMatchObject({
      external_id: 'u-1',
      email: 'ada@example.com',
      unverified: [],
    });
    // The same user id elsewhere is somebody else.
    expect((await open(there, byHmac(there, 'u-1'))).customer.id).not.toBe(jwt.customer.id);
    // What stands beside an HMAC is what the browser says: it replaces nothing that is known.
    const said = { name: 'Eve', email: 'eve@example.com' };
    const more = await open(here, { ...byHmac(here, 'u-1', said), attributes: { page: '/cart' } });
    expect(await shown(here, more.customer.id)).toMatchObject({
      name: 'Ada',
      email: 'ada@example.com',
      attributes: { page: '/cart' },
      unverified: ['attributes.page'],
    });
    const fresh = await open(here, byHmac(here, 'u-2', said));
    expect(await shown(here, fresh.customer.id)).toMatchObject({
      name: 'Eve',
      unverified: ['name', 'email'],
    });
  });

  it('a proof takes the visitor along, and the visitor’s token leads to nobody any more', async () => {
    const visitor = await open(here, { attributes: { page: '/a' } });
    const said = { email: 'typed@example.com' };
    must(200, await call(service, 'PATCH', '/api/v1/widget/me', { token: visitor.token, body: said }));
    const { visitor_token } = visitor;
    const proven = await Promise.all(
      Array.from({ length: 10 }, () => open(here, { visitor_token, ...byHmac(here, 'u-3') })),
    );
    const [{ customer } = visitor] = proven;
    expect(new Set(proven.map((session) => session.customer.id))).toEqual(new Set([customer.id]));
    expect(await shown(here, customer.id)).toMatchObject({
      external_id: 'u-3',
      email: 'typed@example.com',
      attributes: { page: '/a' },
      unverified: ['email', 'attributes.page'],
    });
    expect((await shown(here, visitor.customer.id)).id).toBe(customer.id);
    expect(codeOf(await me(visitor.token))).toBe('401 unauthenticated');
    // Whoever has the browser after the user signed out is a new visitor.
    const after = await open(here, { visitor_token });
    expect(after.customer).toMatchObject({ kind: 'visitor', name: null });
    expect([visitor.customer.id, customer.id]).not.toContain(after.customer.id);
  });

  it('who merely types a known customer’s data gets none of it', async () => {
    const known = must(
      201,
      await here.desk.call('POST', '/api/v1/customers', {
        name: 'Known Person',
        email: 'known@example.com',
        phone_number: '+49 1511 2345678',
        external_id: 'u-known',
        attributes: { secret: 'of the known one' },
      }),
    );
    const claims = { user_id: 'u-known', name: 'Known Person', email: 'known@example.com' };
    const session = await open(here, { identity: claims, attributes: { phone: '4915112345678' } });
    const body = { name: 'Known Person', email: 'known@example.com' };
    must(200, await call(service, 'PATCH', '/api/v1/widget/me', { token: session.token, body }));
    expect(session.customer).toMatchObject({ kind: 'visitor' });
    expect(session.customer.id).not.toBe(known.id);
    const own = must(200, await me(session.token));
    expect(JSON.stringify(own)).not.toMatch(/of the known one|4915112345678/);
    expect(await shown(here, session.customer.id)).toMatchObject({
      kind: 'visitor',
      external_id: null,
      phone_number: null,
      claimed_id: 'u-known',
      unverified: ['name', 'email', 'attributes.phone'],
    });
    expect(await shown(here, known.id)).toEqual(known);
  });

  it('refuses every wrong proof, whether the business asks for one or not, and writes nothing', async () => {
    const hmac = (shop: Shop, text: string) => createHmac('sha256', shop.hmac).update(text).digest('hex');
    const wrong: [string, object, string][] = [
      [
        'another business’s HMAC',
        { identity: { user_id: 'w-1', hmac: hmac(there, 'w-1') } },
        '401 unauthenticated',
      ],
      [
        'an HMAC of another id',
        { identity: { user_id: 'w-1', hmac: hmac(here, 'w-2') } },
        '401 unauthenticated',
      ],
      ['another business’s JWT', byJwt(there, { sub: 'w-1' }), '401 unauthenticated'],
      [
        'a JWT under the other secret',
        byJwt({ ...here, jwt: here.hmac }, { sub: 'w-1' }),
        '401 unauthenticated',
      ],
      ['an expired JWT', byJwt(here, { sub: 'w-1', exp: 1_000_000_000 }), '401 token_expired'],
      [
        'a JWT for a day',
        byJwt(here, { sub: 'w-1', exp: clock.now().getTime() / 1000 + 86_400 }),
        '401 unauthenticated',
      ],
      ['an HMAC that is none', { identity: { user_id: 'w-1', hmac: 'x' } }, '400 invalid_input'],
      ['two proofs', { identity: { user_id: 'w-1', jwt: 'a.b.c' } }, '400 invalid_input'],
      ['a staff token', { identity: { jwt: here.desk.owner.token } }, '401 unauthenticated'],
    ];
    for (const required of [false, true]) {
      must(200, await here.desk.call('PATCH', '/api/v1/business/widget', { require_identity: required }));
      const before = await count(here);
      for (const [what, input, code] of wrong)
        expect([what, codeOf(await enter(here, input))]).toEqual([what, code]);
      expect(await count(here)).toBe(before);
    }
    // Now it asks for one: nobody is anonymous or merely says who they are.
    for (const input of [{}, { identity: { user_id: 'u-1' } }])
      expect(codeOf(await enter(here, input))).toBe('401 unauthenticated');
    await open(here, byHmac(here, 'u-1'));
    must(200, await here.desk.call('PATCH', '/api/v1/business/widget', { require_identity: false }));
  });

  it('a key, a secret that was rotated, is worth nothing', async () => {
    const shop = await openShop();
    const rotate = async (what: string) =>
      String(must(200, await shop.desk.call('POST', '/api/v1/business/widget/rotations', { what })).value);
    const fresh = { ...shop, hmac: await rotate('hmac_secret'), key: await rotate('key') };
    expect(codeOf(await enter(shop))).toBe('401 unauthenticated');
    expect(codeOf(await enter({ ...fresh, hmac: shop.hmac }, byHmac(shop, 'u-1')))).toBe(
      '401 unauthenticated',
    );
    await open(fresh, byHmac(fresh, 'u-1'));
    await open(fresh, byJwt(fresh, { sub: 'u-1' }));
    expect(codeOf(await enter({ ...fresh, key: 'wk_of-nobody-at-all' }))).toBe('401 unauthenticated');
    // Neither the database nor the logs hold a secret.
    const kept = await collection('businesses').findOne({ _id: shop.desk.business as never });
    for (const secret of [fresh.hmac, shop.jwt, shop.hmac]) {
      expect(JSON.stringify(kept)).not.toContain(secret);
      expect(log.text()).not.toContain(secret);
    }
  });

  it('only pages that the business allows may open it; without a list only the service’s own', async () => {
    const shop = await openShop();
    const page = 'https://shop.example';
    expect(codeOf(await enter(shop, {}, { origin: page }))).toBe('403 origin_not_allowed');
    expect((await enter(shop, {}, { origin: service.url })).status).toBe(200);
    expect((await enter(shop)).status).toBe(200);
    const other = await openShop();
    const settings = { settings: { allowed_origins: [page] } };
    must(200, await other.desk.call('PATCH', '/api/v1/business', settings));
    clock.advance(6_000);
    // Some business allows it, this one does not.
    expect(codeOf(await enter(shop, {}, { origin: page }))).toBe('403 origin_not_allowed');
    const allowed = await enter(other, {}, { origin: page });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, page]);
    // A token does not open another page either.
    const { token } = must(200, allowed) as Session;
    const asked = (origin: string) =>
      call(service, 'GET', '/api/v1/widget/me', { token, headers: { origin } });
    expect([(await asked(page)).status, (await asked('https://evil.example')).status]).toEqual([200, 403]);
  });

  it('a visitor says what it is called, sees itself only, and is nobody on staff routes', async () => {
    const session = await open(here);
    const change = (body: unknown) =>
      call(service, 'PATCH', '/api/v1/widget/me', { token: session.token, body });
    expect(must(200, await change({ name: ' Ada ' }))).toEqual({
      id: session.customer.id,
      rev: 2,
      kind: 'visitor',
      name: 'Ada',
      email: null,
      unverified: ['name'],
    });
    for (const body of [
      {},
      { phone_number: '+4915112345678' },
      { external_id: 'u-1' },
      { labels: ['vip'] },
      { kind: 'customer' },
    ])
      expect(codeOf(await change(body))).toBe('400 invalid_input');
    for (const path of ['/api/v1/customers', `/api/v1/customers/${session.customer.id}`, '/api/v1/business'])
      expect(codeOf(await call(service, 'GET', path, { token: session.token }))).toBe('403 forbidden');
    expect(codeOf(await me(here.desk.owner.token))).toBe('403 forbidden');
  });
});

it('visitor tokens are limited, by address and for each business', async () => {
  const service = await startService({ environment: { RATE_LIMIT_FACTOR: '1' } });
  try {
    const [busy, other] = [await Desk.found(service), await Desk.found(service)];
    const limits = service.app.get(RateLimits);
    for (let at = 0; at < 3_000; at += 1) await limits.take('widget-key', busy.business);
    const keyOf = async (desk: Desk) =>
      must(200, await desk.call('GET', '/api/v1/business/widget')).key as string;
    const enter = (widget_key: string) => call(service, 'POST', SESSIONS, { body: { widget_key } });
    const full = await enter(await keyOf(busy));
    expect([full.status, Number(full.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const key = await keyOf(other);
    const answers = [];
    for (let at = 0; at < 60; at += 1) answers.push((await enter(key)).status);
    // The one above was of the same address.
    expect(answers).toEqual([...Array<number>(59).fill(200), 429]);
  } finally {
    await service.close();
  }
});
