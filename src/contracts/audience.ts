/**
 * Who may see an event, fixed at the write and stored with it. A connection holds the principals of its own
 * token; live delivery, resume and REST all compare the same two sets.
 */

/** Every right that a role can hold: roles.ts says which one does. `staff:<permission>` addresses with them. */
export const permissions = [
  'business.read',
  'business.update',
  'business.delete',
  'team.read',
  'team.manage',
  'keys.manage',
  'customers.read',
  'customers.manage',
  'customers.erase',
  'chats.read',
  'chats.write',
  'tickets.read',
  'tickets.manage',
  'billing.read',
  'billing.manage',
  'analytics.read',
  'automation.manage',
  'webhooks.manage',
  'events.write',
  'audit.read',
  'realtime.read',
  'operations.read',
  'operations.manage',
] as const;
export type Permission = (typeof permissions)[number];

export type Principal =
  /** All staff of the business. */
  | 'staff'
  /** Staff whose role holds the permission: the same answer as the REST read gives. */
  | `staff:${Permission}`
  /** Staff who have this type of notification switched on. */
  | `notify:${string}`
  /** One person: customers and visitors are users too. */
  | `user:${string}`
  /** Journalled for the hubs of the pods, sent to no client. */
  | 'pods';

/** At most 200 principals; none at all means that the event stays in the process. */
export type Audience = readonly Principal[];

export const MAX_PRINCIPALS = 200;

/** Stays in the process: listeners run, the journal does not hold it. */
export const nobody: Audience = Object.freeze([]);

export function isPrincipal(text: string): text is Principal {
  if (text === 'staff' || text === 'pods') return true;
  const [kind, rest] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  if (kind === 'staff') return (permissions as readonly string[]).includes(rest);
  return (kind === 'notify' || kind === 'user') && rest.length > 0 && rest.length <= 128;
}
