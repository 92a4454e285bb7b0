// `npm run journal:new-epoch`: makes every cursor that clients hold worthless, so that they load anew. Do it after a
// database was set back to an older state by other means than `npm run restore`, which does it by itself.
import { newEpochs } from './lib/new-epochs.mjs';
import { withRunningDatabase } from './lib/running-database.mjs';
import { command, ready } from './ready.mjs';

await command(async () => {
  await ready();
  const businesses = await withRunningDatabase(newEpochs, { mayCreate: false });
  console.log(`The journals of ${businesses} businesses began a new epoch.`);
});
