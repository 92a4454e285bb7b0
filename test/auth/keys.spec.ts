import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IdentityDemo } from '../../src/modules/identity/index.js';
import { BusinessService } from '../../src/modules/business/index.js';
import { systemActor } from '../../src/platform/actor.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { Timers } from '../../src/platform/timers/timers.js';
import { call, type Answer } from '../support/call.js';
import { Commands } from '../support/commands.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { Desk, must } from '../support/desk.js';
import { logLines } from '../support/log-lines.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';

type Stored = Record<string, unknown> & { _id: string };
interface Listed {
  readonly id: string;
  readonly last_used_at: string | null;
}
const MINUTE = 60_000;

describe('keys, and what is stored', () => {
  const clock = new MovableClock();
  const log = logLines('debug');
  let database: TestDatabase;
  let service: RunningService;
  let commands: Commands;
  let desk: Desk;

  beforeAll(async () => {
    database = await startTestDatabase();
    const databaseUri = `${database.uri}${database.uri.includes('?') ? '&' : '?'}monitorCommands=true`;
    service = await startService({ clock, logger: log.logger, databaseUri });
    commands = new Commands(service.app.get(Database));
    desk = await Desk.found(service);
  });
  afterAll(async () => {
    await service?.close();
    await database?.close();
  });

  const keys = (method: string, path = '', body?: unknown, headers = {}) =>
    call(service, method, `/api/v1/api-keys${path}`, {
      token: desk.owner.token,
      headers,
      ...(body === undefined ? {} : { body }),
    });
  const me = (token: string) => call(service, 'GET', '/api/v1/auth/me', { token });
  const codeOf = ({ status, body }: Answer): string => `${status} ${body.error?.code ?? ''}`.trim();
  const collections = ['users', 'teams', 'invites', 'sessions', 'api_keys', 'deliveries', 'journal'];
  const stored = (collection: string, projection: Record<string, 0> = {}): Promise<Stored[]> =>
    service.app.get(Database).requests.collection<Stored>(collection).find({}, { projection }).toArray();
  // The relay empties the outbox in its own time.
  const people = async (): Promise<string> =>
    JSON.stringify([await stored('users', { outbox: 0 }), await stored('teams', { outbox: 0 })]);

  it('shows a key once, and stores what cannot be used', async () => {
    const input = { name: 'Booking site', scopes: ['events:write', 'customers:read'] };
    const once = { 'idempotency-key': 'key 1' };
    const created = must(201, await keys('POST', '', input, once));
    expect(created).toMatchObject({ ...input, created_by: desk.owner.id, last_used_at: null });
    const [, id, secret] = /^dw_([0-9a-f]{24})_([\w-]{43})$/.exec(String(created.key)) ?? [];
    expect(id).toBe(created.id);
    const again = await keys('POST', '', input, once);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(again.body).toEqual({ ...created, key: undefined });
    expect(codeOf(await keys('POST', '', { ...input, name: 'Other' }, once))).toBe(
      '422 idempotency_mismatch',
    );
    const [row] = await stored('api_keys');
    expect(row?.['secret_hash']).toBe(createHash('sha256').update(String(secret)).digest('base64url'));

    const answer = must(200, await me(created.key));
    expect(answer).toMatchObject({
      user: null,
      role: 'integrator',
      key: { id, scopes: input.scopes },
      permissions: ['customers.read', 'events.write'],
      business: { id: desk.business },
    });
    const key = String(created.key);
    const flipped = `${key.slice(0, -2)}${key.endsWith('AA') ? 'BB' : 'AA'}`;
    for (const wrong of [
      flipped,
      `dw_${id}_`,
      `dw_${'0'.repeat(24)}_${secret}`,
      `dw_${id}`,
      'dw_',
      `${created.key}x`,
    ])
      expect([wrong.length, codeOf(await me(wrong))]).toEqual([wrong.length, '401 unauthenticated']);
  });

  it('refuses scopes that are none, and keys that would manage keys, people or the business', async () => {
    const bad = [
      ['keys:manage'],
      ['team:manage'],
      ['business:delete'],
      ['customers:erase'],
      ['events.write'],
      ['*'],
      [],
      ['events:write', 'events:write'],
      [{ $gt: '' }],
      'events:write',
    ];
    for (const scopes of bad)
      expect([scopes, codeOf(await keys('POST', '', { name: 'A key', scopes }))]).toEqual([
        scopes,
        '400 invalid_input',
      ]);
    const all = await desk.key([
      'business:read',
      'business:update',
      'team:read',
      'audit:read',
      'events:write',
    ]);
    for (const [method, path, body] of [
      ['POST', 'api-keys', { name: 'Another', scopes: ['events:write'] }],
      ['GET', 'api-keys'],
      ['DELETE', `api-keys/${all.split('_')[1]}`],
      ['POST', 'team/invites', { email: 'a@b.test', role: 'viewer' }],
      ['PATCH', `team/${desk.owner.id}`, { role: 'viewer' }],
      ['PATCH', 'auth/me', { name: 'A key' }],
      ['POST', 'auth/password', { current_password: 'x', new_password: 'a good password' }],
    ] as const) {
      const answer = await call(service, method, `/api/v1/${path}`, { token: all, body });
      expect([path, codeOf(answer)]).toEqual([path, '403 forbidden']);
    }
    expect((await call(service, 'GET', '/api/v1/team', { token: all })).status).toBe(200);
  });

  it('notes the last use, at most once a minute, and lets no request wait for it', async () => {
    const key = await desk.key(['team:read']);
    const id = key.split('_')[1] ?? '';
    const lastUse = async (): Promise<string> => {
      const { items } = must(200, await keys('GET', '?limit=100')) as { items: Listed[] };
      return String(items.find((one) => one.id === id)?.last_used_at);
    };
    const notes = async (work: () => Promise<unknown>): Promise<number> => {
      const sent = await commands.during(work, { name: 'update', collection: 'api_keys' });
      // The relay writes there too, to take out what it has relayed.
      return sent.filter(({ body }) => JSON.stringify(body).includes('last_used_at')).length;
    };
    expect(await lastUse()).toBe('null');
    const written = await notes(async () => {
      await Promise.all(Array.from({ length: 20 }, () => me(key)));
      expect(await eventually(2_000, async () => (await lastUse()) !== 'null')).toBe(true);
    });
    expect(written).toBe(1);
    const first = await lastUse();
    expect(await notes(() => me(key))).toBe(0);
    clock.advance(MINUTE);
    await me(key);
    expect(await eventually(2_000, async () => (await lastUse()) > first)).toBe(true);
  });

  it('is over once it is revoked, and belongs to one business', async () => {
    const key = await desk.key(['tickets:read']);
    const id = key.split('_')[1] ?? '';
    const foreign = await Desk.found(service);
    expect(codeOf(await foreign.call('DELETE', `/api/v1/api-keys/${id}`))).toBe('404 not_found');
    expect(must(200, await foreign.call('GET', '/api/v1/api-keys')).items).toEqual([]);
    expect((await me(key)).status).toBe(200);
    expect((await keys('DELETE', `/${id}`)).status).toBe(204);
    expect(codeOf(await me(key))).toBe('401 unauthenticated');
    expect(codeOf(await keys('DELETE', `/${id}`))).toBe('404 not_found');
    expect(JSON.stringify(must(200, await keys('GET')))).not.toContain(id);
  });

  it('keeps no secret: not in the database, not in the log', async () => {
    const link = await desk.invite('somebody@example.test', 'agent');
    const key = await desk.key(['chats:read']);
    must(
      202,
      await call(service, 'POST', '/api/v1/auth/password/reset', { body: { email: desk.owner.email } }),
    );
    expect(await eventually(5_000, async () => (await stored('deliveries')).length > 0)).toBe(true);
    const everything = JSON.stringify(await Promise.all(collections.map((name) => stored(name))));
    expect(everything).toContain(desk.owner.email);
    const { token, refreshToken, password } = desk.owner;
    const secrets = [token, refreshToken.slice(0, 43), refreshToken.slice(43), password, link, key.slice(28)];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(10);
      expect(everything).not.toContain(secret);
      expect(log.text()).not.toContain(secret);
    }
  });

  it('lets everybody go when their business is gone for good', async () => {
    const gone = await Desk.found(service);
    const agent = await gone.join('agent');
    await gone.invite('later@example.test', 'viewer');
    const key = await gone.key(['team:read']);
    const actor = systemActor(gone.business);
    await service.app.get(BusinessService).requestDeletion(actor);
    expect((await me(agent.token)).status).toBe(200);
    clock.advance(15 * 24 * 60 * MINUTE);
    await service.app.get(Timers).run();
    const forgotten = async () =>
      !JSON.stringify([await stored('users'), await stored('invites')]).includes(agent.email);
    expect(await eventually(5_000, forgotten)).toBe(true);
    expect(codeOf(await me(key))).toBe('401 unauthenticated');
    for (const { email, password } of [agent, gone.owner])
      expect(codeOf(await call(service, 'POST', '/api/v1/auth/login', { body: { email, password } }))).toBe(
        '401 unauthenticated',
      );
    expect(JSON.stringify(await stored('invites'))).not.toContain('later@example.test');
  });

  it('seeds the people of the demo once, and leaves them as they are', async () => {
    const demo = service.app.get(IdentityDemo);
    const [one, two] = await Promise.all([demo.seedDemo(), demo.seedDemo()]);
    expect(two).toBe(one);
    const logins = {
      'owner@demo.test': 'deskwire-demo',
      'agent@demo.test': 'deskwire-demo',
      'freshuser@test.com': 'Test123!',
    };
    const roles: string[] = [];
    for (const [email, password] of Object.entries(logins)) {
      const { user, business } = must(
        200,
        await call(service, 'POST', '/api/v1/auth/login', { body: { email, password } }),
      );
      expect(business).toMatchObject({ id: one, name: 'Deskwire Demo' });
      roles.push(String(user.role));
    }
    expect(roles).toEqual(['owner', 'agent', 'admin']);
    const before = await people();
    expect(await demo.seedDemo()).toBe(one);
    expect(await people()).toBe(before);
  });

  it('asked the database nothing that an index does not answer', async () => {
    const shapes = new Map<string, { collection: string; filter: object; sort: object }>();
    for (const { collection, body } of commands.sent.filter((one) =>
      collections.slice(0, 5).includes(one.collection),
    )) {
      const {
        filter,
        query,
        updates,
        deletes,
        sort = {},
      } = body as Record<string, object & { q?: object }[]>;
      const asked = filter ?? query ?? updates?.[0]?.q ?? deletes?.[0]?.q ?? {};
      // Without a condition it was this test that asked.
      if (Object.keys(asked).length > 0)
        shapes.set(`${collection} ${Object.keys(asked).join(' ')}`, { collection, filter: asked, sort });
    }
    expect(shapes.size).toBeGreaterThan(10);
    const { db } = service.app.get(Database).requests;
    for (const [shape, { collection, filter, sort }] of shapes) {
      const plan = await db?.command({ explain: { find: collection, filter, sort } });
      const text = JSON.stringify(plan);
      expect([shape, text.includes('COLLSCAN')]).toEqual([shape, false]);
      // An index that is walked for its order alone would read everybody's.
      const [, first] = /"keyPattern":\{"([^"]+)"/.exec(text) ?? [];
      if (first !== undefined) expect(shape.split(' ')).toContain(first);
    }
  });
});
