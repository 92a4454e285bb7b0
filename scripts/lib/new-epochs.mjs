import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './repository.mjs';

/**
 * @param {string} uri
 * @returns {Promise<number>} how many journals there were
 */
export async function newEpochs(uri) {
  const built = pathToFileURL(join(repository, 'dist/platform/journal/epoch.js')).href;
  /** @type {{ startNewEpochsAt: (uri: string) => Promise<number> }} */
  const { startNewEpochsAt } = await import(built);
  return startNewEpochsAt(uri);
}
