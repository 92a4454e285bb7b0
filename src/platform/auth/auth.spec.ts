import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { permissions, type Permission } from '../../contracts/audience.js';
import { rolePermissions, roles, scopeOf, scopes } from '../../contracts/roles.js';
import { MovableClock } from '../../../test/support/pod-in-process.js';
import { gate } from '../../../test/support/wait.js';
import { allows } from './auth.guard.js';
import { can } from './can.js';
import { FreshCache } from './fresh-cache.js';
import { readForeignJws, readOwnJws, signJws } from './jws.js';
import { Passwords } from './passwords.js';
import { Standings } from './standings.js';
import { Tokens, type VerifiedToken } from './tokens.js';

const SECRET = 'a secret of a test, with 32 bytes or more';

/** Written out, not computed: a change of the table has to be meant. */
const viewer: Permission[] = [
  'business.read',
  'team.read',
  'customers.read',
  'chats.read',
  'tickets.read',
  'billing.read',
  'analytics.read',
];
const agent: Permission[] = [...viewer, 'customers.manage', 'chats.write', 'tickets.manage'];
const owner: Permission[] = [...permissions];
const admin = owner.filter((permission) => permission !== 'business.delete');
const expected = { viewer, agent, admin, owner, integrator: [], customer: [], visitor: [], system: owner };

describe('can', () => {
  it.each(roles)('gives a %s exactly what the table says', (role) => {
    const held = permissions.filter((permission) => can({ role }, permission));
    expect(new Set(held)).toEqual(new Set(expected[role]));
    expect(new Set(rolePermissions[role])).toEqual(new Set(expected[role]));
  });

  it('refuses roles and permissions that nobody knows', () => {
    for (const role of ['', 'root', 'constructor', '__proto__', 'Owner'])
      expect(permissions.filter((permission) => can({ role }, permission))).toEqual([]);
    expect(can({ role: 'owner' }, 'everything' as Permission)).toBe(false);
  });

  it('gives a key its scopes and nothing else, and no scope that could manage keys, people or the business', () => {
    for (const scope of scopes) {
      const held = permissions.filter((permission) =>
        can({ role: 'integrator', scopes: [scope] }, permission),
      );
      expect(held.map(scopeOf)).toEqual([scope]);
    }
    expect(scopes).toContain('events:write');
    const never = ['keys:manage', 'team:manage', 'business:delete', 'customers:erase', 'operations:manage'];
    expect(scopes.filter((scope) => never.includes(scope))).toEqual([]);
    // Whoever makes a key could do all of it.
    const makers = roles.filter((role) => can({ role }, 'keys.manage'));
    for (const role of makers)
      expect(
        scopes.filter((scope) => !rolePermissions[role].has(scope.replace(':', '.') as Permission)),
      ).toEqual([]);
    // Staff do not get a scope by having the field.
    expect(can({ role: 'viewer', scopes: ['events:write'] }, 'events.write')).toBe(false);
  });

  it('keeps staff, customers and everybody apart', () => {
    const whoMay = (access: Parameters<typeof allows>[0]) =>
      roles.filter((role) => allows(access, { business: 'b', id: 'i', role, ip: null }));
    expect(whoMay('public')).toEqual([...roles]);
    expect(whoMay('signed-in')).toEqual(['viewer', 'agent', 'admin', 'owner', 'integrator']);
    expect(whoMay('customer')).toEqual(['customer', 'visitor']);
    expect(whoMay('business.delete')).toEqual(['owner', 'system']);
  });
});

describe('signatures', () => {
  const key = createSecretKey(Buffer.from(SECRET));
  const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const foreign = (header: unknown, claims: unknown): string => {
    const signed = `${text(header)}.${text(claims)}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };

  it('reads what it signed, in one spelling only', () => {
    const token = signJws({ sub: 'x' }, key);
    expect(readOwnJws(token, key)).toEqual({ sub: 'x' });
    const other = createSecretKey(Buffer.from(`${SECRET}!`));
    expect(() => readOwnJws(token, other)).toThrow('signature');
    for (const changed of [
      `${token}=`,
      `${token}.`,
      ` ${token}`,
      token.slice(0, -1),
      token.replace('.', '..'),
    ])
      expect(() => readOwnJws(changed, key)).toThrow();
    // The last character of a signature carries two bits that mean nothing: only one of its four spellings is taken.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = letters.indexOf(token.at(-1) ?? '');
    expect(() => readOwnJws(token.slice(0, -1) + letters[last ^ 1], key)).toThrow('signature');
    expect(() => readOwnJws('x'.repeat(5_000), key)).toThrow('too long');
  });

  it('reads tokens of a host page with any header that names HS256', () => {
    expect(readForeignJws(foreign({ kid: 'a', alg: 'HS256' }, { sub: 'x' }), key)).toEqual({ sub: 'x' });
    for (const header of [
      { alg: 'none' },
      { alg: 'RS256' },
      { alg: 'HS512' },
      {},
      { alg: 'HS256', crit: ['b64'] },
    ])
      expect(() => readForeignJws(foreign(header, { sub: 'x' }), key)).toThrow('algorithm');
    expect(() => readForeignJws(foreign({ alg: 'HS256' }, ['x']), key)).toThrow('claims');
    expect(() => readOwnJws(foreign({ kid: 'a', alg: 'HS256', typ: 'JWT' }, { sub: 'x' }), key)).toThrow(
      'header',
    );
  });

  it('takes no short secret', () => {
    expect(() => new Tokens('x'.repeat(31), 900, new MovableClock())).toThrow('32 bytes');
  });

  it('derives secrets that depend on purpose, seed and key', () => {
    const tokens = new Tokens(SECRET, 900, new MovableClock());
    const all = [
      tokens.derive('a', 'x'),
      tokens.derive('a', 'y'),
      tokens.derive('b', 'x'),
      new Tokens(`${SECRET}!`, 900, new MovableClock()).derive('a', 'x'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(tokens.derive('a', 'x')).toBe(all[0]);
  });
});

describe('passwords', () => {
  it('verifies what it hashed, however the letters were typed', async () => {
    const passwords = new Passwords();
    const stored = await passwords.hash('Käse ﬁn'.normalize('NFC'));
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(stored, 'Käse fin'.normalize('NFD'))).toBe(true);
    expect(await passwords.verify(stored, 'Kase fin')).toBe(false);
  });

  it('runs argon2 for nobody too, and never says yes', async () => {
    const passwords = new Passwords();
    // Each takes a place among the few: the unknown ones do the same work as the known.
    const most = 3 + 64;
    const all = Array.from({ length: most }, () => passwords.verify(null, 'deskwire-demo'));
    await Promise.resolve();
    await Promise.resolve();
    await expect(passwords.verify(undefined, 'deskwire-demo')).rejects.toMatchObject({ code: 'busy' });
    expect(new Set(await Promise.all(all))).toEqual(new Set([false]));
    expect(await passwords.verify(undefined, 'deskwire-demo')).toBe(false);
  });
});

describe('standings', () => {
  const token: VerifiedToken = {
    kind: 'staff',
    id: 'u',
    business: 'b',
    role: 'agent',
    ip: null,
    session: 's',
    version: 1,
    expires: new Date(8.64e15),
  };

  it('asks again after at most 5 s, counted from the start of the question, and at once after a write', async () => {
    const clock = new MovableClock();
    const standings = new Standings(clock);
    let asked = 0;
    let version = 1;
    standings.register('staff', async () => ({ version: ((asked += 1), version), suspended: false }));
    await Promise.all([standings.confirm(token), standings.confirm(token)]);
    await standings.confirm(token);
    expect(asked).toBe(1);
    version = 2;
    clock.advance(5_000);
    await expect(standings.confirm(token)).rejects.toMatchObject({ code: 'token_expired' });
    version = 1;
    standings.forget('staff', 'other');
    await expect(standings.confirm(token)).rejects.toMatchObject({ code: 'token_expired' });
    standings.forget('staff', 'u');
    await standings.confirm(token);
    expect(asked).toBe(3);
  });

  it('refuses a kind that nobody answers for, and passes on why', async () => {
    const standings = new Standings(new MovableClock());
    await expect(standings.confirm(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    standings.register('staff', async () => ({
      version: 1,
      suspended: false,
      refused: { code: 'unauthenticated', message: 'Over.' },
    }));
    await expect(standings.confirm(token)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'Over.',
    });
    expect(() => standings.register('staff', async () => ({ version: 1, suspended: false }))).toThrow(
      'two ways',
    );
    expect(await standings.key('k')).toBeUndefined();
  });

  it('does not keep an answer that was asked for before a write, nor a failure', async () => {
    const cache = new FreshCache<string>(new MovableClock(), 4_000, 10);
    const slow = gate();
    const old = cache.get('a/1', async () => {
      await slow.opened;
      return 'old';
    });
    cache.forgetAll('a/');
    expect(await cache.get('a/1', async () => 'new')).toBe('new');
    slow.open();
    expect(await old).toBe('old');
    expect(await cache.get('a/1', async () => 'newer')).toBe('new');

    await expect(cache.get('b', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.get('b', async () => 'back')).toBe('back');
  });

  it('keeps no more than it may, the youngest', async () => {
    const cache = new FreshCache<number>(new MovableClock(), 4_000, 3);
    for (const at of [1, 2, 3, 4]) await cache.get(String(at), async () => at);
    expect(await cache.get('4', async () => -4)).toBe(4);
    expect(await cache.get('1', async () => -1)).toBe(-1);
  });
});
