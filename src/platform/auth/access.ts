import type { Permission } from '../../contracts/audience.js';
import type { Actor } from '../actor.js';

/**
 * Who may call a route. `public`: anybody; `signed-in`: any staff, integrators included; `customer`: a customer or a
 * visitor; else whoever `can()` do this.
 */
export type Access = Permission | 'public' | 'signed-in' | 'customer';

/** The metadata key under which a route's handler carries its `Access`. A route without it stops the start. */
export const ACCESS = 'deskwire:access';

/** Set on a route that writes and still works in a suspended business, which is read-only: resuming it, for one. */
export const WHILE_SUSPENDED = 'deskwire:while-suspended';

/** What the guard leaves with a request for those behind it. */
export interface AuthenticatedRequest {
  actor?: Actor;
}
