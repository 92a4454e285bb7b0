import type { Clock } from '../clock.js';

/** What a listener failed with that did not come to an end in its time. */
export class HangingListener extends Error {
  constructor(milliseconds: number) {
    super(`did not finish within ${milliseconds} ms`);
  }
}

/** Why a listener was not called at all. */
export class ListenerLeftAlone extends Error {
  constructor() {
    super('was not called: it did not come to an end lately');
  }
}

const LEFT_ALONE_MS = 60_000;

/**
 * Listeners that hung lately. For a minute their events become dead letters at once: waiting for each of them to hang
 * again would use up what all other listeners, and the journal, need.
 */
export class HungListeners {
  private readonly until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  note(listener: string): void {
    this.until.set(listener, this.clock.monotonic() + LEFT_ALONE_MS);
  }

  has(listener: string): boolean {
    const until = this.until.get(listener);
    if (until === undefined) return false;
    if (this.clock.monotonic() < until) return true;
    this.until.delete(listener);
    return false;
  }
}
