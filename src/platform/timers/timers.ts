import type { Model } from 'mongoose';
import type { Clock } from '../clock.js';
import type { Logger } from '../logging.js';
import { bounded } from '../mongo/deadline.js';
import { unscoped } from '../mongo/unscoped.js';

/** A document that something is to happen to at a time: null or absent means never. Give its schema `indexDue`. */
export interface DueDocument {
  readonly _id: string;
  readonly business: string;
  readonly dueAt?: Date | null;
}

export interface DueTask {
  readonly name: string;
  readonly model: Model<DueDocument>;
  /** Makes the guarded write with its events, which also moves or removes `dueAt`; two pods may call it, one wins. */
  readonly handle: (document: DueDocument) => Promise<void>;
}

export function indexDue(schema: { index(key: object, options: object): unknown }): void {
  schema.index({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $type: 'date' } } });
}

const MOST_PER_ROUND = 200;

/** Time is an input: what falls due is found by its date, in the database, by every pod. */
export class Timers {
  private readonly tasks: DueTask[] = [];
  /** How far a round got that was full. */
  private readonly passed = new Map<DueTask, Date>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  register(task: DueTask): void {
    this.tasks.push(task);
  }

  /** One round. A document that fails is tried again in a later one and does not hold up the others. */
  async run(): Promise<number> {
    let handled = 0;
    for (const task of this.tasks) {
      const due = await this.due(task);
      for (const document of due) {
        try {
          await task.handle(document);
          handled += 1;
        } catch (error) {
          this.logger.error({ err: error, task: task.name, id: document._id }, 'Due document failed');
        }
      }
      // Behind a full page the next round goes on; else a page of failing ones would hide all others for ever.
      const last = due.length < MOST_PER_ROUND ? undefined : due.at(-1)?.dueAt;
      if (last) this.passed.set(task, last);
      else this.passed.delete(task);
    }
    return handled;
  }

  private due(task: DueTask): Promise<DueDocument[]> {
    const after = this.passed.get(task) ?? new Date(0);
    return bounded((maxTimeMS) =>
      unscoped(task.model, 'due documents')
        .find({ dueAt: { $gt: after, $lte: this.clock.now(), $type: 'date' } })
        .select({ business: 1, dueAt: 1 })
        .sort({ dueAt: 1 })
        .limit(MOST_PER_ROUND)
        .maxTimeMS(maxTimeMS)
        .lean<DueDocument[]>(),
    );
  }
}
