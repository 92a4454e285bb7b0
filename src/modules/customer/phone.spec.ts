import { describe, expect, it } from '@jest/globals';
import { nationalPart, normalizePhone } from './phone.js';

describe('phone numbers', () => {
  it.each([
    ['+49 1511 2345678', '4915112345678'],
    ['0049-1511-2345678', '4915112345678'],
    ['4915112345678', '4915112345678'],
    ['+49 (0) 1511 / 2345678', '4915112345678'],
    ['+1 (415) 555-2671', '14155552671'],
    ['+1.415.555.2671', '14155552671'],
    ['＋４９ １５１１ ２３４５６７８', '4915112345678'],
    ['+44\u00a020\u20117946\u20130958', '442079460958'],
    ['+123456789012345', '123456789012345'],
  ])('takes %s', (text, digits) => expect(normalizePhone(text)).toBe(digits));

  it.each([
    ['nothing', ''],
    ['a national number', '0151 12345678'],
    ['three zeros', '00049151123456'],
    ['a plus before zeros', '+0049151123456'],
    ['a plus within', '49+1511234567'],
    ['too short', '+491511'],
    ['too long', '+1234567890123456'],
    ['letters', '+49 1511 CALLME'],
    ['an extension', '+49 1511 2345678 ext. 3'],
    ['an operator', '{"$ne":null}'],
  ])('refuses %s', (_why, text) => expect(normalizePhone(text)).toBeUndefined());

  it.each([
    ['4915112345678', '15112345678'],
    ['14155552671', '4155552671'],
    ['79161234567', '9161234567'],
    ['442079460958', '2079460958'],
    ['420601123456', '601123456'],
    ['353851234567', '851234567'],
    ['971501234567', '501234567'],
  ])('knows the country of %s', (digits, rest) => expect(nationalPart(digits)).toBe(rest));
});
