// `npm run backup -- <folder>`: copies every collection into the folder, as BSON, while the database runs.
import { resolve } from 'node:path';
import { withRunningDatabase } from './lib/running-database.mjs';
import { command, ready } from './ready.mjs';

await command(async () => {
  const [folder, ...more] = process.argv.slice(2);
  if (!folder || more.length > 0) throw new Error('Type npm run backup -- <folder>.');
  await ready();
  const { backupTo } = await import('embedded-mongo');
  const { collections, documents } = await withRunningDatabase((uri) => backupTo(uri, resolve(folder)), {
    mayCreate: false,
  });
  console.log(`${documents} documents of ${collections} collections are in ${folder}.`);
});
