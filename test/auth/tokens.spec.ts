import { createHmac, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { permissions } from '../../src/contracts/audience.js';
import { scopes, staffRoles } from '../../src/contracts/roles.js';
import type { Access } from '../../src/platform/auth/access.js';
import { can } from '../../src/platform/auth/can.js';
import { Route } from '../../src/platform/http/route.js';
import { call } from '../support/call.js';
import { Desk, type Person } from '../support/desk.js';
import { logLines } from '../support/log-lines.js';
import { MovableClock } from '../support/pod-in-process.js';
import { startService, type RunningService } from '../support/service.js';

const SECRET = 'a secret of a test, with 32 bytes or more';
const accesses: readonly Access[] = [...permissions, 'signed-in', 'customer', 'public'];

/** One route for each access that a route can declare, so that the guard is seen with all of them. */
class ProbeController {}
for (const access of accesses) {
  const name = `probe ${access}`;
  Object.defineProperty(ProbeController.prototype, name, { value: () => ({ ok: true }), writable: true });
  const descriptor = Object.getOwnPropertyDescriptor(ProbeController.prototype, name);
  const answer = z.strictObject({ ok: z.boolean() });
  const summary = `Probe ${access}`;
  Route({ method: 'GET', path: access, access, summary, answer })(
    ProbeController.prototype,
    name,
    descriptor as TypedPropertyDescriptor<() => { ok: boolean }>,
  );
}
Controller('api/v1/probe')(ProbeController);
class ProbeModule {}

describe('access tokens', () => {
  const clock = new MovableClock();
  const log = logLines();
  let service: RunningService;
  let desk: Desk;
  let owner: Person;

  beforeAll(async () => {
    const modules = [{ module: ProbeModule, controllers: [ProbeController] }];
    service = await startService({ clock, modules, logger: log.logger });
    desk = await Desk.found(service);
    owner = desk.owner;
  });
  afterAll(() => service?.close());

  const me = (token: string) => call(service, 'GET', '/api/v1/auth/me', { token });
  const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claimsOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

  function forge(header: unknown, claims: unknown, secret: string = SECRET): string {
    const signed = `${text(header)}.${text(claims)}`;
    return `${signed}.${createHmac('sha256', createSecretKey(Buffer.from(secret)))
      .update(signed)
      .digest('base64url')}`;
  }
  const ours = { alg: 'HS256', typ: 'JWT' };

  it('lets in whom it names, and says how long', async () => {
    const answer = await me(owner.token);
    expect(answer.status).toBe(200);
    expect(answer.body.user).toMatchObject({ id: owner.id, email: owner.email, role: 'owner' });
    expect(answer.body.business.id).toBe(desk.business);
    // The forger of this test is able: the same claims, signed by it, are as good.
    expect((await me(forge(ours, claimsOf(owner.token)))).status).toBe(200);
  });

  it('refuses every other header, algorithm, key, audience, issuer and time', async () => {
    const claims = claimsOf(owner.token);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const rsa = `${text({ alg: 'RS256', typ: 'JWT' })}.${text(claims)}`;
    const exp = Number(claims['exp']);
    const attacks: Record<string, string> = {
      'alg none': `${text({ alg: 'none', typ: 'JWT' })}.${text(claims)}.`,
      'alg None with the old signature': `${text({ alg: 'None' })}.${text(claims)}.${owner.token.split('.')[2]}`,
      'alg none, signed': forge({ alg: 'none', typ: 'JWT' }, claims),
      RS256: `${rsa}.${sign('sha256', Buffer.from(rsa), privateKey).toString('base64url')}`,
      'RS256 and HMAC with the public key': forge({ alg: 'RS256', typ: 'JWT' }, claims, pem),
      'HS256 with the public key': forge(ours, claims, pem),
      'another secret': forge(ours, claims, `${SECRET}!`),
      'no secret': forge(ours, claims, ''),
      'HS512 named': forge({ alg: 'HS512', typ: 'JWT' }, claims),
      jku: forge({ ...ours, jku: 'https://evil.example/keys' }, claims),
      x5u: forge({ ...ours, x5u: 'https://evil.example/cert' }, claims),
      jwk: forge({ ...ours, jwk: { kty: 'oct', k: text('x') } }, claims),
      kid: forge({ ...ours, kid: '../../dev/null' }, claims),
      crit: forge({ ...ours, crit: ['exp'] }, claims),
      'another audience': forge(ours, { ...claims, aud: 'deskwire:customer' }),
      'an unknown audience': forge(ours, { ...claims, aud: 'elsewhere' }),
      'a list of audiences': forge(ours, { ...claims, aud: ['deskwire:staff'] }),
      'another issuer': forge(ours, { ...claims, iss: 'somebody' }),
      'no issuer': forge(ours, { ...claims, iss: undefined }),
      'no expiry': forge(ours, { ...claims, exp: undefined }),
      'an expiry in words': forge(ours, { ...claims, exp: 'never' }),
      'nbf ahead': forge(ours, { ...claims, nbf: exp - 1 }),
      'a role of nobody': forge(ours, { ...claims, role: 'system' }),
      'a role of customers': forge(ours, { ...claims, role: 'visitor' }),
      'another session': forge(ours, { ...claims, session: 'x' }),
      'another user': forge(ours, { ...claims, sub: 'x' }),
      'another business': forge(ours, { ...claims, business: 'x' }),
      'an operator as a business': forge(ours, { ...claims, business: { $ne: null } }),
      'changed claims': owner.token.replace(/\.[^.]+\./, `.${text({ ...claims, role: 'admin' })}.`),
      'no signature': owner.token.slice(0, owner.token.lastIndexOf('.') + 1),
      'two tokens': `${owner.token}.${owner.token}`,
      'a refresh token': owner.refreshToken,
      'a text': 'token',
      'too long': `${owner.token}${'A'.repeat(8_000)}`,
    };
    for (const [name, token] of Object.entries(attacks)) {
      const { status, body } = await me(token);
      expect([name, status, body.error.code]).toEqual([name, 401, 'unauthenticated']);
    }
    const older = await me(forge(ours, { ...claims, version: 0 }));
    expect([older.status, older.body.error.code]).toEqual([401, 'token_expired']);
  });

  it('reads the header Authorization only, as Bearer', async () => {
    const path = '/api/v1/auth/me';
    expect((await call(service, 'GET', path)).status).toBe(401);
    for (const authorization of [`Basic ${owner.token}`, owner.token, 'Bearer', `Bearer ${owner.token} x`])
      expect((await call(service, 'GET', path, { headers: { authorization } })).status).toBe(401);
    expect(
      (await call(service, 'GET', path, { headers: { authorization: `bearer ${owner.token}` } })).status,
    ).toBe(200);
    const elsewhere = await call(service, 'GET', path, {
      headers: { cookie: `deskwire_refresh=${owner.refreshToken}` },
    });
    expect(elsewhere.status).toBe(401);
  });

  it('lets each role and each scope through exactly where can() says so', async () => {
    const people = await Promise.all(staffRoles.map((role) => desk.person(role)));
    const staff = people.map(({ token }, at) => ({
      name: staffRoles[at] ?? '',
      token,
      actor: { role: staffRoles[at] ?? '' },
    }));
    const keys = await Promise.all(
      scopes.map(async (scope) => ({
        name: scope,
        token: await desk.key([scope]),
        actor: { role: 'integrator', scopes: [scope] },
      })),
    );
    for (const { name, token, actor } of [...staff, ...keys]) {
      const wanted = accesses.map((access) => {
        const may =
          access === 'public' || access === 'signed-in' || (access !== 'customer' && can(actor, access));
        return `${name} ${access} ${may ? 200 : 403}`;
      });
      const got = await Promise.all(
        accesses.map(async (access) => {
          const { status } = await call(service, 'GET', `/api/v1/probe/${access}`, { token });
          return `${name} ${access} ${status}`;
        }),
      );
      expect(got).toEqual(wanted);
    }
  });

  it('keeps customers and visitors away from the staff, whatever their token says', async () => {
    for (const role of ['customer', 'visitor'] as const) {
      const { token } = await desk.enter(role);
      const statuses = await Promise.all(
        accesses.map(async (access) => [
          access,
          (await call(service, 'GET', `/api/v1/probe/${access}`, { token })).status,
        ]),
      );
      const open = ['public', 'customer'];
      expect(statuses).toEqual(accesses.map((access) => [access, open.includes(access) ? 200 : 403]));
      const asStaff = forge(ours, { ...claimsOf(token), role: 'owner' });
      expect((await call(service, 'GET', '/api/v1/probe/signed-in', { token: asStaff })).status).toBe(401);
    }
  });

  it('logs a refusal with ids only', async () => {
    const viewer = await desk.join('viewer');
    expect((await call(service, 'GET', '/api/v1/probe/team.manage', { token: viewer.token })).status).toBe(
      403,
    );
    const refused = log.lines().filter(({ msg, actor }) => msg === 'Access refused' && actor === viewer.id);
    expect(refused).toEqual([
      expect.objectContaining({
        business: desk.business,
        actor: viewer.id,
        role: 'viewer',
        permission: 'team.manage',
        route: 'GET /api/v1/probe/team.manage',
      }),
    ]);
    for (const secret of [viewer.token, viewer.refreshToken, viewer.password, viewer.email])
      expect(log.text()).not.toContain(secret);
  });

  it('expires after 15 minutes, and a public route does not mind', async () => {
    const { token } = (await Desk.found(service)).owner;
    clock.advance(14 * 60_000 + 50_000);
    expect((await me(token)).status).toBe(200);
    clock.advance(11_000);
    const { status, body } = await me(token);
    expect([status, body.error.code]).toEqual([401, 'token_expired']);
    expect((await call(service, 'GET', '/api/v1/probe/public', { token })).status).toBe(200);
  });
});
