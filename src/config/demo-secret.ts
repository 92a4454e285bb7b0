import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The secret of a demo: made at its first start and kept, so that a restart signs nobody out. Only its owner reads it.
 * The embedded database holds the folder by then: it makes it, takes none with other contents, and lets in one process.
 */
export function demoSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret');
  if (!existsSync(file)) {
    // Whole or not at all, whenever the process is killed.
    writeFileSync(`${file}.new`, randomBytes(32).toString('base64url'), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32)
    throw new Error(`${file} does not hold a secret of 32 characters or more: remove it, then start again.`);
  return secret;
}
