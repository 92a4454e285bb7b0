import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { open } from 'lmdb';
import { metaKey } from '../storage/keyspace.js';
import { readMeta, type Owner } from '../storage/ownership.js';
import { addressText, defaultAddress, parseAddress, type Address } from './address.js';
import { probe } from './probe.js';

const LOCK_PATIENCE_MS = 3_000;

/**
 * Refuses when the folder is being served, or when somebody else is where we want to listen. A server that
 * accepts and does not answer is a stopped one: we go on, and the fence keeps it from writing afterwards.
 */
export async function refuseLiveServers(dir: string, wanted: Address): Promise<void> {
  const recorded = await recordedOwner(dir);
  const addresses = new Set([addressText(wanted), addressText(defaultAddress(dir))]);
  if (recorded?.address !== undefined) addresses.add(recorded.address);
  let suspicious = recorded !== undefined && lives(recorded);
  for (const text of addresses) {
    if (text.endsWith(':0')) continue;
    const found = await probe(parseAddress(text));
    if (found.kind === 'server' && (found.dir === dir || isRecorded(text, found.pid, recorded))) {
      throw new Error(
        `${dir} is served already, by process ${found.pid} at ${text}: stop it first, or connect to it.`,
      );
    }
    if (found.kind === 'silent') suspicious = true;
    else if (found.kind !== 'nobody' && text === addressText(wanted)) {
      const who =
        found.kind === 'server' ? `process ${found.pid}, which serves ${found.dir}` : 'another program';
      throw new Error(`${text} is taken by ${who}: choose another --socket or --port.`);
    }
  }
  if (suspicious) await checkLock(dir, recorded);
}

/** The folder was moved under a running server, which still calls it by its old name. */
function isRecorded(address: string, pid: number, recorded: Partial<Owner> | undefined): boolean {
  return recorded?.address === address && recorded.pid === pid && recorded.host === hostname();
}

/** Read only: opening for writing would already wait for the lock that a stopped predecessor may hold. */
export async function recordedOwner(dir: string): Promise<Partial<Owner> | undefined> {
  // Whoever has the folder open has both files; and to a folder of somebody else no file is added.
  if (!['data.mdb', 'lock.mdb'].every((file) => existsSync(join(dir, file)))) return undefined;
  try {
    const db = open<Buffer, Uint8Array>({
      path: dir,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      readOnly: true,
    });
    const meta = db.get(metaKey);
    await db.close();
    return meta && readMeta(meta).owner;
  } catch {
    // What is wrong with it, opening it says in a better sentence.
    return undefined;
  }
}

function lives({ pid, host }: Partial<Owner>): boolean {
  if (pid === undefined || pid === process.pid || host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function checkLock(dir: string, recorded: Partial<Owner> | undefined): Promise<void> {
  const script = fileURLToPath(new URL('./lock-check.js', import.meta.url));
  try {
    await promisify(execFile)(process.execPath, [script, dir], {
      timeout: LOCK_PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
  } catch (error) {
    if ((error as { killed?: boolean }).killed !== true) throw error;
    const holder = recorded?.pid === undefined ? 'a stopped process' : `process ${recorded.pid}, it seems,`;
    throw new Error(
      `${dir} cannot be taken over: ${holder} holds its write lock and does not move. End that process, then start again.`,
      { cause: error },
    );
  }
}
