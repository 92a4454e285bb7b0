import { isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { Response } from 'express';
import type { Settings } from '../../config/env.js';
import { DomainError } from '../../contracts/errors.js';
import { Metrics } from '../metrics.js';
import type { Count, Counters, Limit } from '../redis/counters.js';
import { COUNTERS, SETTINGS } from '../tokens.js';
import { limits, type LimitName } from './limits.js';

/**
 * How often somebody may do something, over all pods. Routes name a limit in their definition; a service that counts
 * only failures (bad logins) asks `refuseAbove` first and calls `count` afterwards.
 */
@Injectable()
export class RateLimits {
  private readonly refused: Counter<'limit'>;

  constructor(
    @Inject(COUNTERS) private readonly counters: Counters,
    @Inject(SETTINGS) private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.refused = new Counter({
      name: 'deskwire_rate_limited_total',
      help: 'Requests that were refused because there were too many.',
      labelNames: ['limit'],
      registers: [metrics.registry],
    });
  }

  /** Counts one and refuses the one too many. Shows the state in the headers of `response`. */
  async take(name: LimitName, key: string, response?: Response): Promise<void> {
    const limit = this.limit(name);
    this.judge(name, limit, await this.counters.take(name, limit, key), response);
  }

  /** Counts one of something that has already happened. */
  async count(name: LimitName, key: string): Promise<void> {
    await this.counters.take(name, this.limit(name), key);
  }

  /** Refuses when nothing more may be counted; counts nothing. */
  async refuseAbove(name: LimitName, key: string): Promise<void> {
    const limit = this.limit(name);
    this.judge(name, limit, await this.counters.look(name, limit, key));
  }

  private judge(name: LimitName, limit: Limit, count: Count, response?: Response): void {
    if (response !== undefined) show(response, limit, count);
    if (count.allowed) return;
    this.refused.inc({ limit: name });
    throw new DomainError('rate_limited', undefined, { retry_after: inSeconds(count.resetMs) });
  }

  private limit(name: LimitName): Limit {
    const { points, seconds } = limits[name];
    return { points: points * this.settings.rateLimitFactor, seconds };
  }
}

/** Of several limits on one request the tightest is shown. */
function show(response: Response, { points }: Limit, { remaining, resetMs }: Count): void {
  const shown = response.getHeader('RateLimit-Remaining');
  if (shown !== undefined && Number(shown) <= remaining) return;
  response.setHeader('RateLimit-Limit', points);
  response.setHeader('RateLimit-Remaining', remaining);
  response.setHeader('RateLimit-Reset', inSeconds(resetMs));
}

function inSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

/** Under whom an address is counted: an IPv6 caller has its whole /64, so single addresses mean nothing there. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind.length;
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...behind];
  return `${all
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
