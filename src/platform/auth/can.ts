import type { Permission } from '../../contracts/audience.js';
import { rolePermissions, scopeOf } from '../../contracts/roles.js';

/** What `can` needs to know of an actor. */
export interface Holder {
  readonly role: string;
  readonly scopes?: readonly string[];
}

/**
 * The one decision, for HTTP and sockets alike. Refuses by default: an unknown role or permission holds nothing, and
 * an integrator has what its key was given and nothing of its own.
 */
export function can(actor: Holder, permission: Permission): boolean {
  if (actor.role === 'integrator') return actor.scopes?.includes(scopeOf(permission)) ?? false;
  if (!Object.hasOwn(rolePermissions, actor.role)) return false;
  return rolePermissions[actor.role as keyof typeof rolePermissions].has(permission);
}
