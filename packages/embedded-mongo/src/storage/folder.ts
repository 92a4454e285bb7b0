import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KeyValueStore } from './kv.js';
import { metaKey } from './keyspace.js';

/** A folder that cannot be served, with a sentence for the person who started the server. */
export class FolderError extends Error {}

/**
 * Opens the folder's environment, new or ours. A folder of somebody else is refused and left as it was:
 * neither a file is added nor a byte is changed.
 */
export function openFolder(dir: string, durable: boolean): KeyValueStore {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files = readdirSync(dir);
  if (files.length > 0 && !files.includes('data.mdb')) {
    throw new FolderError(
      `${dir} is not a folder of embedded-mongo: it holds ${files.slice(0, 3).join(', ')}. Give an empty one.`,
    );
  }
  const lockFile = join(dir, 'lock.mdb');
  const hadLock = existsSync(lockFile);
  let kv: KeyValueStore;
  try {
    kv = new KeyValueStore(dir, durable);
  } catch (error) {
    if (!hadLock) rmSync(lockFile, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new FolderError(`${dir} cannot be opened: ${reason}`, { cause: error });
  }
  // An environment without any entry is ours as well: a first start that was killed before its first commit.
  if (kv.get(metaKey) === undefined && !kv.isEmpty()) {
    void kv.close();
    if (!hadLock) rmSync(lockFile, { force: true });
    throw new FolderError(
      `${dir} holds an LMDB database that is not one of embedded-mongo; it was left alone.`,
    );
  }
  chmodSync(dir, 0o700);
  return kv;
}

/** A folder beside `dir` that does not exist yet. */
export function freeBackupFolder(dir: string, format: number): string {
  const wanted = `${dir.replace(/[/\\]+$/, '')}.backup-of-format-${format}`;
  let name = wanted;
  for (let attempt = 2; existsSync(name); attempt++) name = `${wanted}-${attempt}`;
  mkdirSync(name, { mode: 0o700 });
  return name;
}
