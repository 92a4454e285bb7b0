import { DomainError } from '../contracts/errors.js';

/**
 * Lets a bounded number do something at once and a bounded number wait for it; whoever comes beyond is refused as
 * `busy` at once. Under more load than there is room for, that keeps what is admitted quick: work that waits until
 * its sender has given up is done for nobody, and then nothing is done for anybody.
 */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
    private readonly refusal?: string,
  ) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running += 1;
    else if (this.waiting.length >= this.mostWaiting) throw new DomainError('busy', this.refusal);
    // Whoever leaves hands over the place, so nobody can slip in between.
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
