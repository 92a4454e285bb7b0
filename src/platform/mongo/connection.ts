import mongoose, { type Connection, type ConnectOptions } from 'mongoose';

// A misspelt field in a filter would otherwise match everything.
mongoose.set('strictQuery', 'throw');
mongoose.set('autoIndex', false);
mongoose.set('autoCreate', false);

const options: ConnectOptions = {
  bufferCommands: false,
  autoIndex: false,
  autoCreate: false,
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  // A repeat is ours to decide: every write has a unique key, and a hidden second try would outlive the deadline.
  retryReads: false,
  retryWrites: false,
};

/**
 * Two connections to one database: `requests` gives up after 3 s, whatever the driver waits for; `maintenance` has
 * no such limit and serves index builds, exports and the retention job.
 */
export class Database {
  private constructor(
    readonly requests: Connection,
    readonly maintenance: Connection,
  ) {}

  static async connect(uri: string, poolSize = 20): Promise<Database> {
    const requests = mongoose.createConnection(uri, {
      ...options,
      maxPoolSize: poolSize,
      socketTimeoutMS: 3_000,
      connectTimeoutMS: 3_000,
      serverSelectionTimeoutMS: 3_000,
      waitQueueTimeoutMS: 3_000,
      heartbeatFrequencyMS: 1_000,
    });
    const maintenance = mongoose.createConnection(uri, {
      ...options,
      maxPoolSize: 3,
      serverSelectionTimeoutMS: 3_000,
    });
    const database = new Database(requests, maintenance);
    // Unheard, an error event of a connection would end the process.
    for (const connection of [requests, maintenance]) connection.on('error', () => undefined);
    try {
      await Promise.all([requests.asPromise(), maintenance.asPromise()]);
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /** Connected to nothing: to look at the application (its routes) without running it. */
  static unconnected(): Database {
    return new Database(mongoose.createConnection(), mongoose.createConnection());
  }

  /** True when the server answers a ping now. */
  async answers(): Promise<boolean> {
    try {
      await this.requests.db?.command({ ping: 1 }, { timeoutMS: 1_000 });
      return this.requests.db !== undefined;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.requests.close(), this.maintenance.close()]);
  }
}
