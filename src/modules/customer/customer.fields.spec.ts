import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../../contracts/errors.js';
import { systemActor } from '../../platform/actor.js';
import { absorb, changeTo, hear, noProfile, unused, type Profile } from './customer.fields.js';
import type { CustomerDocument } from './customer.schema.js';

const at = new Date('2026-03-02T08:00:00Z');
const customer = (profile: Partial<Profile>): CustomerDocument => ({
  _id: 'c'.repeat(24),
  business: 'b'.repeat(24),
  rev: 7,
  kind: 'customer',
  words: [],
  ...unused(at),
  ...noProfile,
  ...profile,
});
const typed: Profile = {
  ...noProfile,
  name: 'Ada',
  email: 'ada@old.example',
  attributes: { plan: 'free', page: '/a' },
  unverified: ['email', 'attributes.page'],
};

describe('what is believed', () => {
  it('verified: replaces everything, and what it names is unverified no longer', () => {
    expect(
      hear(typed, { email: 'ada@new.example', attributes: { page: '/b', plan: null } }, 'verified'),
    ).toEqual({
      ...typed,
      email: 'ada@new.example',
      attributes: { page: '/b' },
      unverified: [],
    });
  });

  it('stated: replaces what a person is called and marks it, also over what was verified', () => {
    const heard = hear(typed, { name: 'Ada L.', email: null }, 'stated');
    expect(heard).toMatchObject({ name: 'Ada L.', email: null, unverified: ['attributes.page', 'name'] });
  });

  it('claimed: fills gaps and replaces claims, never what was verified', () => {
    const said = {
      name: 'Eve',
      email: 'eve@x.example',
      attributes: { plan: 'gold', page: '/b', theme: 'dark' },
    };
    expect(hear(typed, said, 'claimed')).toMatchObject({
      name: 'Ada',
      email: 'eve@x.example',
      attributes: { plan: 'free', page: '/b', theme: 'dark' },
      unverified: ['email', 'attributes.page', 'attributes.theme'],
    });
  });

  it.each(['stated', 'claimed'] as const)('%s: never a phone number, an id or a label', (trust) => {
    const said = { phone_number: '4915112345678', external_id: 'u-1', labels: ['vip'] };
    expect(hear(noProfile, said, trust)).toEqual(noProfile);
  });

  it('keeps at most 50 attributes: refuses more from staff, leaves out more of a browser', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`k${n}`, n]));
    expect(() => hear(noProfile, { attributes: many }, 'verified')).toThrow(DomainError);
    const heard = hear(noProfile, { attributes: many }, 'claimed');
    expect(Object.keys(heard.attributes)).toHaveLength(50);
    expect(heard.unverified).toHaveLength(50);
  });
});

describe('taking over a visitor', () => {
  it('fills gaps with what stays unverified, and replaces nothing', () => {
    const known = customer({ name: 'Ada', attributes: { plan: 'gold' }, labels: ['vip'] });
    const visitor = customer({
      name: 'Eve',
      email: 'eve@x.example',
      attributes: { plan: 'free', page: '/a' },
      labels: ['vip', 'hot'],
      unverified: ['name', 'email', 'attributes.plan', 'attributes.page'],
    });
    expect(absorb(known, visitor)).toMatchObject({
      name: 'Ada',
      email: 'eve@x.example',
      attributes: { plan: 'gold', page: '/a' },
      labels: ['vip', 'hot'],
      unverified: ['email', 'attributes.page'],
    });
  });

  it('taken over twice is taken over once', () => {
    const visitor = customer({ email: 'eve@x.example', attributes: { page: '/a' } });
    const once = customer(absorb(customer({}), visitor));
    expect(changeTo(systemActor('b'), once, absorb(once, visitor))).toBeNull();
  });
});

describe('a change', () => {
  const actor = systemActor('b'.repeat(24));

  it('names its fields and never what is in them', () => {
    const current = customer(typed);
    const next = hear(
      current,
      { name: 'Secret Name', attributes: { page: null, code: 'hidden' } },
      'verified',
    );
    const change = changeTo(actor, current, next);
    expect(change?.events.map(({ name, data }) => [name, data])).toEqual([
      ['customer.changed', { id: current._id, rev: 8, fields: ['name', 'unverified', 'attributes'] }],
    ]);
    expect(JSON.stringify(change?.events)).not.toMatch(/Secret|hidden/);
    expect(change?.set?.words).toContain('secret');
  });

  it('is none when nothing is different, and silent when only the time is', () => {
    const current = customer(typed);
    expect(changeTo(actor, current, hear(current, { name: 'Ada' }, 'verified'))).toBeNull();
    expect(changeTo(actor, current, current, { last_seen_at: at })).toEqual({
      set: { last_seen_at: at },
      events: [],
    });
  });
});
