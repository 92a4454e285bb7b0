import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder of the embedded database, as `npm start` has it. */
export const dataFolder = () => resolve(process.env['DATA_DIR'] ?? '.data');

/** The database within the embedded server that holds the service's data (src/main.ts). */
const NAME = 'deskwire';

/**
 * Works with the database that MONGODB_URI names, else with the embedded one: as it runs, or started for this work.
 * @template T
 * @param {(uri: string) => Promise<T>} work
 * @param {{ mayCreate: boolean }} options whether the embedded database's folder may be a new one
 * @returns {Promise<T>}
 */
export async function withRunningDatabase(work, { mayCreate }) {
  const { findEmbeddedMongo, startEmbeddedMongo, withDatabase } = await import('embedded-mongo');
  const dir = dataFolder();
  if (process.env['MONGODB_URI']) return work(process.env['MONGODB_URI']);
  const running = await findEmbeddedMongo(dir);
  if (running) return work(withDatabase(running, NAME));
  if (!mayCreate && !existsSync(dir))
    throw new Error(`There is no data in ${dir}: name the folder in DATA_DIR.`);
  const database = await startEmbeddedMongo({ dir });
  try {
    return await work(withDatabase(database.uri, NAME));
  } finally {
    await database.close();
  }
}
