import type { DiscoveryService } from '@nestjs/core';
import { MetadataScanner } from '@nestjs/core';
import { pino } from 'pino';
import type { Clock } from '../../src/platform/clock.js';
import { Bus } from '../../src/platform/events/bus.js';
import { DeadLetters, deadLetterSchema, type DeadLetter } from '../../src/platform/events/dead-letters.js';
import { Relay } from '../../src/platform/events/relay.js';
import { Sweep } from '../../src/platform/events/sweep.js';
import { TenantCollections } from '../../src/platform/events/tenant-collections.js';
import { Journal } from '../../src/platform/journal/journal.js';
import { JournalReader } from '../../src/platform/journal/journal.reader.js';
import {
  JOURNAL,
  journalSchema,
  journalTrimSchema,
  type JournalChunk,
} from '../../src/platform/journal/journal.schema.js';
import { Metrics } from '../../src/platform/metrics.js';
import { Collections } from '../../src/platform/mongo/collections.js';
import type { Database } from '../../src/platform/mongo/connection.js';
import { itemListeners, itemReactionSchema, itemSchema, Items, itemViewSchema, type Item } from './items.js';

/** A clock that a test can move: what it says runs on by itself. */
export class MovableClock implements Clock {
  private ahead = 0;

  advance(milliseconds: number): void {
    this.ahead += milliseconds;
  }
  now(): Date {
    return new Date(performance.timeOrigin + performance.now() + this.ahead);
  }
  monotonic(): number {
    return performance.now() + this.ahead;
  }
}

const noProviders = { getProviders: () => [] } as unknown as DiscoveryService;

/** One pod's write path without Nest, so that a test can have many of them, crash them and look inside. */
export function buildPod(database: Database, name: string, clock: Clock = new MovableClock()) {
  const logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const metrics = new Metrics();
  const collections = new Collections(database);
  const journalModel = collections.model<JournalChunk>(JOURNAL, journalSchema);
  const trims = collections.model('journal_trims', journalTrimSchema);
  const letters = collections.model<DeadLetter>('dead_letters', deadLetterSchema);
  const bus = new Bus(noProviders, new MetadataScanner());
  const journal = new Journal(journalModel, trims, clock, metrics, logger, name);
  const deadLetters = new DeadLetters(letters, bus, journal, clock, metrics, logger);
  const relay = new Relay({ bus, journal, deadLetters, clock, metrics, logger, pod: name });
  const sweep = new Sweep(relay, metrics);
  const tenants = new TenantCollections(collections, relay, sweep, clock);
  const items = new Items(tenants.tenant<Item>('items', itemSchema));
  const views = collections.model('item_views', itemViewSchema);
  const reactions = collections.model('item_reactions', itemReactionSchema);
  for (const listener of itemListeners(views, reactions)) bus.subscribe(['data.changed'], listener);
  return {
    name,
    clock,
    bus,
    journal,
    journalModel,
    trims,
    letters,
    reader: new JournalReader(journalModel),
    deadLetters,
    relay,
    sweep,
    tenants,
    items,
    views,
    reactions,
    collections,
    metrics,
  };
}
export type Pod = ReturnType<typeof buildPod>;
