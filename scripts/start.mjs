// `npm start`: makes the clone ready, then runs the service. Everything else is in src/main.ts, which a container runs
// by itself: `node dist/main.js`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './lib/repository.mjs';
import { command, ready } from './ready.mjs';

await command(async () => {
  await ready();
  await import(pathToFileURL(join(repository, 'dist/main.js')).href);
});
