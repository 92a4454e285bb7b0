import { Redis } from 'ioredis';
import type { Logger } from '../logging.js';

/** A command that is not answered in this time counts as refused: a stopped Redis must not hold up a request. */
const ANSWER_MS = 500;
const LOOK_MS = 1_000;

/**
 * One connection for short commands. It never queues, never throws out of the blue and comes back by itself. After one
 * unanswered command it counts as away until a ping is answered again, so that an outage costs one wait and not one each.
 */
export class RedisConnection {
  readonly client: Redis;
  private answering = false;
  private readonly look: NodeJS.Timeout;

  constructor(
    url: string,
    private readonly logger: Logger,
  ) {
    this.client = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: ANSWER_MS,
      connectTimeout: 2_000,
      retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    });
    // Unheard, an error event would end the process; what it says is said by `hear`.
    this.client.on('error', () => undefined);
    this.client.on('ready', () => this.hear(true));
    this.client.on('close', () => this.hear(false));
    this.look = setInterval(() => void this.ping(), LOOK_MS);
    this.look.unref();
  }

  /** Whether it answered when it was last asked. */
  get answers(): boolean {
    return this.answering;
  }

  /** Somebody waited in vain: nobody else should, until a ping is answered. */
  suspect(): void {
    this.hear(false);
  }

  /** Resolves when the first connection stands, or after `patienceMs` without one: a pod starts without Redis too. */
  async settled(patienceMs: number): Promise<void> {
    if (this.answering) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.client.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  close(): void {
    clearInterval(this.look);
    this.client.removeAllListeners('close');
    this.client.disconnect();
  }

  private async ping(): Promise<void> {
    if (this.client.status !== 'ready') return;
    try {
      await this.client.ping();
      this.hear(true);
    } catch {
      this.hear(false);
    }
  }

  private hear(answers: boolean): void {
    if (answers === this.answering) return;
    this.answering = answers;
    if (answers) this.logger.info('Redis answers');
    else this.logger.warn('Redis does not answer: this pod goes on alone');
  }
}
