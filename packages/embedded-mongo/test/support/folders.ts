import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressText, defaultAddress } from '../../src/launch/address.js';

const made: string[] = [];

/** A new folder, gone after `removeFolders`. */
export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'embedded-mongo-test-')));
  made.push(folder);
  return folder;
}

/** With the sockets that killed servers of these folders have left. */
export function removeFolders(): void {
  for (const folder of made.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
    rmSync(addressText(defaultAddress(folder)), { force: true });
  }
}
