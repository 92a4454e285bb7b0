import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../clock.js';
import { Database } from '../mongo/connection.js';
import { RedisConnection } from '../redis/connection.js';
import { CLOCK, POD } from '../tokens.js';
import { PodState } from './pod-state.js';

const PING_MS = 1_000;

/** How this pod is. Asked by balancers, often and by several at once: one ping serves them all. */
@Injectable()
export class Health {
  private readonly since: number;
  private ping: Promise<boolean> | undefined;

  constructor(
    private readonly database: Database,
    private readonly state: PodState,
    @Inject(RedisConnection) private readonly redis: RedisConnection | null,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(POD) private readonly pod: string,
  ) {
    this.since = clock.monotonic();
  }

  async look() {
    const database = await this.databaseAnswers();
    const redis = this.redis === null ? 'none' : this.redis.answers ? 'ok' : 'away';
    const takesRequests = database && !this.state.leaving;
    const status = !takesRequests ? 'unavailable' : redis === 'away' ? 'degraded' : 'ok';
    const details = {
      database: database ? 'ok' : 'away',
      redis,
      leaving: this.state.leaving,
      pod: this.pod,
      uptime_seconds: Math.floor((this.clock.monotonic() - this.since) / 1000),
    } as const;
    return { status, details } as const;
  }

  private databaseAnswers(): Promise<boolean> {
    this.ping ??= within(PING_MS, this.database.answers()).finally(() => {
      this.ping = undefined;
    });
    return this.ping;
  }
}

async function within(milliseconds: number, answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
