import { startEmbeddedMongo, withDatabase } from 'embedded-mongo';
import { DomainError } from '../../contracts/errors.js';
import type { Logger } from '../logging.js';
import { isDatabaseAway } from './failures.js';

/** The database that a pod uses: a server elsewhere, or one that this process runs and outlives. */
export interface ReachableDatabase {
  readonly uri: string;
  readonly embedded: boolean;
  /** Resolves when an embedded server is gone by itself; never otherwise. */
  readonly died: Promise<Error>;
  close(): Promise<void>;
}

export async function reachDatabase(uri: string | undefined, dataDir: string): Promise<ReachableDatabase> {
  if (uri !== undefined)
    return { uri, embedded: false, died: new Promise(() => undefined), close: async () => undefined };
  const server = await startEmbeddedMongo({ dir: dataDir });
  return {
    uri: withDatabase(server.uri, 'deskwire'),
    embedded: true,
    died: server.died,
    close: () => server.close(),
  };
}

const RETRY_MS = 1_000;

/** Repeats `work` while the database is away: a pod that starts before its database waits for it. */
export async function whenTheDatabaseAnswers<T>(
  work: () => Promise<T>,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<T> {
  let told = false;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || signal.aborted) throw error;
      if (!told) logger.warn({ err: error }, 'The database does not answer yet: waiting for it');
      told = true;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function isAway(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'unavailable';
  // mongoose has a class of its own for the failure of a first connection.
  const isFirst = error instanceof Error && error.name === 'MongooseServerSelectionError';
  return isFirst || isDatabaseAway(error);
}
