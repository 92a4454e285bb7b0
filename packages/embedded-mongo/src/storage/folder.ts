import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { KeyValueStore } from './kv.js';
import { metaKey } from './keyspace.js';

const headerLength = 64;
const lmdbMagicAndVersion = Buffer.from('dec0efbe02000000', 'hex');

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
  if (files.includes('data.mdb') && !looksLikeLmdb(join(dir, 'data.mdb'))) {
    throw new FolderError(
      `${dir} is not a folder of embedded-mongo: its data.mdb is something else. It was left alone.`,
    );
  }
  const kv = new KeyValueStore(dir, durable);
  // An environment without any entry is ours as well: a first start that was killed before its first commit.
  if (kv.get(metaKey) === undefined && !kv.isEmpty()) {
    void kv.close();
    if (!files.includes('lock.mdb')) rmSync(join(dir, 'lock.mdb'), { force: true });
    throw new FolderError(
      `${dir} holds an LMDB database that is not one of embedded-mongo. It was left alone.`,
    );
  }
  chmodSync(dir, 0o700);
  return kv;
}

/** Looked at before LMDB does: lmdb-js crashes the process when LMDB refuses a file. */
function looksLikeLmdb(path: string): boolean {
  const header = Buffer.alloc(headerLength);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, header, 0, headerLength, 0);
    return length === 0 || (length === headerLength && header.includes(lmdbMagicAndVersion));
  } finally {
    closeSync(file);
  }
}

/** A folder beside `dir` that does not exist yet. */
export function freeBackupFolder(dir: string, format: number): string {
  const wanted = `${dir.replace(/[/\\]+$/, '')}.backup-of-format-${format}`;
  let name = wanted;
  for (let attempt = 2; existsSync(name); attempt++) name = `${wanted}-${attempt}`;
  mkdirSync(name, { mode: 0o700 });
  return name;
}
