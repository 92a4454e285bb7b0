import { createHmac, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../../contracts/errors.js';
import { signJws } from '../../platform/auth/jws.js';
import { identityInput, readIdentity } from './identity-proof.js';

const key = (secret: string) => createSecretKey(Buffer.from(secret));
const keys = { hmacKey: key('whs_of-this-business'), jwtKey: key('wjs_of-this-business') };
const now = new Date('2026-03-02T08:00:00Z');
const at = now.getTime() / 1000;
const hmacOf = (text: string, secret = 'whs_of-this-business') =>
  createHmac('sha256', secret).update(text).digest('hex');

/** The error code, or what was read. */
function outcome(input: unknown, given: Parameters<typeof readIdentity>[1] = keys): unknown {
  const parsed = identityInput.safeParse(input);
  if (!parsed.success) return 'invalid_input';
  try {
    return readIdentity(parsed.data, given, now);
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

describe('an HMAC', () => {
  it('proves the user id and nothing beside it', () => {
    const input = {
      user_id: 'ü-42',
      name: 'Ada',
      email: 'ADA@example.com',
      hmac: hmacOf('ü-42').toUpperCase(),
    };
    expect(outcome(input)).toEqual({
      external_id: 'ü-42',
      proven: true,
      verified: {},
      claimed: { name: 'Ada', email: 'ada@example.com' },
    });
  });

  it('that is missing proves nothing', () => {
    expect(outcome({ user_id: 'u-42', name: 'Ada' })).toMatchObject({ proven: false, verified: {} });
  });

  it.each([
    ['of another user id', { user_id: 'u-43', hmac: hmacOf('u-42') }, keys, 'unauthenticated'],
    [
      'under another business’s secret',
      { user_id: 'u-42', hmac: hmacOf('u-42', 'whs_of-another') },
      keys,
      'unauthenticated',
    ],
    [
      'under the secret of JWTs',
      { user_id: 'u-42', hmac: hmacOf('u-42', 'wjs_of-this-business') },
      keys,
      'unauthenticated',
    ],
    [
      'with one digit changed',
      { user_id: 'u-42', hmac: hmacOf('u-42').replace(/.$/, (d) => (d === '0' ? '1' : '0')) },
      keys,
      'unauthenticated',
    ],
    ['of a trimmed user id', { user_id: 'u-42 ', hmac: hmacOf('u-42') }, keys, 'unauthenticated'],
    [
      'where the business has no secret',
      { user_id: 'u-42', hmac: hmacOf('u-42') },
      { hmacKey: undefined, jwtKey: keys.jwtKey },
      'unauthenticated',
    ],
    ['that is no HMAC', { user_id: 'u-42', hmac: 'abc' }, keys, 'invalid_input'],
    ['that is empty', { user_id: 'u-42', hmac: '' }, keys, 'invalid_input'],
    ['that is an operator', { user_id: 'u-42', hmac: { $ne: null } }, keys, 'invalid_input'],
    ['without a user id', { hmac: hmacOf('') }, keys, 'invalid_input'],
  ])('%s: refused', (_what, input, given, code) => expect(outcome(input, given)).toBe(code));
});

describe('a JWT', () => {
  const claims = {
    sub: 'u-42',
    name: 'Ada',
    email: 'Ada@example.com',
    attributes: { plan: 'gold' },
    exp: at + 600,
  };
  const jwt = (changes: Record<string, unknown> = {}, secret = keys.jwtKey) =>
    signJws({ ...claims, ...changes }, secret);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signedText = (header: string, payload: string, secret = 'wjs_of-this-business') => {
    const text = `${header}.${Buffer.from(payload).toString('base64url')}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const signed = (header: unknown, payload: unknown = claims, secret?: string) =>
    signedText(encode(header), JSON.stringify(payload), secret);
  const [header = '', payload = '', mac = ''] = jwt().split('.');

  it('proves all that it says', () => {
    expect(outcome({ jwt: jwt() })).toEqual({
      external_id: 'u-42',
      proven: true,
      verified: { name: 'Ada', email: 'ada@example.com', attributes: { plan: 'gold' } },
      claimed: {},
    });
    // The header may say more than ours does.
    expect(outcome({ jwt: signed({ alg: 'HS256', typ: 'JWT', kid: 'k1' }) })).toMatchObject({ proven: true });
    // Clocks differ a little.
    for (const changes of [{ exp: at - 29 }, { exp: at + 3_629 }, { nbf: at + 29 }, { iat: at + 29 }])
      expect(outcome({ jwt: jwt(changes) })).toMatchObject({ proven: true });
  });

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rs256 = (() => {
    const text = `${encode({ alg: 'RS256' })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  })();

  it.each([
    ['alg none, unsigned', `${encode({ alg: 'none' })}.${payload}.`],
    ['alg none, signed', signed({ alg: 'none' })],
    ['alg None', signed({ alg: 'None' })],
    ['no alg', signed({ typ: 'JWT' })],
    ['HS512 in the header', signed({ alg: 'HS512' })],
    ['RS256', rs256],
    ['RS256 in the header, HMAC in the signature', signed({ alg: 'RS256' })],
    ['a key of its own in jwk', signed({ alg: 'HS256', jwk: { kty: 'oct', k: 'YQ' } }, claims, 'a')],
    ['a key elsewhere in jku', signed({ alg: 'HS256', jku: 'https://evil.example/keys' }, claims, 'a')],
    ['a key elsewhere in x5u', signed({ alg: 'HS256', x5u: 'https://evil.example/keys' }, claims, 'a')],
    ['a kid that is a path', signed({ alg: 'HS256', kid: '../../dev/null' }, claims, '')],
    ['crit', signed({ alg: 'HS256', crit: ['b64'], b64: false })],
    ['another business’s secret', jwt({}, key('wjs_of-another'))],
    ['the secret of HMACs', jwt({}, keys.hmacKey)],
    [
      'an HMAC over a user id that is a token',
      `${header}.${payload}.${Buffer.from(hmacOf(`${header}.${payload}`), 'hex').toString('base64url')}`,
    ],
    ['another payload under the same signature', `${header}.${encode({ ...claims, sub: 'u-43' })}.${mac}`],
    ['no signature', `${header}.${payload}`],
    ['four parts', `${header}.${payload}.${mac}.x`],
    ['a signature spelt otherwise', `${header}.${payload}.${mac}=`],
    ['garbage', 'garbage'],
    ['a payload that is a list', signed({ alg: 'HS256' }, [claims])],
    ['no sub', jwt({ sub: undefined })],
    ['an empty sub', jwt({ sub: '' })],
    ['a sub that is an operator', jwt({ sub: { $ne: null } })],
    ['a sub that is too long', jwt({ sub: 'x'.repeat(129) })],
    ['no exp', jwt({ exp: undefined })],
    ['an exp that is a text', jwt({ exp: String(at + 600) })],
    [
      'an exp that is not finite',
      signedText(encode({ alg: 'HS256' }), JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999')),
    ],
    ['an exp of more than an hour', jwt({ exp: at + 3_631 })],
    ['nbf ahead', jwt({ nbf: at + 31 })],
    ['iat ahead', jwt({ iat: at + 31 })],
    ['an e-mail that is none', jwt({ email: 'nobody' })],
    ['attributes that nest', jwt({ attributes: { a: { b: 1 } } })],
    ['too much of it', jwt({ more: 'x'.repeat(3_500) })],
  ])('%s: refused', (_what, text) =>
    expect(['unauthenticated', 'invalid_input']).toContain(outcome({ jwt: text })),
  );

  it('that has expired says so', () => {
    expect(outcome({ jwt: jwt({ exp: at - 31 }) })).toBe('token_expired');
  });

  it('proves nothing where the business has no secret', () => {
    expect(outcome({ jwt: jwt() }, { ...keys, jwtKey: undefined })).toBe('unauthenticated');
  });
});
