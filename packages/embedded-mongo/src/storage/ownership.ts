import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { CommandError } from '../errors.js';
import { FolderError, freeBackupFolder } from './folder.js';
import { metaKey } from './keyspace.js';
import type { KeyValueStore } from './kv.js';

export const currentFormat = 1;

/** From the format that is its key in the table to the next one, inside one transaction with the new number. */
export type Migration = (kv: KeyValueStore) => void;

const released: ReadonlyMap<number, Migration> = new Map();

/** Who writes to a folder. Stored behind the format number, whose place never changes. */
export interface Owner {
  /** Random, new at every opening. */
  readonly boot: string;
  readonly pid: number;
  readonly host: string;
  readonly address: string | undefined;
  readonly since: string;
}

export interface TakeOver {
  readonly dir: string;
  readonly address?: string | undefined;
  /** Made by `newBootId`, when the caller wants to know it. */
  readonly boot?: string | undefined;
  /** For tests; the released table otherwise. */
  readonly migrations?: ReadonlyMap<number, Migration> | undefined;
}

/**
 * The right to write. It is checked in every write transaction, under LMDB's lock: a process that was paused
 * while another one took the folder over can begin a transaction, but not write in it.
 */
export class Fence {
  constructor(
    private readonly kv: KeyValueStore,
    private readonly mine: Buffer,
  ) {}

  check(): void {
    const stored = this.kv.get(metaKey);
    if (stored?.equals(this.mine) === true) return;
    const owner = stored === undefined ? undefined : readMeta(stored).owner;
    throw new FencedError(owner);
  }
}

export class FencedError extends CommandError {
  constructor(owner: Partial<Owner> | undefined) {
    const by = owner?.pid === undefined ? '' : ` (pid ${owner.pid}, since ${owner.since ?? 'unknown'})`;
    super(
      'InterruptedAtShutdown',
      `this folder has been taken over by another process${by}; nothing was written`,
    );
  }
}

export function newBootId(): string {
  return randomBytes(16).toString('hex');
}

/** Makes the folder ours: refuses a newer format, migrates an older one, and fences whoever had it before. */
export async function takeOver(kv: KeyValueStore, options: TakeOver): Promise<Fence> {
  const stored = kv.get(metaKey);
  if (stored !== undefined) {
    const { format } = readMeta(stored);
    refuseNewer(format, options.dir);
    if (format < currentFormat) await kv.copyTo(freeBackupFolder(options.dir, format));
  }
  const mine = writeMeta({
    boot: options.boot ?? newBootId(),
    pid: process.pid,
    host: hostname(),
    address: options.address,
    since: new Date().toISOString(),
  });
  kv.transaction(() => {
    // Read again under the lock: two starters may be here at once.
    const latest = kv.get(metaKey);
    if (latest !== undefined) migrate(kv, readMeta(latest).format, options);
    kv.put(metaKey, mine);
  });
  return new Fence(kv, mine);
}

function refuseNewer(format: number, dir: string): void {
  if (format <= currentFormat) return;
  throw new FolderError(
    `${dir} has format ${format}, written by a newer embedded-mongo; this one reads up to ${currentFormat}.`,
  );
}

function migrate(kv: KeyValueStore, from: number, { dir, migrations = released }: TakeOver): void {
  refuseNewer(from, dir);
  for (let format = from; format < currentFormat; format++) {
    const migration = migrations.get(format);
    if (!migration)
      throw new FolderError(`${dir} has format ${from}, and there is no way from ${format} to the next.`);
    migration(kv);
  }
}

function writeMeta(owner: Owner): Buffer {
  const format = Buffer.alloc(4);
  format.writeUInt32BE(currentFormat);
  return Buffer.concat([format, Buffer.from(JSON.stringify(owner))]);
}

export function readMeta(bytes: Buffer): { format: number; owner: Partial<Owner> | undefined } {
  const format = bytes.readUInt32BE(0);
  if (format !== currentFormat) return { format, owner: undefined };
  return { format, owner: JSON.parse(bytes.toString('utf8', 4)) as Partial<Owner> };
}
