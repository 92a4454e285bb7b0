import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Deliveries } from './deliveries/deliveries.js';
import { DeadLetters } from './events/dead-letters.js';
import { Relay } from './events/relay.js';
import { Sweep } from './events/sweep.js';
import { isOn } from './faults.js';
import { JournalRetention } from './journal/journal.retention.js';
import type { Logger } from './logging.js';
import { Loops } from './loops.js';
import { Metrics } from './metrics.js';
import { Collections } from './mongo/collections.js';
import { onDatabaseFailure } from './mongo/deadline.js';
import { Timers } from './timers/timers.js';
import { BACKGROUND, LOGGER } from './tokens.js';

const SECOND = 1_000;
const HOUR = 3_600_000;

/** What the loops call, in one bundle. */
@Injectable()
export class BackgroundWork {
  constructor(
    readonly deadLetters: DeadLetters,
    readonly timers: Timers,
    readonly deliveries: Deliveries,
    readonly retention: JournalRetention,
    readonly metrics: Metrics,
  ) {}
}

/** Starts a pod's background work when every index exists, and lets it finish when the pod leaves. */
@Injectable()
export class PodLife implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loops: Loops;
  private stopCounting = (): void => undefined;

  constructor(
    @Inject(LOGGER) logger: Logger,
    @Inject(BACKGROUND) private readonly background: boolean,
    private readonly collections: Collections,
    private readonly sweep: Sweep,
    private readonly work: BackgroundWork,
    private readonly relay: Relay,
  ) {
    this.loops = new Loops(logger);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.stopCounting = onDatabaseFailure(() => this.work.metrics.databaseFailures.inc());
    await this.collections.ensureIndexes();
    if (!this.background) return;
    const { deadLetters, timers, deliveries, retention } = this.work;
    if (isOn('sweep')) this.loops.every(SECOND, 'sweep', () => this.sweep.run());
    this.loops.every(SECOND, 'dead letters', async () => {
      await deadLetters.retryDue();
      await deadLetters.countWaiting();
    });
    this.loops.every(SECOND, 'timers', () => timers.run());
    this.loops.every(SECOND, 'deliveries', () => deliveries.begin());
    this.loops.every(HOUR, 'journal retention', () => retention.run());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loops.stop();
    await this.work.deliveries.idle();
    await this.relay.idle();
    this.stopCounting();
  }
}
