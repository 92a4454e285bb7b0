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

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  register(task: DueTask): void {
    this.tasks.push(task);
  }

  /** One round. A document that fails is tried again in the next one and does not hold up the others. */
  async run(): Promise<number> {
    let handled = 0;
    for (const task of this.tasks) {
      const due = await bounded((maxTimeMS) =>
        unscoped(task.model, 'due documents')
          .find({ dueAt: { $lte: this.clock.now(), $type: 'date' } })
          .select({ business: 1, dueAt: 1 })
          .sort({ dueAt: 1 })
          .limit(MOST_PER_ROUND)
          .maxTimeMS(maxTimeMS)
          .lean<DueDocument[]>(),
      );
      for (const document of due) {
        try {
          await task.handle(document);
          handled += 1;
        } catch (error) {
          this.logger.error({ err: error, task: task.name, id: document._id }, 'Due document failed');
        }
      }
    }
    return handled;
  }
}
