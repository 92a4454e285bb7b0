import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { Settings } from '../../config/env.js';
import { DomainError } from '../../contracts/errors.js';
import type { Clock } from '../clock.js';
import type { Logger } from '../logging.js';
import { Metrics } from '../metrics.js';
import { CLOCK, LOGGER, SETTINGS } from '../tokens.js';

/** What the businesses allow beside the settings; the business module registers one. */
export interface OriginLists {
  /** Whether any business allows it: all that can be known before somebody says which business is meant. */
  isAllowedSomewhere(origin: string): Promise<boolean>;
  isAllowedBy(business: string, origin: string): Promise<boolean>;
}

const nowhere: OriginLists = {
  isAllowedSomewhere: async () => false,
  isAllowedBy: async () => false,
};
const FRESH_MS = 5_000;
const MOST_REMEMBERED = 1_000;

/**
 * Which web pages may call the service. A request without an Origin comes from no page and passes; CORS headers alone
 * protect nothing on a WebSocket, so REST, streams and sockets all ask here.
 */
@Injectable()
export class Origins {
  private readonly refused: Counter;
  private readonly fixed: ReadonlySet<string>;
  private readonly remembered = new Map<string, { readonly until: number; readonly allowed: boolean }>();
  private lists = nowhere;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    const own = settings.publicUrl === undefined ? [] : [new URL(settings.publicUrl).origin];
    this.fixed = new Set([...own, ...settings.allowedOrigins]);
    this.refused = new Counter({
      name: 'deskwire_origins_refused_total',
      help: 'Requests from web pages that nobody has allowed.',
      registers: [metrics.registry],
    });
  }

  use(lists: OriginLists): void {
    this.lists = lists;
  }

  /** At the door: refuses an origin that neither the settings nor any business allows. `host` is the request's own. */
  async admit(origin: string | undefined, host: string | undefined): Promise<void> {
    if (origin === undefined || this.isOurs(origin, host)) return;
    const allowed = await this.remember(` ${origin}`, () => this.lists.isAllowedSomewhere(origin));
    if (!allowed) this.refuse(origin);
  }

  /** Once the business is known: its own list decides. */
  async admitTo(business: string, origin: string | undefined, host: string | undefined): Promise<void> {
    if (origin === undefined || this.isOurs(origin, host)) return;
    const allowed = await this.remember(`${business} ${origin}`, () =>
      this.lists.isAllowedBy(business, origin),
    );
    if (!allowed) this.refuse(origin, business);
  }

  private isOurs(origin: string, host: string | undefined): boolean {
    if (this.fixed.has(origin)) return true;
    return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
  }

  private async remember(key: string, look: () => Promise<boolean>): Promise<boolean> {
    const now = this.clock.monotonic();
    const known = this.remembered.get(key);
    if (known !== undefined && known.until > now) return known.allowed;
    const allowed = await look();
    // Whoever sends a million origins empties the memory, and no more than that.
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(key, { until: now + FRESH_MS, allowed });
    return allowed;
  }

  private refuse(origin: string, business?: string): never {
    this.refused.inc();
    this.logger.warn({ origin: origin.slice(0, 200), business }, 'Origin refused');
    throw new DomainError('origin_not_allowed');
  }
}
