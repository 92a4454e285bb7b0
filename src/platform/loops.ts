import type { Logger } from './logging.js';

/**
 * Work that a pod repeats: each task in a loop of its own, never twice at once, a little out of step with other pods,
 * and an error ends one round only. `stop` lets the rounds under way finish.
 */
export class Loops {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];

  constructor(private readonly logger: Logger) {}

  every(milliseconds: number, name: string, round: () => Promise<unknown>): void {
    this.running.push(this.loop(milliseconds, name, round));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  private async loop(milliseconds: number, name: string, round: () => Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    let failing = false;
    while (!signal.aborted) {
      await sleep(milliseconds * (0.9 + Math.random() * 0.2), signal);
      if (signal.aborted) return;
      try {
        await round();
        if (failing) this.logger.info({ loop: name }, 'Works again');
        failing = false;
      } catch (error) {
        // Said once per outage: a database that is away for an hour would fill the log otherwise.
        if (!failing) this.logger.error({ err: error, loop: name }, 'Background work failed');
        failing = true;
      }
    }
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener('abort', wake);
  });
}
