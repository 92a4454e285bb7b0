import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Answer } from '../wire/connection.js';
import { listen } from '../wire/server.js';
import { LOOPBACK, addressText, type Address } from './address.js';

/** Where clients come in. It listens from the beginning, so that its address is known, and opens later. */
export interface Door {
  readonly address: Address;
  /** Synchronous: it happens inside the write transaction that checks that the folder is still ours. */
  open(): void;
  close(): Promise<void>;
}

export async function buildDoor(wanted: Address, answer: Answer): Promise<Door> {
  try {
    return 'path' in wanted ? await socketDoor(wanted.path, answer) : await portDoor(wanted.port, answer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot listen on ${addressText(wanted)}: ${reason}`, { cause: error });
  }
}

async function portDoor(wanted: number, answer: Answer): Promise<Door> {
  const server = await listen({ host: LOOPBACK, port: wanted }, { answer });
  return { address: { port: server.port ?? wanted }, open: () => undefined, close: () => server.close() };
}

/**
 * The socket is born in a folder that only we can enter, given its mode there, and moved to its place: at no
 * moment can another user connect, and one that is left from before is replaced in one step.
 */
async function socketDoor(path: string, answer: Answer): Promise<Door> {
  const cradle = mkdtempSync(join(dirname(path), '.'));
  const born = join(cradle, 's');
  const removeCradle = (): void => rmSync(cradle, { recursive: true, force: true });
  try {
    const server = await listen({ path: born }, { answer });
    chmodSync(born, 0o700);
    const { ino } = statSync(born);
    return {
      address: { path },
      open() {
        if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false) {
          throw new Error(`${path} exists and is no socket; it was left alone`);
        }
        renameSync(born, path);
        removeCradle();
      },
      async close() {
        await server.close();
        removeCradle();
        // A successor's socket, which is in the same place by now, stays.
        if (statSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path);
      },
    };
  } catch (error) {
    removeCradle();
    throw error;
  }
}
