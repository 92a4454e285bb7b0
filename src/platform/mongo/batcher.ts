import { withoutDeadline } from './deadline.js';

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Collects what many callers want written and writes it with one command: a database pays for the command more than
 * for the documents in it. `write` answers the refusals by place; whatever it throws is everybody's answer.
 */
export class Batcher<Item> {
  private waiting: Waiting<Item>[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly write: (items: readonly Item[]) => Promise<ReadonlyMap<number, Error>>,
    private readonly most: number,
    private readonly delayMs: number,
  ) {}

  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.waiting.length >= this.most) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), this.delayMs);
    });
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    if (batch.length > 0) withoutDeadline(() => void this.run(batch));
  }

  private async run(batch: readonly Waiting<Item>[]): Promise<void> {
    try {
      const refused = await this.write(batch.map(({ item }) => item));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const error = refused.get(at);
        if (error === undefined) resolve();
        else reject(error);
      }
    } catch (error) {
      for (const { reject } of batch)
        reject(error instanceof Error ? error : new Error('unknown', { cause: error }));
    }
  }
}
