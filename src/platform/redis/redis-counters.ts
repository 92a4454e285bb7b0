import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisConnection } from './connection.js';
import type { Count, Counters, Limit } from './counters.js';
import { LimiterCounters } from './limiter-counters.js';

/** Counts of this process. */
export function memoryCounters(): Counters {
  return new LimiterCounters(
    (name, { points, seconds }) => new RateLimiterMemory({ keyPrefix: name, points, duration: seconds }),
  );
}

/** Counts shared by all pods. While Redis is away each pod counts for itself: too lenient is better than closed. */
export class RedisCounters implements Counters {
  private readonly alone = memoryCounters();
  private readonly shared: Counters;

  constructor(private readonly connection: RedisConnection) {
    this.shared = new LimiterCounters(
      (name, { points, seconds }) =>
        new RateLimiterRedis({
          storeClient: connection.client,
          keyPrefix: `deskwire:limit:${name}`,
          points,
          duration: seconds,
        }),
    );
  }

  take(name: string, limit: Limit, key: string, amount = 1): Promise<Count> {
    return this.either((counters) => counters.take(name, limit, key, amount));
  }

  look(name: string, limit: Limit, key: string): Promise<Count> {
    return this.either((counters) => counters.look(name, limit, key));
  }

  forget(name: string, limit: Limit, key: string): Promise<void> {
    return this.either((counters) => counters.forget(name, limit, key));
  }

  private async either<T>(work: (counters: Counters) => Promise<T>): Promise<T> {
    if (!this.connection.answers) return work(this.alone);
    try {
      return await work(this.shared);
    } catch {
      this.connection.suspect();
      return work(this.alone);
    }
  }
}
