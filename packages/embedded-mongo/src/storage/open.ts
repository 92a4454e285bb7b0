import { CommandError } from '../errors.js';
import { Catalog } from './catalog.js';
import { CommitQueue, type Committer } from './commit-queue.js';
import { FolderError, openFolder } from './folder.js';
import { Garbage } from './garbage.js';
import { type KeyValueStore, outOfSpace } from './kv.js';
import { type Fence, FencedError, type Migration, takeOver } from './ownership.js';
import { LmdbReader } from './reader.js';
import type { Store, StoreWriter } from './store.js';
import { LmdbWriter } from './writer.js';

export interface StoreOptions {
  /** Made with mode 0700 when it does not exist. */
  readonly dir: string;
  /** False: no flush to disk, for tests. */
  readonly durable?: boolean | undefined;
  /** Where the server can be reached; kept in the folder for whoever is told that it is taken. */
  readonly address?: string | undefined;
  /** Of `newBootId`; what tells this opening from every other. */
  readonly boot?: string | undefined;
  /** Writes that would make the data larger than this are refused as if the disk were full. */
  readonly maxBytes?: number | undefined;
  /** Awaited after every commit, before anybody is answered: shows in tests that no reply comes earlier. */
  readonly onCommitted?: (() => Promise<void>) | undefined;
  /** Called once when this process has lost the folder: another one took it over, or its disk failed for good. */
  readonly onFenced?: ((reason: Error) => void) | undefined;
  /** For tests, which cannot have a group cut in two because the machine stood still. */
  readonly groupTimeMs?: number | undefined;
  /** For tests. */
  readonly migrations?: ReadonlyMap<number, Migration> | undefined;
}

const defaultGroupTimeMs = 100;
/** How many dropped entries are removed at the end of a group. */
const garbagePerGroup = 2_000;

export async function openStore(options: StoreOptions): Promise<Store> {
  const kv = openFolder(options.dir, options.durable ?? true);
  try {
    return new LmdbStore(kv, await takeOver(kv, options), options);
  } catch (error) {
    await kv.close();
    if (!outOfSpace(error)) throw error;
    // Without the fence nobody may serve the folder, not even to read it.
    throw new FolderError(`${options.dir} cannot be opened: its disk is full or failing.`, { cause: error });
  }
}

class LmdbStore extends LmdbReader implements Store {
  readonly dir: string;
  readonly #fence: Fence;
  readonly #garbage: Garbage;
  readonly #writer: LmdbWriter;
  readonly #queue: CommitQueue;
  readonly #options: StoreOptions;
  #lost: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(kv: KeyValueStore, fence: Fence, options: StoreOptions) {
    super(kv, new Catalog(kv));
    this.dir = options.dir;
    this.#fence = fence;
    this.#garbage = new Garbage(kv);
    this.#options = options;
    this.#writer = new LmdbWriter(kv, this.catalog, this.#garbage);
    const committer: Committer = {
      transaction: (work) => this.#transaction(work),
      undone: (error) => this.#undone(error),
      committed: async () => options.onCommitted?.(),
      hasHousework: () => !this.#garbage.isEmpty,
    };
    this.#queue = new CommitQueue(committer, options.groupTimeMs ?? defaultGroupTimeMs);
    if (!this.#garbage.isEmpty) this.#queue.wake();
  }

  write<T>(work: (writer: StoreWriter) => T): Promise<T> {
    return this.#queue.add(() => work(this.#writer));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#queue.refuse(new CommandError('InterruptedAtShutdown', 'the database is shutting down'));
    await this.#queue.idle();
    await this.kv.close();
  }

  #transaction(work: () => void): void {
    // Not even begun: see `KeyValueStore.isUsable`.
    if (this.#lost) throw this.#lost;
    const { maxBytes } = this.#options;
    this.kv.transaction(() => {
      this.#fence.check();
      const before = maxBytes === undefined ? 0 : this.kv.liveBytes();
      work();
      this.catalog.flush();
      this.#garbage.removeSome(garbagePerGroup);
      if (maxBytes === undefined) return;
      const now = this.kv.liveBytes();
      // A folder that is full already can still be emptied.
      if (now > maxBytes && now > before) throw new Error(`MDB_MAP_FULL: ${now} of ${maxBytes} bytes`);
    });
  }

  /** Brings the memory back to what is on disk, and decides whether this process may go on. */
  #undone(error: unknown): Error {
    if (this.#lost) return this.#lost;
    if (error instanceof FencedError) return this.#lose(error);
    if (!this.kv.isUsable()) {
      const message = `the folder ${this.dir} can no longer be written or read: ${String(error)}`;
      return this.#lose(new CommandError('InternalError', message));
    }
    this.catalog.load();
    this.#garbage.load();
    const full = outOfSpace(error);
    if (full) return full;
    const internal = new CommandError('InternalError', `the group of writes was undone: ${String(error)}`);
    return Object.assign(internal, { cause: error });
  }

  #lose(reason: Error): Error {
    this.#lost = reason;
    this.#queue.refuse(reason);
    this.#options.onFenced?.(reason);
    return reason;
  }
}
