import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The secret of a demo: made at its first start and kept, so that a restart signs nobody out. Only its owner reads it.
 * The folder is there: the embedded database makes it, and takes none that holds something else. */
export function demoSecret(dataDir: string): string {
  const file = join(dataDir, 'jwt-secret');
  try {
    // 'wx': whoever comes second takes what the first one wrote.
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32)
    throw new Error(`${file} does not hold a secret of 32 characters or more: remove it, then start again.`);
  return secret;
}
