import mongoose, { type mongo } from 'mongoose';
import { Relay } from '../../src/platform/events/relay.js';
import type { RunningService } from '../support/service.js';

/** Looks into the service's database beside the service. */
export class Stored {
  private constructor(
    private readonly connection: mongoose.Connection,
    private readonly relay: Relay,
  ) {}

  static async open({ databaseUri, app }: RunningService): Promise<Stored> {
    return new Stored(await mongoose.createConnection(databaseUri).asPromise(), app.get(Relay));
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  collection(name: string): mongo.Collection {
    return this.db().collection(name);
  }

  /** Every document of a business, as text in a fixed order: two dumps are equal when nothing changed. */
  async ofBusiness(business: string): Promise<string> {
    return this.dump({ $or: [{ business }, { _id: business as never }] });
  }

  everything(): Promise<string> {
    return this.dump({});
  }

  /** What the relay has not finished would change by itself. */
  async settled(): Promise<void> {
    await this.relay.idle();
  }

  private async dump(filter: mongo.Filter<mongo.Document>): Promise<string> {
    const names = await this.names();
    const parts = await Promise.all(
      names.map(async (name) => {
        const documents = await this.collection(name).find(filter).sort({ _id: 1 }).toArray();
        return documents.map((one) => `${name} ${JSON.stringify(one)}`).join('\n');
      }),
    );
    return parts.filter((part) => part !== '').join('\n');
  }

  private async names(): Promise<string[]> {
    const collections = await this.db().listCollections({}, { nameOnly: true }).toArray();
    return collections
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('system.'))
      .sort();
  }

  private db(): mongo.Db {
    if (this.connection.db === undefined) throw new Error('The database of the test is not connected.');
    return this.connection.db;
  }
}

/** The lines in which two dumps differ, shortened for a message. */
export function difference(before: string, after: string): string {
  const [old, now] = [new Set(before.split('\n')), new Set(after.split('\n'))];
  const gone = [...old].filter((line) => !now.has(line)).map((line) => `- ${line.slice(0, 300)}`);
  const come = [...now].filter((line) => !old.has(line)).map((line) => `+ ${line.slice(0, 300)}`);
  return [...gone, ...come].slice(0, 6).join('\n');
}
