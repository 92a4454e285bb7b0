import { z } from 'zod';
import { nobody, type Audience } from './audience.js';

/**
 * THE catalogue: every event once. Emitting, listening, sending and the browser's `socket.on` are checked by the
 * compiler against it. `data` is exactly what leaves the process: it is parsed by this strict schema before the
 * write and never again, since an older pod would refuse a field that a newer one added.
 */
interface Definition<Data extends z.ZodType, Rule extends AudienceRule> {
  /** The published name on Socket.IO and SSE; null for an event that no client may see. */
  readonly wire: string | null;
  readonly data: Data;
  /** Who gets it: fixed here, or `given` with each emit. */
  readonly audience: Rule;
  /** Severity of the audit entry that it becomes, or false. */
  readonly audited: Severity | false;
}
export type AudienceRule = Audience | 'given';
export type Severity = 'info' | 'success' | 'warning' | 'critical';

/** At most this many bytes of JSON in `data`. */
export const MAX_EVENT_BYTES = 32 * 1024;

const id = z.string().min(1).max(64);
const scalar = z.union([z.string().max(500), z.number(), z.boolean(), z.null()]);
const change = z.strictObject({
  old: z.union([scalar, z.array(scalar).max(100)]),
  new: z.union([scalar, z.array(scalar).max(100)]),
});

function define<Data extends z.ZodType, const Rule extends AudienceRule>(
  definition: Definition<Data, Rule>,
): Definition<Data, Rule> {
  return definition;
}

export const catalogue = {
  'business.created': define({
    wire: null,
    audience: nobody,
    audited: 'info',
    data: z.strictObject({ id, name: z.string() }),
  }),
  'business.changed': define({
    wire: null,
    audience: nobody,
    audited: 'info',
    data: z.strictObject({ id, rev: z.int(), changes: z.record(z.string(), change) }),
  }),
  /** Whether it works: hubs end what must not go on. `business.changed` beside it is for the history and the audit. */
  'business.state-changed': define({
    wire: null,
    audience: ['pods'],
    audited: false,
    data: z.strictObject({ id, rev: z.int(), state: z.enum(['active', 'suspended', 'deleting', 'deleted']) }),
  }),
  /** A business with its owner; what every new business is to have is seeded on it. */
  'business.registered': define({
    wire: null,
    audience: nobody,
    audited: 'info',
    data: z.strictObject({ id, name: z.string(), owner: id }),
  }),
  'user.joined': define({
    wire: null,
    audience: nobody,
    audited: 'info',
    data: z.strictObject({ id, role: z.string(), invite: id.nullable() }),
  }),
  /** Somebody's place in the team, as decided; `user.changed` follows when it is in force. */
  'team.changed': define({
    wire: null,
    audience: nobody,
    audited: 'warning',
    data: z.strictObject({
      user: id,
      rev: z.int(),
      role: z.string(),
      state: z.enum(['active', 'disabled', 'removed']),
      changes: z.record(z.string(), change),
    }),
  }),
  /** What the user's open tokens say may be wrong from now on: hubs close those below `version`. */
  'user.changed': define({
    wire: null,
    audience: ['pods'],
    audited: false,
    data: z.strictObject({
      id,
      rev: z.int(),
      version: z.int(),
      role: z.string(),
      cause: z.enum(['role', 'disabled', 'enabled', 'removed', 'password', 'profile']),
    }),
  }),
  'user.password-changed': define({
    wire: null,
    audience: nobody,
    audited: 'warning',
    data: z.strictObject({ id, how: z.enum(['changed', 'reset']) }),
  }),
  /** `nonce` is no secret: the link in the mail is made from it with the key of the service. */
  'user.reset-requested': define({
    wire: null,
    audience: nobody,
    audited: 'info',
    data: z.strictObject({ id, nonce: z.string(), expires_at: z.iso.datetime() }),
  }),
  'session.started': define({
    wire: null,
    audience: nobody,
    audited: 'info',
    data: z.strictObject({ id, user: id }),
  }),
  'session.ended': define({
    wire: null,
    audience: ['pods'],
    audited: 'info',
    data: z.strictObject({ id, user: id, cause: z.enum(['logout', 'reuse']) }),
  }),
  /** A refresh token was used twice: somebody else has had it. */
  'session.reuse-revealed': define({
    wire: null,
    audience: nobody,
    audited: 'critical',
    data: z.strictObject({ id, user: id }),
  }),
  'invite.changed': define({
    wire: null,
    audience: nobody,
    audited: 'info',
    data: z.strictObject({ id, rev: z.int(), role: z.string(), state: z.string() }),
  }),
  'key.created': define({
    wire: null,
    audience: nobody,
    audited: 'warning',
    data: z.strictObject({ id, name: z.string(), scopes: z.array(z.string()) }),
  }),
  'key.revoked': define({
    wire: null,
    audience: ['pods'],
    audited: 'warning',
    data: z.strictObject({ id, rev: z.int(), name: z.string() }),
  }),
  /**
   * Customers. The audit and the journal outlive an erasure, so these name fields and never hold what is in them, nor
   * the keys of attributes.
   * No client is sent them: `data.changed` behind them is for the lists. A visitor's first page view is no event.
   */
  'customer.created': define({
    wire: null,
    audience: ['staff:customers.read'],
    audited: 'info',
    data: z.strictObject({ id, rev: z.int() }),
  }),
  'customer.changed': define({
    wire: null,
    audience: ['staff:customers.read'],
    audited: 'info',
    data: z.strictObject({ id, rev: z.int(), fields: z.array(z.string().max(40)).max(20) }),
  }),
  /** What people, or their browsers, say of themselves: it may come with each page view, so it is not audited. */
  'customer.described': define({
    wire: null,
    audience: ['staff:customers.read'],
    audited: false,
    data: z.strictObject({ id, rev: z.int(), fields: z.array(z.string().max(40)).max(20) }),
  }),
  /** A visitor turned out to be a known customer: whatever is kept under `id` belongs to `into` from now on. */
  'customer.merged': define({
    wire: null,
    audience: ['staff:customers.read', 'pods'],
    audited: 'info',
    data: z.strictObject({ id, rev: z.int(), into: id }),
  }),
  'customer.exported': define({
    wire: null,
    audience: nobody,
    audited: 'warning',
    data: z.strictObject({ id, rev: z.int() }),
  }),
  'customer.erased': define({
    wire: null,
    audience: ['staff:customers.read', 'pods'],
    audited: 'warning',
    data: z.strictObject({ id, rev: z.int() }),
  }),
  /** Any write that moves a number or a list on a page; returned by listeners only, read after the write. */
  'data.changed': define({
    wire: 'data_change',
    audience: 'given',
    audited: false,
    data: z.strictObject({
      resource: z.string().max(40),
      id,
      action: z.enum(['created', 'updated', 'deleted']),
      rev: z.int().optional(),
    }),
  }),
  /** What stays in place of an event that told of a person who was erased: its number. */
  'journal.event-erased': define({
    wire: null,
    audience: ['pods'],
    audited: false,
    data: z.strictObject({}),
  }),
  /** After a restore: cursors from before it lead nowhere. */
  'journal.epoch-started': define({
    wire: null,
    audience: ['pods'],
    audited: 'warning',
    data: z.strictObject({ previous: z.string().nullable() }),
  }),
} as const;

export type EventName = keyof typeof catalogue;
export type EventData<N extends EventName> = z.infer<(typeof catalogue)[N]['data']>;
export type EventsWithGivenAudience = {
  [N in EventName]: (typeof catalogue)[N]['audience'] extends 'given' ? N : never;
}[EventName];

/** Events that a listener may return to the clients: they have a wire name and are built after the write. */
export type ReturnedEventName = 'data.changed';

/**
 * Events whose data are ids, numbers and words of ours, nothing that a person said or is called. An erasure leaves
 * them where they are, so that whoever was away still hears that a customer is gone.
 */
export const impersonalEvents: readonly EventName[] = [
  'customer.created',
  'customer.changed',
  'customer.described',
  'customer.merged',
  'customer.exported',
  'customer.erased',
  'data.changed',
];

export function isEventName(name: string): name is EventName {
  return Object.hasOwn(catalogue, name);
}

export interface EventActor {
  readonly id: string;
  readonly role: string;
  readonly ip: string | null;
}

/**
 * The kind of a subject who is a person that the business serves. An event that tells something of one names it so:
 * that is how an export and an erasure find it, wherever it lies.
 */
export const PERSON = 'customer';

export interface Subject {
  readonly kind: string;
  readonly id: string;
}

/** What listeners get. Only `data` reaches a client, with `_meta { id, seq, at, cursor }` beside it. */
export interface DomainEvent<N extends EventName = EventName> {
  readonly id: string;
  readonly name: N;
  readonly business: string;
  readonly at: Date;
  readonly actor: EventActor;
  readonly subjects: readonly Subject[];
  readonly audience: Audience;
  readonly data: EventData<N>;
}
