import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { startEmbeddedMongo, withDatabase } from 'embedded-mongo';

export interface TestDatabase {
  /** A URI with a database name of its own. */
  readonly uri: string;
  close(): Promise<void>;
}

/**
 * A real database for a test: the one that MONGODB_URI names, else an embedded one in a folder that goes afterwards.
 * `durable: false` skips the flush, for tests that never kill the database.
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(4).toString('hex')}`;
  const given = process.env['MONGODB_URI'];
  if (given !== undefined && given !== '')
    return { uri: withDatabase(given, name), close: () => Promise.resolve() };
  const dir = await mkdtemp(join(tmpdir(), 'deskwire-test-'));
  const server = await startEmbeddedMongo({ dir, durable: false });
  return {
    uri: withDatabase(server.uri, name),
    close: async () => {
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
