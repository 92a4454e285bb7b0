import { describe, expect, it } from '@jest/globals';
import { Sealing } from './sealing.js';

const SECRET = 'a secret of a test, with 32 bytes or more';

describe('sealing', () => {
  const sealing = new Sealing(SECRET);

  it('opens what it sealed, never twice the same', () => {
    const [one, other] = [sealing.seal('b/hmac', 'geheim ✓'), sealing.seal('b/hmac', 'geheim ✓')];
    expect(one).not.toBe(other);
    expect(one).not.toContain('geheim');
    expect(sealing.open('b/hmac', one)).toBe('geheim ✓');
    expect(new Sealing(SECRET).open('b/hmac', other)).toBe('geheim ✓');
  });

  it('opens nothing for another owner, under another secret, or when a byte was changed', () => {
    const sealed = sealing.seal('b/hmac', 'geheim');
    expect(sealing.open('c/hmac', sealed)).toBeUndefined();
    expect(sealing.open('b/jwt', sealed)).toBeUndefined();
    expect(new Sealing(`${SECRET}!`).open('b/hmac', sealed)).toBeUndefined();
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(sealing.open('b/hmac', `v1.${changed.toString('base64url')}`)).toBeUndefined();
    }
    for (const garbage of ['', 'v1', 'v1.', 'v1.AAAA', `v2${sealed.slice(2)}`])
      expect(sealing.open('b/hmac', garbage)).toBeUndefined();
  });
});
