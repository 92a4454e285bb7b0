// `npm run restore -- <folder> [--drop]`: brings a backup into the database, here or in a real MongoDB. Documents that
// the backup does not have stay, unless --drop removes each of its collections first.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { newEpochs } from './lib/new-epochs.mjs';
import { withRunningDatabase } from './lib/running-database.mjs';
import { command, ready } from './ready.mjs';

await command(async () => {
  const { values, positionals } = parseArgs({
    options: { drop: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [folder, ...more] = positionals;
  if (!folder || more.length > 0)
    throw new Error('Type npm run restore -- <folder>, or with --drop behind it.');
  await ready();
  const { restoreFrom } = await import('embedded-mongo');
  const { collections, documents } = await withRunningDatabase(
    async (uri) => {
      const restored = await restoreFrom(uri, resolve(folder), values);
      // The numbers behind the restored heads will be given out a second time: no cursor from before may be believed.
      await newEpochs(uri);
      return restored;
    },
    { mayCreate: true },
  );
  console.log(`${documents} documents of ${collections} collections are restored from ${folder}.`);
});
