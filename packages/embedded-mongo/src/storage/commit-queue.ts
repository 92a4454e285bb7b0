import { CommandError } from '../errors.js';

const groupLimit = 1_000;

interface Job {
  /** Keeps the outcome for later; throws what must undo the whole group. */
  run(): void;
  answer(failure: Error | undefined): void;
}

export interface Committer {
  /** Runs `work` in one transaction; returns when it is committed and flushed. */
  transaction(work: () => void): void;
  /** Makes of an error that undid a transaction what its callers are told. */
  undone(error: unknown): Error;
  /** Awaited between the commit and the answers. */
  committed(): Promise<void>;
  /** True while a group should run although nobody asks for it. */
  hasHousework(): boolean;
}

/** Gathers the writes of one turn of the event loop into one transaction: one flush to disk serves them all. */
export class CommitQueue {
  #jobs: Job[] = [];
  #refusal: Error | undefined;
  #running: Promise<void> | undefined;

  /** A group takes no more work after `groupTimeMs`, so that nothing waits long for a group of slow writes. */
  constructor(
    private readonly committer: Committer,
    private readonly groupTimeMs: number,
  ) {}

  add<T>(work: () => T): Promise<T> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    return new Promise<T>((resolve, reject) => {
      let succeed = (): void => undefined;
      this.#jobs.push({
        run() {
          try {
            const result = work();
            succeed = () => resolve(result);
          } catch (error) {
            if (!(error instanceof CommandError)) throw error;
            succeed = () => reject(error);
          }
        },
        answer: (failure) => (failure ? reject(failure) : succeed()),
      });
      this.wake();
    });
  }

  /** Every write from now on is refused with this; what is queued is still tried. */
  refuse(reason: Error): void {
    this.#refusal ??= reason;
  }

  wake(): void {
    this.#running ??= new Promise<void>((resolve) => {
      setImmediate(() => {
        void this.#runGroup().then(() => {
          this.#running = undefined;
          resolve();
          if (this.#jobs.length > 0 || (!this.#refusal && this.committer.hasHousework())) this.wake();
        });
      });
    });
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #runGroup(): Promise<void> {
    const group: Job[] = [];
    let failure: Error | undefined;
    try {
      this.committer.transaction(() => this.#runJobs(group));
      await this.committer.committed();
    } catch (error) {
      failure = this.committer.undone(error);
      // Nobody got to run, so nobody would be answered: the transaction itself was refused.
      if (group.length === 0) group.push(...this.#jobs.splice(0));
    }
    for (const job of group) job.answer(failure);
  }

  #runJobs(group: Job[]): void {
    const end = performance.now() + this.groupTimeMs;
    do {
      const job = this.#jobs.shift();
      if (!job) return;
      group.push(job);
      job.run();
    } while (group.length < groupLimit && performance.now() < end);
  }
}
