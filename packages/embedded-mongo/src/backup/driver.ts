import type { Db, MongoClient } from 'mongodb';

export interface Connection {
  readonly client: MongoClient;
  /** The database that the URI names, if it names one. */
  readonly named: string | undefined;
}

/** Runs `work` with the official driver, which is a peer of this package that only backups need. */
export async function withDriver<T>(uri: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const driver = await import('mongodb').catch((cause: unknown) => {
    throw new Error("backup and restore need the npm package 'mongodb' (version 7): npm install mongodb", {
      cause,
    });
  });
  const client = new driver.MongoClient(uri, { writeConcern: { w: 'majority' }, readPreference: 'primary' });
  try {
    await client.connect();
    const named = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]+)/.exec(uri)?.[1];
    return await work({ client, named: named && decodeURIComponent(named) });
  } finally {
    await client.close();
  }
}

const ownedByTheServer = new Set(['admin', 'config', 'local']);

/** The databases to copy: the one that the URI names, or all that are not the server's own. */
export async function databasesOf({ client, named }: Connection): Promise<Db[]> {
  if (named !== undefined) return [client.db(named)];
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  return databases.filter(({ name }) => !ownedByTheServer.has(name)).map(({ name }) => client.db(name));
}
