import type { EventActor } from '../contracts/events.js';

/**
 * Who acts, in which business: the first argument of every service and repository call, so that the business can
 * never be forgotten and never comes from a body, a query or a header.
 */
export interface Actor extends EventActor {
  readonly business: string;
  /** An integrator's key may do exactly this, whatever its business may. */
  readonly scopes?: readonly string[];
  /** The sign-in that staff act in; keys, customers and the house have none. */
  readonly session?: string;
}

/** The house itself: sweeps, listeners, seeds. */
export function systemActor(business: string, id = 'system'): Actor {
  return { business, id, role: 'system', ip: null };
}
