import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const SILENT_MS = 30_000;

/**
 * Does the work while no other process on this folder does. The lock is a folder that holds one file, named after its
 * holder, and arrives by one rename: a rename onto a folder that is not empty fails everywhere. Breaking a dead holder's
 * lock removes that holder's file by its own name, so two processes that break it at once cannot remove a living one's.
 * @template T
 * @param {string} path the lock's folder
 * @param {() => Promise<T>} work
 * @param {{ waiting?: () => void, silentMs?: number }} [options] `waiting` is called once, when another holds the lock
 * @returns {Promise<T>}
 */
export async function withLock(path, work, { waiting, silentMs = SILENT_MS } = {}) {
  const name = [hostname(), process.pid, randomBytes(4).toString('hex')].join(' ');
  let told = false;
  while (!take(path, name)) {
    if (breakDeadLock(path, silentMs)) continue;
    if (!told) waiting?.();
    told = true;
    await sleep(100);
  }
  const file = join(path, name);
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    release(path, name);
  }
}

/**
 * @param {string} path
 * @param {string} name
 */
function take(path, name) {
  const own = `${path}.${name.replaceAll(' ', '-')}`;
  mkdirSync(own);
  writeFileSync(join(own, name), '');
  try {
    renameSync(own, path);
    return true;
  } catch {
    rmSync(own, { recursive: true, force: true });
    return false;
  }
}

/**
 * @param {string} path
 * @param {number} silentMs
 * @returns {boolean} whether it is worth trying again at once
 */
function breakDeadLock(path, silentMs) {
  try {
    const holder = readdirSync(path)[0];
    if (holder !== undefined) {
      if (isAlive(holder, statSync(join(path, holder)).mtimeMs, silentMs)) return false;
      unlinkSync(join(path, holder));
    }
    rmdirSync(path);
    return true;
  } catch {
    // Another one was quicker: look again in a moment.
    return false;
  }
}

/**
 * A process number means something on its own machine only: elsewhere (containers that share the folder) the heartbeat decides.
 * @param {string} holder
 * @param {number} touchedAt
 * @param {number} silentMs
 */
function isAlive(holder, touchedAt, silentMs) {
  if (Date.now() - touchedAt > silentMs) return false;
  const [host, pid] = holder.split(' ');
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** @param {string} file */
function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Broken by another that thought us dead (a machine that slept): its work is the same as ours.
  }
}

/**
 * @param {string} path
 * @param {string} name
 */
function release(path, name) {
  try {
    unlinkSync(join(path, name));
    rmdirSync(path);
  } catch {
    // Broken meanwhile, or taken by the next between the two lines.
  }
}
