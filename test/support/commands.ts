import type { mongo } from 'mongoose';
import { Database } from '../../src/platform/mongo/connection.js';

/** One command as it went to the database. */
export interface SentCommand {
  readonly name: string;
  readonly collection: string;
  readonly body: mongo.Document;
  /** By the connection of requests, or by the patient one. */
  readonly via: 'requests' | 'maintenance';
}

/** What went over the connections of one database, in order. */
export class Commands {
  readonly sent: SentCommand[] = [];

  constructor(database: Database) {
    for (const via of ['requests', 'maintenance'] as const) {
      database[via].getClient().on('commandStarted', ({ commandName, command }) => {
        this.sent.push({ name: commandName, collection: String(command[commandName]), body: command, via });
      });
    }
  }

  /** What `work` sends, of one kind and to one collection where they are named. */
  async during(
    work: () => Promise<unknown>,
    { name, collection }: { readonly name?: string; readonly collection?: string } = {},
  ): Promise<SentCommand[]> {
    const before = this.sent.length;
    await work();
    return this.sent
      .slice(before)
      .filter((one) => (name ?? one.name) === one.name && (collection ?? one.collection) === one.collection);
  }
}

/** A connection whose commands a test sees. */
export async function connectWatched(uri: string): Promise<{ database: Database; commands: Commands }> {
  const database = await Database.connect(`${uri}${uri.includes('?') ? '&' : '?'}monitorCommands=true`);
  return { database, commands: new Commands(database) };
}
