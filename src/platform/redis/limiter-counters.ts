import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Count, Counters, Limit } from './counters.js';

/** Counts with one limiter of rate-limiter-flexible per name and limit, wherever that keeps its numbers. */
export class LimiterCounters implements Counters {
  private readonly limiters = new Map<string, RateLimiterAbstract>();

  constructor(private readonly make: (name: string, limit: Limit) => RateLimiterAbstract) {}

  async take(name: string, limit: Limit, key: string, amount = 1): Promise<Count> {
    try {
      return toCount(limit, await this.limiter(name, limit).consume(key, amount));
    } catch (refusal) {
      // The library throws its result when the limit is passed, and an Error when its store fails.
      if (refusal instanceof RateLimiterRes) return { ...toCount(limit, refusal), allowed: false };
      throw refusal;
    }
  }

  async look(name: string, limit: Limit, key: string): Promise<Count> {
    const state = await this.limiter(name, limit).get(key);
    if (state === null) return { allowed: true, remaining: limit.points, resetMs: 0 };
    const count = toCount(limit, state);
    return { ...count, allowed: count.remaining > 0 };
  }

  async forget(name: string, limit: Limit, key: string): Promise<void> {
    await this.limiter(name, limit).delete(key);
  }

  private limiter(name: string, limit: Limit): RateLimiterAbstract {
    const id = `${name} ${limit.points} ${limit.seconds}`;
    const known = this.limiters.get(id);
    if (known !== undefined) return known;
    const made = this.make(name, limit);
    this.limiters.set(id, made);
    return made;
  }
}

function toCount({ points }: Limit, { consumedPoints, msBeforeNext }: RateLimiterRes): Count {
  const remaining = Math.max(0, points - consumedPoints);
  return { allowed: consumedPoints <= points, remaining, resetMs: Math.max(0, msBeforeNext) };
}
