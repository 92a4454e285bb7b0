import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ListenOptions, Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startEmbeddedMongo, type EmbeddedMongo, type EmbeddedMongoOptions } from 'embedded-mongo';
import { MongoClient } from 'mongodb';
import { killAll } from './cli.js';
import { removeFolders } from './folders.js';

const servers: EmbeddedMongo[] = [];
const clients: MongoClient[] = [];
const listeners: Server[] = [];

export async function start(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const server = await startEmbeddedMongo(options);
  servers.push(server);
  return server;
}

export function connect(uri: string): MongoClient {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3_000 });
  clients.push(client);
  return client;
}

/** Makes a listener of the test listen. */
export async function hold(listener: Server, at: ListenOptions): Promise<void> {
  listeners.push(listener);
  listener.listen(at);
  await once(listener, 'listening');
}

export function socketOf(uri: string): string {
  return decodeURIComponent(uri.split('/')[2] ?? '');
}

/** Runs a small program that holds or changes the folder from outside the server. */
export function meddle(what: 'hold-lock' | 'steal' | 'newer-format', dir: string) {
  const script = fileURLToPath(new URL('./meddle.mjs', import.meta.url));
  return spawn(process.execPath, [script, what, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Ends whatever a test has started. */
export async function cleanUp(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await killAll();
  listeners.splice(0).forEach((listener) => listener.close());
  removeFolders();
}
