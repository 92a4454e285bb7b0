import { Worker } from 'node:worker_threads';
import type { EmbeddedMongo, EmbeddedMongoOptions } from './options.js';
import type { WorkerNews } from './worker.js';

const CLOSE_PATIENCE_MS = 15_000;

/** Starts the server in a thread of its own: a long scan there does not delay a timer here. */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: options });
  let closing = false;
  const ended = new Promise<Error>((resolve) => {
    worker.once('error', resolve);
    worker.once('exit', (code) => resolve(new Error(`The embedded database ended by itself (${code}).`)));
  });
  const uri = await new Promise<string>((resolve, reject) => {
    worker.once('message', (news: WorkerNews) => resolve(news.uri));
    void ended.then(reject);
  });

  return {
    uri,
    died: new Promise((resolve) => {
      void ended.then((error) => {
        if (!closing) resolve(error);
      });
    }),
    async close() {
      closing = true;
      const late = setTimeout(() => void worker.terminate(), CLOSE_PATIENCE_MS);
      worker.postMessage('close');
      await ended;
      clearTimeout(late);
    },
  };
}
