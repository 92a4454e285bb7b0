// `npm run bench -- write` and `npm run bench -- start`: figures, printed and written into bench/RESULTS.md. No test
// asserts any of them.
import { join } from 'node:path';
import { repository } from './lib/repository.mjs';
import { run } from './lib/run.mjs';
import { command, ready } from './ready.mjs';

const benches = ['write', 'start'];

await command(async () => {
  const [name, ...more] = process.argv.slice(2);
  if (!name || !benches.includes(name))
    throw new Error(`Type npm run bench -- ${benches.join(' or npm run bench -- ')}.`);
  await ready({ tests: true });
  const main = join(repository, `test/dist/bench/${name}.js`);
  process.exitCode = await run(process.execPath, [main, ...more], { cwd: repository });
});
