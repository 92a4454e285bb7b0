import type { Limit } from '../redis/counters.js';

/**
 * Every rate limit by name: how many in how many seconds. `address` and `actor` count each request, the others those
 * routes and attempts that name them. RATE_LIMIT_FACTOR multiplies them all.
 */
export const limits = {
  address: { points: 1_200, seconds: 60 },
  actor: { points: 1_200, seconds: 60 },
  /** Bad logins. */
  login: { points: 20, seconds: 60 },
  register: { points: 20, seconds: 3_600 },
  'visitor-token': { points: 60, seconds: 60 },
  /** Visitor tokens of one business, whatever addresses they are asked from. */
  'widget-key': { points: 3_000, seconds: 60 },
  'password-reset': { points: 10, seconds: 3_600 },
  /** Exports and searches through much. */
  expensive: { points: 30, seconds: 60 },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;
