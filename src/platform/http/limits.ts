/**
 * Every rate limit by name: how many in how many seconds, counted for whom. `address` and `actor` count each request;
 * the others count the routes or attempts that name them. The settings multiply them (RATE_LIMITS).
 */
export const limits = {
  address: { points: 1_200, seconds: 60 },
  actor: { points: 1_200, seconds: 60 },
  login: { points: 20, seconds: 60 },
  register: { points: 20, seconds: 3_600 },
  'visitor-token': { points: 60, seconds: 60 },
  'password-reset': { points: 10, seconds: 3_600 },
  expensive: { points: 30, seconds: 60 },
} as const satisfies Record<string, Limit>;

export interface Limit {
  readonly points: number;
  readonly seconds: number;
}
export type LimitName = keyof typeof limits;
