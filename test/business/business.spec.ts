import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DELETION_GRACE_MS } from '../../src/modules/business/business.service.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { call, type Answer } from '../support/call.js';
import { Desk, must } from '../support/desk.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

const BUSINESS = '/api/v1/business';

describe('a business', () => {
  const clock = new MovableClock();
  let service: RunningService;
  let desk: Desk;

  beforeAll(async () => {
    service = await startService({ clock });
    desk = await Desk.found(service);
  });
  afterAll(async () => {
    await service?.close();
  });

  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`;
  const as = async (role: Parameters<Desk['person']>[0], method: string, path: string, body?: unknown) =>
    call(service, method, path, { token: (await desk.person(role)).token, body });
  const collection = () => service.app.get(Database).requests.collection('businesses');
  const relayed = () =>
    eventually(
      10_000,
      async () => (await collection().countDocuments({ 'outbox.0': { $exists: true } })) === 0,
    );

  it('shows and changes its profile, with a history that says who did it', async () => {
    const before = must(200, await desk.call('GET', BUSINESS));
    expect(before).toEqual({
      id: desk.business,
      rev: 1,
      name: `Shop ${desk.marker}`,
      state: 'active',
      settings: { time_zone: 'UTC', locale: 'en-US', currency: 'USD', allowed_origins: [] },
      created_at: expect.any(String),
      deletion_at: null,
    });
    const change = {
      name: 'Desk',
      settings: { time_zone: 'Europe/Berlin', allowed_origins: ['https://shop.example'] },
    };
    const changed = must(200, await desk.call('PATCH', BUSINESS, change));
    expect(changed).toEqual({
      ...before,
      rev: 2,
      name: 'Desk',
      settings: { ...before.settings, ...change.settings },
    });
    must(200, await desk.call('PATCH', BUSINESS, { settings: { currency: 'EUR' } }));
    expect(must(200, await desk.call('PATCH', BUSINESS, { settings: { currency: 'EUR' } })).rev).toBe(3);
    await relayed();
    const first = must(200, await as('viewer', 'GET', `${BUSINESS}/history?limit=1`));
    expect(first.items).toEqual([
      {
        rev: 3,
        at: expect.any(String),
        actor: { id: desk.owner.id, role: 'owner', ip: expect.any(String) },
        changes: { currency: { old: 'USD', new: 'EUR' } },
      },
    ]);
    const next = must(200, await desk.call('GET', `${BUSINESS}/history?cursor=${first.next_cursor}`));
    expect(next).toMatchObject({
      items: [{ rev: 2, changes: { time_zone: { old: 'UTC', new: 'Europe/Berlin' } } }],
      next_cursor: null,
    });
  });

  it.each([
    ['a time zone', { settings: { time_zone: 'Mars/Olympus' } }],
    ['a currency', { settings: { currency: 'euro' } }],
    ['an origin with a path', { settings: { allowed_origins: ['https://shop.example/chat'] } }],
    ['an origin that is a pattern', { settings: { allowed_origins: ['https://*.example'] } }],
    ['a script', { settings: { allowed_origins: ['javascript:alert(1)'] } }],
    ['a state', { state: 'deleted' }],
    ['nothing', {}],
  ])('refuses %s', async (_what, body) => {
    expect(codeOf(await desk.call('PATCH', BUSINESS, body))).toBe('400 invalid_input');
  });

  it('has hours in its own zone, and says whether it is open and until when', async () => {
    const shop = await Desk.found(service);
    const hours = '/api/v1/business-hours';
    const fresh = must(200, await shop.call('GET', hours));
    expect(fresh).toMatchObject({
      always_open: true,
      open_now: true,
      next_change_at: null,
      time_zone: 'UTC',
    });
    // The whole of today is a holiday with one span that is not now.
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' }).format(clock.now());
    const hourThere = Number(
      new Intl.DateTimeFormat('en', { timeZone: 'Asia/Tokyo', hour: 'numeric', hourCycle: 'h23' }).format(
        clock.now(),
      ),
    );
    const span = hourThere < 12 ? { from: '13:00', to: '14:00' } : { from: '10:00', to: '11:00' };
    must(200, await shop.call('PATCH', BUSINESS, { settings: { time_zone: 'Asia/Tokyo' } }));
    const input = {
      always_open: false,
      weekly: fresh.weekly,
      holidays: [{ date: today, name: 'Fair', spans: [span] }],
    };
    const stored = must(200, await shop.call('PUT', hours, input));
    expect(stored).toMatchObject({ ...input, time_zone: 'Asia/Tokyo', open_now: false });
    expect(must(200, await shop.call('GET', hours))).toEqual(stored);
    if (hourThere < 12) expect(stored.next_change_at).toBe(new Date(`${today}T13:00:00+09:00`).toISOString());
    else expect(Date.parse(stored.next_change_at)).toBeGreaterThan(Date.parse(`${today}T23:59:59+09:00`));
    // The same again is no change; what changed is in the history, a line a day.
    expect(must(200, await shop.call('PUT', hours, input)).rev).toBe(stored.rev);
    await relayed();
    const [{ changes }] = must(200, await shop.call('GET', `${BUSINESS}/history`)).items;
    expect(changes.hours.new).toContain(`${today} ${span.from}-${span.to} Fair`);
    expect(codeOf(await shop.call('PUT', hours, { ...input, holidays: [{ date: '2027-02-30' }] }))).toBe(
      '400 invalid_input',
    );
  });

  it('shows a secret of its widget once, and asks for proofs only when somebody can prove', async () => {
    const widget = `${BUSINESS}/widget`;
    const shop = await Desk.found(service);
    const fresh = must(200, await shop.call('GET', widget));
    expect(fresh).toEqual({
      key: expect.stringMatching(/^wk_[\w-]{24}$/),
      require_identity: false,
      hmac_secret: null,
      jwt_secret: null,
    });
    expect(codeOf(await shop.call('PATCH', widget, { require_identity: true }))).toBe('409 conflict');
    const rotated: { value: string; widget: { hmac_secret: unknown } } = must(
      200,
      await shop.call('POST', `${widget}/rotations`, { what: 'hmac_secret' }),
    );
    const { value, widget: after } = rotated;
    expect(value).toMatch(/^whs_[\w-]{43}$/);
    expect(after.hmac_secret).toEqual({ hint: value.slice(-4), created_at: expect.any(String) });
    const shown = await shop.call('GET', widget);
    expect(shown.text).not.toContain(value);
    expect(must(200, await shop.call('PATCH', widget, { require_identity: true })).require_identity).toBe(
      true,
    );
    const { value: key } = must(200, await shop.call('POST', `${widget}/rotations`, { what: 'key' }));
    expect([key === fresh.key, must(200, await shop.call('GET', widget)).key]).toEqual([false, key]);
    await relayed();
    const history = await shop.call('GET', `${BUSINESS}/history`);
    expect(history.text).not.toContain(value);
    const entries: { changes: object }[] = history.body.items;
    expect(entries.map(({ changes }) => Object.keys(changes))).toEqual([
      ['widget.key'],
      ['widget.require_identity'],
      ['widget.hmac_secret'],
    ]);
  });

  it('suspended: its staff read, its owner resumes it, and nothing else is done', async () => {
    for (const role of ['viewer', 'agent', 'admin'] as const)
      expect(codeOf(await as(role, 'POST', `${BUSINESS}/suspend`))).toBe('403 forbidden');
    const guest = await desk.guest('visitor');
    const { key } = must(200, await desk.call('GET', `${BUSINESS}/widget`));
    const apiKey = await desk.key(['customers:read', 'customers:manage']);
    expect(must(200, await desk.call('POST', `${BUSINESS}/suspend`)).state).toBe('suspended');
    expect(must(200, await desk.call('POST', `${BUSINESS}/suspend`)).state).toBe('suspended');
    expect((await as('viewer', 'GET', '/api/v1/customers')).status).toBe(200);
    expect((await as('agent', 'GET', BUSINESS)).status).toBe(200);
    const refused = [
      await as('agent', 'POST', '/api/v1/customers', { name: 'A' }),
      await desk.call('POST', '/api/v1/customers', { name: 'A' }),
      await desk.call('PATCH', BUSINESS, { name: 'B' }),
      await call(service, 'GET', '/api/v1/widget/me', { token: guest.token }),
      await call(service, 'POST', '/api/v1/widget/sessions', { body: { widget_key: key } }),
      await call(service, 'GET', '/api/v1/customers', { token: apiKey }),
    ];
    expect(refused.map(codeOf)).toEqual(Array(6).fill('403 business_suspended'));
    expect(codeOf(await as('admin', 'POST', `${BUSINESS}/resume`))).toBe('403 forbidden');
    expect(must(200, await desk.call('POST', `${BUSINESS}/resume`)).state).toBe('active');
    must(201, await desk.call('POST', '/api/v1/customers', { name: 'A' }));
    expect((await call(service, 'GET', '/api/v1/widget/me', { token: guest.token })).status).toBe(200);
  });

  it('deleted after the grace, unless its owner keeps it', async () => {
    const [kept, gone] = await Promise.all([Desk.found(service), Desk.found(service)]);
    const { key } = must(200, await gone.call('GET', `${BUSINESS}/widget`));
    const guest = await gone.guest('visitor');
    for (const shop of [kept, gone]) {
      const asked = must(200, await shop.call('POST', `${BUSINESS}/deletion`));
      const days = (Date.parse(asked.deletion_at) - clock.now().getTime()) / 86_400_000;
      expect([asked.state, Math.round(days)]).toEqual(['deleting', 14]);
      expect(codeOf(await shop.call('POST', `${BUSINESS}/suspend`))).toBe('409 impossible_transition');
    }
    expect(must(200, await kept.call('DELETE', `${BUSINESS}/deletion`))).toMatchObject({
      state: 'active',
      deletion_at: null,
    });
    expect(must(200, await kept.call('DELETE', `${BUSINESS}/deletion`)).state).toBe('active');
    clock.advance(DELETION_GRACE_MS + 60_000);
    const stateOf = async (shop: Desk) =>
      (await collection().findOne({ _id: shop.business as never })) as { state: string } | null;
    expect(await eventually(10_000, async () => (await stateOf(gone))?.state === 'deleted')).toBe(true);
    expect((await stateOf(kept))?.state).toBe('active');
    expect(JSON.stringify(await stateOf(gone))).not.toContain(gone.marker);
    const after = [
      await gone.call('GET', BUSINESS),
      await call(service, 'GET', '/api/v1/widget/me', { token: guest.token }),
      await call(service, 'POST', '/api/v1/widget/sessions', { body: { widget_key: key } }),
      await call(service, 'POST', '/api/v1/auth/login', {
        body: { email: gone.owner.email, password: gone.owner.password },
      }),
    ];
    expect(after.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });
});
