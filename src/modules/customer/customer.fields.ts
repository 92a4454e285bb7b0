import { DomainError } from '../../contracts/errors.js';
import { PERSON } from '../../contracts/events.js';
import type { Actor } from '../../platform/actor.js';
import { draft } from '../../platform/events/draft.js';
import type { Change } from '../../platform/events/tenant.repository.js';
import { MOST_ATTRIBUTES, MOST_LABELS } from './customer.dto.js';
import type { Attributes, CustomerDocument, Scalar } from './customer.schema.js';
import { searchWords } from './search-words.js';

/** What a customer is described by. */
export type Profile = Pick<
  CustomerDocument,
  'name' | 'email' | 'phone_number' | 'external_id' | 'claimed_id' | 'attributes' | 'labels' | 'unverified'
>;

export const noProfile: Profile = {
  name: null,
  email: null,
  phone_number: null,
  external_id: null,
  claimed_id: null,
  attributes: {},
  labels: [],
  unverified: [],
};

/** The fields of a new document beside its profile. */
export function unused(
  at: Date,
): Omit<CustomerDocument, keyof Profile | '_id' | 'business' | 'rev' | 'kind' | 'words'> {
  return {
    created_at: at,
    last_seen_at: null,
    visitor_token: null,
    merged_into: null,
    merged_from: [],
    erasure: null,
    dueAt: null,
  };
}

/**
 * How far what somebody says is believed. `verified`: staff, an integrator, or signed by the host: it replaces what is
 * there. `stated`: the person changed it on purpose: replaces it too, and is marked. `claimed`: it came along with a
 * page view: it fills gaps and replaces what was unverified before.
 */
export type Trust = 'verified' | 'stated' | 'claimed';

export interface Said {
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone_number?: string | null | undefined;
  readonly external_id?: string | null | undefined;
  readonly claimed_id?: string | undefined;
  readonly attributes?: Readonly<Record<string, Scalar | null>> | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** The profile after somebody said something. */
export function hear(current: Profile, said: Said, trust: Trust): Profile {
  const unverified = new Set(current.unverified);
  const takes = (field: string, known: boolean): boolean => {
    if (trust === 'claimed' && known && !unverified.has(field)) return false;
    if (trust === 'verified') unverified.delete(field);
    else unverified.add(field);
    return true;
  };
  const next = { ...current };
  for (const field of ['name', 'email'] as const) {
    const value = said[field];
    if (value !== undefined && takes(field, current[field] !== null)) next[field] = value;
  }
  // What makes a customer the only one of a business is never taken on trust.
  if (trust === 'verified') {
    if (said.phone_number !== undefined) next.phone_number = said.phone_number;
    if (said.external_id !== undefined) next.external_id = said.external_id;
    if (said.labels !== undefined) next.labels = said.labels;
  }
  if (said.claimed_id !== undefined) next.claimed_id = said.claimed_id;
  const attributes = new Map<string, Scalar>(Object.entries(current.attributes));
  for (const [key, value] of Object.entries(said.attributes ?? {})) {
    if (trust !== 'verified' && !attributes.has(key) && attributes.size >= MOST_ATTRIBUTES) continue;
    if (!takes(`attributes.${key}`, attributes.has(key))) continue;
    if (value === null) attributes.delete(key);
    else attributes.set(key, value);
  }
  if (attributes.size > MOST_ATTRIBUTES)
    throw new DomainError('invalid_input', `A customer has at most ${MOST_ATTRIBUTES} attributes.`);
  const present = (field: string): boolean => {
    if (field === 'name' || field === 'email') return next[field] !== null;
    return attributes.has(field.slice('attributes.'.length));
  };
  return { ...next, attributes: Object.fromEntries(attributes), unverified: [...unverified].filter(present) };
}

/** What a known customer takes over of a visitor who turned out to be the same: gaps are filled, nothing is replaced. */
export function absorb(target: CustomerDocument, visitor: CustomerDocument): Profile {
  const { name, email, attributes } = visitor;
  const gaps = (field: 'name' | 'email', value: string | null) =>
    target[field] === null && value !== null ? { [field]: value } : {};
  const added = Object.entries(attributes).filter(([key]) => !Object.hasOwn(target.attributes, key));
  const said = { ...gaps('name', name), ...gaps('email', email), attributes: Object.fromEntries(added) };
  const labels = [...new Set([...target.labels, ...visitor.labels])].slice(0, MOST_LABELS);
  return { ...hear(target, said, 'claimed'), labels };
}

/** The write that leads from one profile to the next with its event, or null when they are the same. */
export function changeTo(
  actor: Actor,
  current: CustomerDocument,
  next: Profile,
  besides: Partial<CustomerDocument> = {},
): Change<CustomerDocument> | null {
  const fields = differing(current, next);
  if (fields.length === 0) return Object.keys(besides).length === 0 ? null : { set: besides, events: [] };
  const { name, email, phone_number, external_id, claimed_id, attributes, labels, unverified } = next;
  const profile = { name, email, phone_number, external_id, claimed_id, attributes, labels, unverified };
  const themselves = actor.role === 'customer' || actor.role === 'visitor';
  const event = draft(actor, themselves ? 'customer.described' : 'customer.changed', {
    data: { id: current._id, rev: current.rev + 1, fields },
    subjects: [{ kind: PERSON, id: current._id }],
  });
  return { set: { ...besides, ...profile, words: searchWords(profile) }, events: [event] };
}

function differing(current: Profile, next: Profile): string[] {
  const simple = (['name', 'email', 'phone_number', 'external_id', 'claimed_id'] as const).filter(
    (field) => current[field] !== next[field],
  );
  const lists = (['labels', 'unverified'] as const).filter(
    (field) => current[field].join('\n') !== next[field].join('\n'),
  );
  const attributes = sameAttributes(current.attributes, next.attributes) ? [] : ['attributes'];
  return [...simple, ...lists, ...attributes];
}

function sameAttributes(one: Attributes, other: Attributes): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => one[key] === other[key]);
}
