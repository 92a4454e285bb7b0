// `npm run faults`: plays the fault table (test/faults/RESULTS.md). `-- F3 F11` some rows, `-- --quick` their short
// forms, `-- --mutate` shows that a row fails when what it stands on is switched off.
import { join } from 'node:path';
import { repository } from './lib/repository.mjs';
import { run } from './lib/run.mjs';
import { command, ready } from './ready.mjs';

await command(async () => {
  await ready({ tests: true });
  const main = join(repository, 'test/dist/test/faults/run.js');
  process.exitCode = await run(process.execPath, [main, ...process.argv.slice(2)], { cwd: repository });
});
