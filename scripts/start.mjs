// `npm start`: makes the clone ready, then runs the embedded database in DATA_DIR until it is told to stop.
import { once } from 'node:events';
import { dataFolder } from './lib/running-database.mjs';
import { command, ready } from './ready.mjs';

await command(async () => {
  await ready();
  const dir = dataFolder();
  const { startEmbeddedMongo } = await import('embedded-mongo');
  const database = await startEmbeddedMongo({ dir });
  console.log(`The embedded database serves ${dir} at

    ${database.uri}

Connect from another terminal: mongoose.connect('${database.uri}'). Stop it with Ctrl+C.`);

  const told = Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name)));
  const fault = await Promise.race([told.then(() => undefined), database.died]);
  if (fault) throw fault;
  await database.close();
  console.log('The embedded database is closed.');
});
