/** So many in so many seconds, from the first one on. */
export interface Limit {
  readonly points: number;
  readonly seconds: number;
}

export interface Count {
  readonly allowed: boolean;
  readonly remaining: number;
  /** When counting begins anew. */
  readonly resetMs: number;
}

/**
 * Counts that end by themselves, one per name and key. Shared by all pods with Redis, of this process without; both
 * behave the same (test/http/counters.ts), and neither ever fails or waits long.
 */
export interface Counters {
  /** Counts `amount` more, also beyond the limit, and says whether that was within it. */
  take(name: string, limit: Limit, key: string, amount?: number): Promise<Count>;
  /** Looks without counting: allowed while there is room for one more. */
  look(name: string, limit: Limit, key: string): Promise<Count>;
  /** Begins anew at once. */
  forget(name: string, limit: Limit, key: string): Promise<void>;
}
