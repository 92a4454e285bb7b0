import type { Clock } from '../clock.js';
import { bounded, withoutDeadline } from '../mongo/deadline.js';

interface Entry<T> {
  readonly since: number;
  readonly value: Promise<T>;
}

/**
 * What was read at most `maxAgeMs` ago, counted from the start of the read. Callers of one key share one read, which
 * has a deadline of its own: the first of them may be almost out of time.
 */
export class FreshCache<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
    private readonly most: number,
  ) {}

  get(key: string, read: () => Promise<T>): Promise<T> {
    const now = this.clock.monotonic();
    const known = this.entries.get(key);
    if (known !== undefined && now - known.since < this.maxAgeMs) return bounded(() => known.value);
    // Behind all others: the map keeps the order of age, so that the oldest is the first to go.
    this.entries.delete(key);
    const entry = { since: now, value: withoutDeadline(read) };
    this.entries.set(key, entry);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.most) break;
      this.entries.delete(oldest);
    }
    return bounded(() => this.orForget(key, entry));
  }

  /**
   * The next `get` of a key that starts so reads, also when a read is under way that may have missed what has just
   * been written.
   */
  forgetAll(prefix: string): void {
    for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.entries.delete(key);
  }

  private async orForget(key: string, entry: Entry<T>): Promise<T> {
    try {
      return await entry.value;
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }
}
