import { parentPort, workerData } from 'node:worker_threads';
import type { EmbeddedMongoOptions } from './options.js';
import { serve } from './serve.js';

/** What the worker tells the thread that started it; a fault tells itself, as the worker's 'error'. */
export interface WorkerNews {
  readonly uri: string;
}

const port = parentPort;
if (port === null) throw new Error('worker.js is started by startEmbeddedMongo only.');

const server = await serve(workerData as EmbeddedMongoOptions);
void server.died.then((error) => {
  throw error;
});
port.once('message', () => {
  void server.close().then(() => process.exit(0));
});
port.postMessage({ uri: server.uri } satisfies WorkerNews);
