// Makes a clone ready to run: `await ready()` installs when the lockfile is not the installed one and builds what is
// not the result of its sources. It uses Node alone, since it runs before anything is installed, and every command of
// the README goes through it. `npm run build` is this file started by itself.
import { pathToFileURL } from 'node:url';
import { build, buildSteps, isBuilt } from './lib/builds.mjs';
import { install, isInstalled } from './lib/install.mjs';
import { withLock } from './lib/lock.mjs';
import { nodeRefusal } from './lib/node-version.mjs';
import { repository } from './lib/repository.mjs';
import { join } from 'node:path';

/**
 * Several may run at once: one does the work, the others wait for it. When all is ready this takes a few milliseconds.
 * @param {{ root?: string, build?: boolean, tests?: boolean, say?: (line: string) => void }} [options] `tests`: also what
 *   tests start as processes of their own
 */
export async function ready({
  root = repository,
  build: wantsBuild = true,
  tests = false,
  say = console.error,
} = {}) {
  const refusal = nodeRefusal(process.versions.node);
  if (refusal) throw new Error(refusal);

  const staleSteps = () =>
    wantsBuild ? buildSteps(root, { tests }).filter((step) => !isBuilt(root, step)) : [];
  if (isInstalled(root) && staleSteps().length === 0) return;

  const waiting = () => say('ready: another command is installing or building here, waiting for it');
  await withLock(
    join(root, '.ready.lock'),
    async () => {
      if (!isInstalled(root)) {
        say('ready: installing what package-lock.json names (npm ci)');
        await install(root);
      }
      for (const step of staleSteps()) {
        say(`ready: building ${step.folder === '.' ? 'the service' : step.folder}`);
        await build(root, step);
      }
    },
    { waiting },
  );
}

/**
 * Runs a command's main function: what it throws is a sentence for the person who typed it, not a stack.
 * @param {() => Promise<void>} main
 */
export async function command(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await command(() => ready());
