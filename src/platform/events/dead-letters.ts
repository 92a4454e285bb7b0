import { Schema, type Model } from 'mongoose';
import { DomainError } from '../../contracts/errors.js';
import { catalogue, type DomainEvent } from '../../contracts/events.js';
import type { Actor } from '../actor.js';
import type { Clock } from '../clock.js';
import { isOn } from '../faults.js';
import type { Journal } from '../journal/journal.js';
import type { JournalEvent } from '../journal/journal.schema.js';
import type { Logger } from '../logging.js';
import type { Metrics } from '../metrics.js';
import { bounded } from '../mongo/deadline.js';
import { unscoped } from '../mongo/unscoped.js';
import type { Bus, Listener } from './bus.js';
import { HangingListener, HungListeners, ListenerLeftAlone } from './hung-listeners.js';
import { runListener } from './listener-runner.js';

/** A listener that failed with an event. It is retried alone and delays nobody. */
export interface DeadLetter {
  /** `<event id>/<listener>`: the same failure twice is one letter. */
  readonly _id: string;
  readonly business: string;
  readonly listener: string;
  readonly event: DomainEvent;
  readonly error: string;
  readonly attempts: number;
  readonly createdAt: Date;
  /** When it is tried again by itself; null once it has been tried too often and waits for a person. */
  readonly dueAt: Date | null;
}

export const deadLetterSchema = new Schema<DeadLetter>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    listener: { type: String, required: true },
    event: { type: Schema.Types.Mixed, required: true } as never,
    error: { type: String, required: true },
    attempts: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    dueAt: { type: Date, default: null },
  },
  { collection: 'dead_letters', versionKey: false, autoIndex: false },
);
deadLetterSchema.index({ business: 1, _id: 1 });
deadLetterSchema.index({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $type: 'date' } } });

const MOST_ATTEMPTS = 20;
/** Long enough for a reaction that hangs, so that two pods do not run it at once. */
const LEASE_MS = 15_000;

export class DeadLetters {
  private readonly hung: HungListeners;

  constructor(
    private readonly model: Model<DeadLetter>,
    private readonly bus: Bus,
    private readonly journal: Journal,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {
    this.hung = new HungListeners(clock);
  }

  /** True for a listener that hung lately: it is not called, and its events come here at once. */
  leavesAlone({ name }: Listener): boolean {
    return this.hung.has(name);
  }

  /** Resolves when the letter is stored; a rejection leaves the event in its outbox. */
  async add(listener: Listener, event: DomainEvent, error: unknown): Promise<void> {
    this.metrics.deadLetters.inc({ listener: listener.name });
    if (error instanceof HangingListener) this.hung.note(listener.name);
    // One that is left alone was reported when it hung; its events may be many.
    if (!(error instanceof ListenerLeftAlone))
      this.logger.error({ err: error, listener: listener.name, event: event.id }, 'Listener failed');
    if (!isOn('dead letters')) return;
    const now = this.clock.now();
    const letter = {
      business: event.business,
      listener: listener.name,
      event,
      attempts: 1,
      createdAt: now,
      dueAt: new Date(now.getTime() + backoff(1)),
    };
    await bounded((maxTimeMS) =>
      this.model
        .updateOne(
          { _id: `${event.id}/${listener.name}` },
          { $setOnInsert: letter, $set: { error: describe(error) } },
          { upsert: true },
        )
        .maxTimeMS(maxTimeMS),
    );
  }

  /**
   * Tries again what is due and belongs to a listener that this build has, each listener's letters one after the other.
   * Returns how many succeeded.
   */
  async retryDue(limit = 50): Promise<number> {
    const now = this.clock.now();
    const listeners = this.bus.listenerNames().filter((name) => !this.hung.has(name));
    const due = await bounded((maxTimeMS) =>
      unscoped(this.model, 'due documents')
        .find({ dueAt: { $lte: now, $type: 'date' }, listener: { $in: listeners } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .maxTimeMS(maxTimeMS)
        .lean<DeadLetter[]>(),
    );
    const succeeded = await Promise.all(
      listeners.map((name) => this.retry(due.filter(({ listener }) => listener === name))),
    );
    return succeeded.reduce((sum, one) => sum + one, 0);
  }

  private async retry(letters: readonly DeadLetter[]): Promise<number> {
    let succeeded = 0;
    for (const letter of letters) {
      if (this.hung.has(letter.listener)) break;
      if ((await this.claim(letter)) && (await this.attempt(letter))) succeeded += 1;
    }
    return succeeded;
  }

  private async claim({ _id, business, dueAt }: DeadLetter): Promise<boolean> {
    const lease = new Date(this.clock.now().getTime() + LEASE_MS);
    const { modifiedCount } = await bounded((maxTimeMS) =>
      this.model.updateOne({ _id, business, dueAt }, { $set: { dueAt: lease } }).maxTimeMS(maxTimeMS),
    );
    return modifiedCount === 1;
  }

  async list(actor: Actor, options: { after?: string; limit: number }): Promise<DeadLetter[]> {
    const filter = {
      business: actor.business,
      ...(options.after === undefined ? {} : { _id: { $gt: options.after } }),
    };
    return bounded((maxTimeMS) =>
      this.model.find(filter).sort({ _id: 1 }).limit(options.limit).maxTimeMS(maxTimeMS).lean<DeadLetter[]>(),
    );
  }

  /** Tries one again now, at a person's wish. True when it went through and is gone. */
  async replay(actor: Actor, id: string): Promise<boolean> {
    const letter = await bounded((maxTimeMS) =>
      this.model.findOne({ _id: id, business: actor.business }).maxTimeMS(maxTimeMS).lean<DeadLetter>(),
    );
    if (letter === null) throw new DomainError('not_found', 'There is no such dead letter.');
    return this.attempt(letter);
  }

  async countWaiting(): Promise<number> {
    const waiting = await bounded((maxTimeMS) =>
      unscoped(this.model, 'due documents').estimatedDocumentCount().maxTimeMS(maxTimeMS),
    );
    this.metrics.deadLettersWaiting.set(waiting);
    return waiting;
  }

  private async attempt(letter: DeadLetter): Promise<boolean> {
    const listener = this.bus.listener(letter.listener);
    if (listener === undefined) throw new DomainError('conflict', 'This build has no such listener.');
    const outcome = await runListener(listener, letter.event, this.clock.now());
    const now = this.clock.now();
    if (outcome.kind === 'done') {
      const late = listener.stage === 'projection' ? [lateProjection(letter.event, listener, now)] : [];
      const events = [...outcome.returned, ...late];
      if (events.length > 0) await this.journal.append(letter.business, events);
      await bounded((maxTimeMS) =>
        this.model.deleteOne({ _id: letter._id, business: letter.business }).maxTimeMS(maxTimeMS),
      );
      this.logger.info({ listener: letter.listener, event: letter.event.id }, 'Dead letter went through');
      return true;
    }
    if (outcome.error instanceof HangingListener) this.hung.note(listener.name);
    const attempts = letter.attempts + 1;
    const dueAt = attempts >= MOST_ATTEMPTS ? null : new Date(now.getTime() + backoff(attempts));
    await bounded((maxTimeMS) =>
      this.model
        .updateOne(
          { _id: letter._id, business: letter.business },
          { $set: { attempts, dueAt, error: describe(outcome.error) } },
        )
        .maxTimeMS(maxTimeMS),
    );
    return false;
  }
}

/** Clients have read the view without this event: they are told to read it again. */
function lateProjection(event: DomainEvent, listener: Listener, at: Date): JournalEvent {
  const id = event.subjects[0]?.id ?? event.business;
  return {
    id: `${event.id}/${listener.name}/late`,
    name: 'data.changed',
    wire: catalogue['data.changed'].wire,
    at,
    audience: ['staff'],
    data: { resource: listener.resource, id, action: 'updated' },
  };
}

function backoff(attempts: number): number {
  return Math.min(3_600_000, 1_000 * 2 ** Math.min(attempts, 12)) * (0.8 + Math.random() * 0.4);
}

function describe(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 1_000);
}
