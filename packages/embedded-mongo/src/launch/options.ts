export interface EmbeddedMongoOptions {
  /** The data folder; made when it does not exist. One server at a time. Local file systems only. */
  readonly dir: string;
  /** A Unix socket to listen on instead of the one that is derived from the folder. */
  readonly socket?: string;
  /** Listen on this port of the loopback instead of a socket; 0 takes a free one. */
  readonly port?: number;
  /** False: answers do not wait for the disk. For tests only; a power cut can then cost the whole folder. */
  readonly durable?: boolean;
  /** How often documents whose time is over are looked for (TTL indexes); 60,000 unless told. */
  readonly ttlIntervalMs?: number;
}

export interface EmbeddedMongo {
  /** For any MongoDB driver; `withDatabase` adds the name of a database. */
  readonly uri: string;
  /** Lets the requests at hand be answered, flushes and ends. */
  close(): Promise<void>;
  /** Resolves when the server is gone without `close()`; never otherwise. It does not come back by itself. */
  readonly died: Promise<Error>;
}
