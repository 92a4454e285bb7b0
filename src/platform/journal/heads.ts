import { isOn } from '../faults.js';

/** Where a business's sequence ends, as this pod last saw it. */
export interface Head {
  readonly epoch: string;
  /** The number of the newest event; 0 when there is none yet. */
  readonly last: number;
  /** Taken before the look, never after it. */
  readonly seenAt: number;
}

/** A head older than this may have been trimmed away beneath us: then its next number could be used twice. */
export const HEAD_TRUSTED_MS = 60_000;
const MOST_HEADS = 20_000;

/** What this pod remembers of heads, newest use last; forgetting one costs a read, trusting an old one is unsafe. */
export class Heads {
  private readonly heads = new Map<string, Head>();

  constructor(private readonly monotonic: () => number) {}

  trusted(business: string): Head | undefined {
    const head = this.heads.get(business);
    const stale = head !== undefined && this.monotonic() - head.seenAt > HEAD_TRUSTED_MS;
    return stale && isOn('trusted heads') ? undefined : head;
  }

  remember(business: string, head: Head): void {
    this.heads.delete(business);
    this.heads.set(business, head);
    if (this.heads.size > MOST_HEADS) this.heads.delete(this.heads.keys().next().value ?? business);
  }

  forget(business: string): void {
    this.heads.delete(business);
  }
}
