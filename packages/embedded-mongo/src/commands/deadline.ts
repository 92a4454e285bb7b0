import { fail } from '../errors.js';

/** Nothing may occupy the one thread for longer, whatever the client allows. */
export const LONGEST_COMMAND_MS = 60_000;

/** Reading the clock for every document would be a measurable part of a scan. */
const CHECK_EVERY = 8;

/** The time that one command may take. A cursor pauses it between its batches, as MongoDB does. */
export class Deadline {
  #left: number;
  #endsAt: number;
  #calls = 0;

  constructor(readonly maxTimeMS: number | undefined) {
    this.#left = Math.min(maxTimeMS || LONGEST_COMMAND_MS, LONGEST_COMMAND_MS);
    this.#endsAt = performance.now() + this.#left;
  }

  readonly check = (): void => {
    this.#calls++;
    if (this.#calls % CHECK_EVERY === 0 && performance.now() > this.#endsAt) {
      fail('MaxTimeMSExpired', 'operation exceeded time limit');
    }
  };

  pause(): void {
    this.#left = this.#endsAt - performance.now();
  }

  resume(): void {
    if (!this.maxTimeMS) this.#left = LONGEST_COMMAND_MS;
    this.#endsAt = performance.now() + this.#left;
  }
}
