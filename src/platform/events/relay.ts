import { isEventName, type DomainEvent, type EventName } from '../../contracts/events.js';
import type { Clock } from '../clock.js';
import { crashPoint, isOn } from '../faults.js';
import type { Journal } from '../journal/journal.js';
import type { JournalEvent } from '../journal/journal.schema.js';
import type { Logger } from '../logging.js';
import type { Metrics } from '../metrics.js';
import { withoutDeadline } from '../mongo/deadline.js';
import { Turns } from '../turns.js';
import type { Bus, Listener } from './bus.js';
import { Clearing, type OutboxSource } from './clearing.js';
import type { DeadLetters } from './dead-letters.js';
import { ListenerLeftAlone } from './hung-listeners.js';
import { runListener, toJournalEvent, type Outcome } from './listener-runner.js';
import { toEvent, type OutboxEntry } from './outbox.js';
import { RecentIds } from './recent-ids.js';

/** A document with entries to relay, as its writer or a sweep saw it. */
export interface Handover {
  readonly source: OutboxSource;
  readonly id: string;
  readonly business: string;
  readonly rev: number;
  readonly entries: readonly OutboxEntry[];
}

interface Projected {
  /** What is to be cleared, */
  readonly handled: readonly KnownEntry[];
  /** what of it still has to meet its reactions, */
  readonly fresh: readonly KnownEntry[];
  readonly journalled: readonly JournalEvent[];
}
type KnownEntry = OutboxEntry & { name: EventName };

/** Beyond this, a handover is dropped: the entry lies safely in its document and the sweep brings it back. */
const MOST_DOCUMENTS = 10_000;
/** The database has to serve requests too: a backlog of the relay must not take all of its connections. */
const ROUNDS_AT_ONCE = 100;
/** Calls of one reaction, for the same reason. */
const REACTIONS_AT_ONCE = 20;

export interface RelayParts {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly pod: string;
}

/**
 * Brings the entries of a document to everybody: projections, then the journal, then reactions, then it removes
 * exactly what it handled. It can stop anywhere and be run again by any pod: the journal knows the ids, and
 * listeners write in repeatable shapes.
 */
export class Relay {
  private readonly chains = new Map<string, Promise<void>>();
  private readonly turns = new Turns(ROUNDS_AT_ONCE, MOST_DOCUMENTS);
  /** Each reaction has turns of its own: one that hangs must hold up neither the journal nor the others. */
  private readonly reactions = new Map<string, Turns>();
  /** Entries that this pod brought to everybody: to be cleared, not to be run again. */
  private readonly recent = new RecentIds(MOST_DOCUMENTS);
  private readonly clearing = new Clearing();

  readonly pod: string;

  constructor(private readonly parts: RelayParts) {
    this.pod = parts.pod;
  }

  /** Takes over a document; documents run side by side, the rounds of one document one after the other. */
  handOver(handover: Handover): void {
    if (handover.entries.length === 0 || this.chains.size >= MOST_DOCUMENTS) return;
    const key = keyOf(handover.source, handover.id);
    const since = this.parts.clock.monotonic();
    const round = (this.chains.get(key) ?? Promise.resolve())
      .then(() => withoutDeadline(() => this.relay(handover, since)))
      .catch((error: unknown) => {
        // Left where it is: the sweep of this pod or of another one takes it up again.
        this.parts.metrics.relayFailures.inc();
        this.parts.logger.warn(
          { err: error, collection: handover.source.name, id: handover.id },
          'Relay round failed',
        );
      })
      .finally(() => {
        if (this.chains.get(key) === round) this.chains.delete(key);
      });
    this.chains.set(key, round);
  }

  isWorkingOn(source: OutboxSource, id: string): boolean {
    return this.chains.has(keyOf(source, id));
  }

  /** Resolves when everything that was handed over has had its round. */
  async idle(): Promise<void> {
    while (this.chains.size > 0) await Promise.all(this.chains.values());
  }

  private async relay(handover: Handover, since: number): Promise<void> {
    const { handled, fresh } = await this.turns.take(() => this.journal(handover, since));
    for (const entry of fresh) {
      await this.react(toEvent(entry, handover.business));
      this.recent.add(entry.id);
    }
    await crashPoint('relay.before-clear', this.pod);
    if (handled.length > 0) {
      await this.clearing.clear(
        handover,
        handled.map((entry) => entry.id),
      );
    }
    await crashPoint('relay.after-clear', this.pod);
  }

  private async journal(handover: Handover, since: number): Promise<Projected> {
    await crashPoint('relay.before-projections', this.pod);
    const projected = await this.project(handover);
    await crashPoint('relay.after-projections', this.pod);
    if (projected.journalled.length > 0) {
      await this.parts.journal.append(handover.business, projected.journalled);
      this.parts.metrics.ackToJournal.observe((this.parts.clock.monotonic() - since) / 1000);
    }
    return projected;
  }

  /** Runs the projections of the entries in order and collects what is to be journalled behind them. */
  private async project(handover: Handover): Promise<Projected> {
    const handled: KnownEntry[] = [];
    const fresh: KnownEntry[] = [];
    const journalled: JournalEvent[] = [];
    for (const entry of handover.entries) {
      // Later entries wait behind an unknown name too: the order within a document is a promise.
      if (!isKnown(entry)) {
        if (isOn('unknown names wait')) break;
        continue;
      }
      // A change that was read before the last round cleared brings its entries along: once is enough.
      if (this.recent.has(entry.id)) {
        handled.push(entry);
        continue;
      }
      const event = toEvent(entry, handover.business);
      const returned = await this.projectOne(event);
      if (returned === 'away') break;
      handled.push(entry);
      fresh.push(entry);
      if (event.audience.length > 0) journalled.push(toJournalEvent(event));
      journalled.push(...returned);
    }
    return { handled, fresh, journalled };
  }

  private async projectOne(event: DomainEvent): Promise<JournalEvent[] | 'away'> {
    const journalled: JournalEvent[] = [];
    for (const listener of this.parts.bus.listenersOf(event.name, 'projection')) {
      const outcome = await this.call(listener, event);
      if (outcome.kind === 'away') return 'away';
      if (outcome.kind === 'failed') await this.parts.deadLetters.add(listener, event, outcome.error);
      else journalled.push(...outcome.returned);
    }
    return journalled;
  }

  private async react(event: DomainEvent): Promise<void> {
    for (const listener of this.parts.bus.listenersOf(event.name, 'reaction')) {
      const outcome = await this.turnsOf(listener).take(() => this.call(listener, event));
      if (outcome.kind !== 'done') await this.parts.deadLetters.add(listener, event, outcome.error);
      else if (outcome.returned.length > 0) await this.parts.journal.append(event.business, outcome.returned);
    }
  }

  private async call(listener: Listener, event: DomainEvent): Promise<Outcome> {
    return this.parts.deadLetters.leavesAlone(listener)
      ? { kind: 'failed', error: new ListenerLeftAlone() }
      : runListener(listener, event, this.parts.clock.now());
  }

  private turnsOf({ name }: Listener): Turns {
    const known = this.reactions.get(name);
    if (known !== undefined) return known;
    const turns = new Turns(REACTIONS_AT_ONCE, MOST_DOCUMENTS);
    this.reactions.set(name, turns);
    return turns;
  }
}

function isKnown(entry: OutboxEntry): entry is KnownEntry {
  return isEventName(entry.name);
}

function keyOf(source: OutboxSource, id: string): string {
  return `${source.name}/${id}`;
}
