import { permissions, type Permission } from './audience.js';

/** The roles of staff, rising: each may do whatever those before it may. */
export const staffRoles = ['viewer', 'agent', 'admin', 'owner'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** Everybody who acts. An integrator is a program with an API key; customers and visitors are never staff. */
export const roles = [...staffRoles, 'integrator', 'customer', 'visitor', 'system'] as const;
export type Role = (typeof roles)[number];

interface Grant {
  /** The least role of staff that holds it. */
  readonly from: StaffRole;
  /** Whether an API key can be given it, as a scope. */
  readonly key: boolean;
}

/**
 * THE table: who may do what. A permission without a line here does not compile, so nobody forgets to decide.
 * What would let a key outlive or outgrow whoever made it (keys, team, deletion, erasure) is never a scope.
 */
const grants = {
  'business.read': { from: 'viewer', key: true },
  'business.update': { from: 'admin', key: true },
  'business.delete': { from: 'owner', key: false },
  'team.read': { from: 'viewer', key: true },
  'team.manage': { from: 'admin', key: false },
  'keys.manage': { from: 'admin', key: false },
  'customers.read': { from: 'viewer', key: true },
  'customers.manage': { from: 'agent', key: true },
  'customers.erase': { from: 'admin', key: false },
  'chats.read': { from: 'viewer', key: true },
  'chats.write': { from: 'agent', key: true },
  'tickets.read': { from: 'viewer', key: true },
  'tickets.manage': { from: 'agent', key: true },
  'billing.read': { from: 'viewer', key: true },
  'billing.manage': { from: 'admin', key: true },
  'analytics.read': { from: 'viewer', key: true },
  'automation.manage': { from: 'admin', key: true },
  'webhooks.manage': { from: 'admin', key: true },
  'events.write': { from: 'admin', key: true },
  'audit.read': { from: 'admin', key: true },
  'realtime.read': { from: 'admin', key: true },
  'operations.read': { from: 'admin', key: false },
  'operations.manage': { from: 'admin', key: false },
} as const satisfies Record<Permission, Grant>;

type Grants = typeof grants;
type KeyPermission = { [P in Permission]: Grants[P]['key'] extends true ? P : never }[Permission];
/** What an API key may do is named as its permission is, with a colon: `events:write` is `events.write`. */
export type Scope = KeyPermission extends infer P
  ? P extends `${infer Thing}.${infer Verb}`
    ? `${Thing}:${Verb}`
    : never
  : never;

export function scopeOf(permission: Permission): string {
  return permission.replace('.', ':');
}

/** Every scope that a key can be given. */
export const scopes = permissions
  .filter((permission) => grants[permission].key)
  .map(scopeOf) as readonly string[] as readonly [Scope, ...Scope[]];

export function isStaffRole(role: string): role is StaffRole {
  return (staffRoles as readonly string[]).includes(role);
}

function holds(role: StaffRole, permission: Permission): boolean {
  return staffRoles.indexOf(role) >= staffRoles.indexOf(grants[permission].from);
}

/** What each role holds by itself: nothing for customers and visitors, its key's scopes alone for an integrator. */
export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(permissions.filter((permission) => holds('viewer', permission))),
  agent: new Set(permissions.filter((permission) => holds('agent', permission))),
  admin: new Set(permissions.filter((permission) => holds('admin', permission))),
  owner: new Set(permissions.filter((permission) => holds('owner', permission))),
  integrator: new Set(),
  customer: new Set(),
  visitor: new Set(),
  system: new Set(permissions),
};
