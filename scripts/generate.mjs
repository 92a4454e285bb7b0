// `npm run generate`: writes the files that are made from others (scripts/lib/generators.mjs).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, generators } from './lib/generators.mjs';
import { repository } from './lib/repository.mjs';
import { command, ready } from './ready.mjs';

await command(async () => {
  await ready();
  for (const generator of generators) {
    writeFileSync(join(repository, generator.file), await generate(generator));
    console.log(generator.file);
  }
});
