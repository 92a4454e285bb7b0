import { describe, expect, it } from '@jest/globals';
import { secretsIn } from '../../scripts/lib/log-search.mjs';

const token = `eyJhbGciOiJIUzI1NiJ9.${'a'.repeat(60)}.${'b'.repeat(43)}`;

describe('the search of the logs', () => {
  it.each([
    ['a token', { msg: 'x', other: token }],
    ['an API key', { url: `/x?key=dw_${'0'.repeat(24)}_${'A'.repeat(43)}` }],
    ["a visitor's token", { from: `vt_${'A'.repeat(43)}` }],
    ['a refresh token', { cookie: `deskwire_refresh=${'x'.repeat(86)}; Path=/` }],
    ['the link of an invitation', { link: `https://desk.example/invite#${'A'.repeat(43)}` }],
    ['a header', { headers: { authorization: 'Bearer abcdefgh.ijk' } }],
    ['a stored password', { user: { hash: '$argon2id$v=19$m=19456' } }],
    ['a phone number', { to: '+49 1511 2345678' }],
    ['a password that a test used', { err: 'wrong: correct horse' }],
    ['a phone number that a test used', { to: '4915112345678' }],
    ['a word that a test used as a secret', { msg: 'It was hunter2-hunter2.' }],
  ])('finds %s, and does not repeat it', (_, line) => {
    const secrets = ['correct horse', '4915112345678', 'hunter2-hunter2'];
    const found = secretsIn([JSON.stringify({ level: 'info', ...line })], secrets);
    expect(found).toHaveLength(1);
    for (const secret of [...secrets, token, 'A'.repeat(43), 'x'.repeat(86), '1511 2345678'])
      expect(found[0]).not.toContain(secret);
  });

  it('leaves alone what a log line is made of', () => {
    const line = {
      level: 'info',
      time: 1_795_262_000_000,
      pid: 4242,
      request_id: 'k3J9aXQzLmVx',
      method: 'GET',
      route: '/api/v1/team/:id',
      business: '6b018c24a217a55079b54a66',
      err: { stack: 'Error: x\n    at TenantRepository.findOneAndUpdate (/a/src/platform/events/x.ts:10:5)' },
      at: '2026-11-21T12:18:44.590+00:00',
      msg: 'Request',
    };
    expect(secretsIn([JSON.stringify(line)], ['correct horse'])).toEqual([]);
  });
});
