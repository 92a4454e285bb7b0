import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { systemClock, type Clock } from './clock.js';
import { DemoSeeds } from './demo-seeds.js';
import { Deliveries } from './deliveries/deliveries.js';
import { deliverySchema, type Delivery } from './deliveries/delivery.schema.js';
import { Bus } from './events/bus.js';
import { DeadLetters, deadLetterSchema, type DeadLetter } from './events/dead-letters.js';
import { Relay } from './events/relay.js';
import { Sweep } from './events/sweep.js';
import { TenantCollections } from './events/tenant-collections.js';
import { Files } from './files/files.js';
import { Journal } from './journal/journal.js';
import { JournalReader } from './journal/journal.reader.js';
import { defaultRetention, JournalRetention, type RetentionRules } from './journal/journal.retention.js';
import { JOURNAL, journalSchema, journalTrimSchema } from './journal/journal.schema.js';
import type { Logger } from './logging.js';
import { Metrics } from './metrics.js';
import { Collections } from './mongo/collections.js';
import { Database } from './mongo/connection.js';
import { BackgroundWork, PodLife } from './pod-life.js';
import { Timers } from './timers/timers.js';
import { BACKGROUND, CLOCK, LOGGER, POD } from './tokens.js';

export interface PlatformOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Tells pods apart in logs and leases; drawn at random by main.ts. */
  readonly pod: string;
  readonly clock?: Clock;
  readonly retention?: RetentionRules;
  /** Tests of one part run the loops by hand. */
  readonly background?: boolean;
}

/** The technical floor in one module: it knows no feature, and every feature may use what it exports. */
@Module({})
export class PlatformModule {
  static forRoot(options: PlatformOptions): DynamicModule {
    const { database, logger, pod, clock = systemClock, retention = defaultRetention } = options;
    const collections = new Collections(database);
    const journalModel = collections.model(JOURNAL, journalSchema);
    const trims = collections.model('journal_trims', journalTrimSchema);
    const letters = collections.model<DeadLetter>('dead_letters', deadLetterSchema);
    const deliveries = collections.model<Delivery>('deliveries', deliverySchema);
    const provided = [
      { provide: CLOCK, useValue: clock },
      { provide: LOGGER, useValue: logger },
      { provide: POD, useValue: pod },
      { provide: Database, useValue: database },
      { provide: Collections, useValue: collections },
      { provide: Metrics, useValue: new Metrics() },
      { provide: DemoSeeds, useValue: new DemoSeeds() },
      { provide: Files, useValue: new Files(collections, clock) },
      { provide: Timers, useValue: new Timers(clock, logger) },
      { provide: JournalReader, useValue: new JournalReader(journalModel) },
      Bus,
      {
        provide: Journal,
        inject: [Metrics],
        useFactory: (metrics: Metrics) => new Journal(journalModel, trims, clock, metrics, logger, pod),
      },
      {
        provide: DeadLetters,
        inject: [Bus, Journal, Metrics],
        useFactory: (bus: Bus, journal: Journal, metrics: Metrics) =>
          new DeadLetters(letters, bus, journal, clock, metrics, logger),
      },
      {
        provide: Relay,
        inject: [Bus, Journal, DeadLetters, Metrics],
        useFactory: (bus: Bus, journal: Journal, dead: DeadLetters, metrics: Metrics) =>
          new Relay({ bus, journal, deadLetters: dead, clock, metrics, logger, pod }),
      },
      {
        provide: Sweep,
        inject: [Relay, Metrics],
        useFactory: (relay: Relay, metrics: Metrics) => new Sweep(relay, metrics),
      },
      {
        provide: TenantCollections,
        inject: [Relay, Sweep],
        useFactory: (relay: Relay, sweep: Sweep) => new TenantCollections(collections, relay, sweep, clock),
      },
      {
        provide: Deliveries,
        inject: [Metrics],
        useFactory: (metrics: Metrics) => new Deliveries({ model: deliveries, clock, metrics, logger, pod }),
      },
      {
        provide: JournalRetention,
        inject: [Sweep],
        useFactory: (sweep: Sweep) =>
          new JournalRetention(
            collections.patient(JOURNAL, journalSchema),
            collections.patient('journal_trims', journalTrimSchema),
            clock,
            (before) => sweep.businessesPendingSince(before),
            retention,
          ),
      },
    ];
    return {
      module: PlatformModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        ...provided,
        { provide: BACKGROUND, useValue: options.background ?? true },
        BackgroundWork,
        PodLife,
      ],
      exports: provided.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    };
  }
}
