import { open, type RootDatabase } from 'lmdb';
import { CommandError } from '../errors.js';

/** Keys from `from` (included) to `to` (excluded). */
export interface KeyBounds {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

interface TreeStatistics {
  pageSize: number;
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

/** The ordered, durable map of bytes to bytes that everything else is built on. All of it is synchronous. */
export class KeyValueStore {
  readonly #db: RootDatabase<Buffer, Uint8Array>;

  /**
   * `overlappingSync` is off, on purpose and in words: with it lmdb-js flushes after the commit is visible.
   * Without it and without NO_SYNC_FLUSH, `transactionSync` returns only after fdatasync of the pages and a
   * synchronous write of the meta page: what has returned survives a power loss.
   */
  constructor(dir: string, durable: boolean) {
    this.#db = open<Buffer, Uint8Array>({
      path: dir,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      cache: false,
      overlappingSync: false,
      noSync: !durable,
    });
  }

  get(key: Uint8Array): Buffer | undefined {
    return this.#db.get(key);
  }

  put(key: Uint8Array, value: Buffer): void {
    this.#db.putSync(key, value);
  }

  remove(key: Uint8Array): void {
    this.#db.removeSync(key);
  }

  keys(bounds: KeyBounds): Uint8Array[] {
    return [...this.#db.getKeys(rangeOptions(bounds))];
  }

  entries(bounds: KeyBounds): { key: Uint8Array; value: Buffer }[] {
    return [...this.#db.getRange(rangeOptions(bounds))];
  }

  /** Runs `work` with the only write lock of the folder; whatever it throws undoes everything. */
  transaction<T>(work: () => T): T {
    return this.#db.transactionSync(work);
  }

  /** What the data takes, free pages not counted; inside a transaction, as it would be after it. */
  liveBytes(): number {
    const tree = this.#db.getStats() as TreeStatistics;
    return (tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages) * tree.pageSize;
  }

  isEmpty(): boolean {
    return this.keys({ from: Buffer.from([0]), to: Buffer.alloc(16, 0xff), limit: 1 }).length === 0;
  }

  /**
   * False after a failure in the last step of a commit: LMDB then refuses every transaction, and lmdb-js would
   * crash the process by ignoring that refusal when it begins a write.
   */
  isUsable(): boolean {
    try {
      this.#db.resetReadTxn();
      this.isEmpty();
      return true;
    } catch {
      return false;
    }
  }

  /** Copies the whole environment as of now into another folder. */
  async copyTo(dir: string): Promise<void> {
    await this.#db.backup(dir, false);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }
}

function rangeOptions({ from, to, reverse, limit }: KeyBounds) {
  const bound = limit === undefined ? {} : { limit };
  return reverse === true
    ? { start: to, end: from, reverse: true, exclusiveStart: true, inclusiveEnd: true, ...bound }
    : { start: from, end: to, ...bound };
}

/** EIO is among them because LMDB reports a short write, which is what a full disk gives first, as EIO. */
const spaceFailure = /MDB_MAP_FULL|No space left|Input\/output error|File too large|quota|not enough space/i;

/** Turns a refusal of the disk into what every writer of the group is answered; `undefined` for other errors. */
export function outOfSpace(error: unknown): CommandError | undefined {
  const reason = error instanceof CommandError ? undefined : spaceFailure.exec(String(error))?.[0];
  if (reason === undefined) return undefined;
  return new CommandError(
    'OutOfDiskSpace',
    `nothing was written, because the disk is full or failing (${reason}); reads go on`,
  );
}
