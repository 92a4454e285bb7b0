import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { generate, generators } from './generators.mjs';
import { repository } from './repository.mjs';
import { capture } from './run.mjs';

/**
 * One part of `npm run check`. It answers with what is wrong, or with nothing.
 * @typedef {{ name: string, look: () => Promise<string> }} Check
 */

/** In the order in which they start, the longest first. @type {Check[]} */
export const checks = [
  { name: 'lint', look: () => tool('eslint/bin/eslint.js', ['.', '--max-warnings', '0']) },
  ...typeScriptProjects().map((project) => ({
    name: `types of ${project}`,
    look: () => tool('typescript/bin/tsc', ['-p', project, '--noEmit', '--pretty', 'false']),
  })),
  { name: 'format', look: () => tool('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']) },
  { name: 'imports', look: imports },
  { name: 'generated files', look: generatedFiles },
  { name: 'lockfile', look: lockfile },
];

function imports() {
  const folders = ['src', 'packages', 'web', 'test', 'bench', 'scripts', 'examples'];
  const present = folders.filter((folder) => existsSync(join(repository, folder)));
  return tool('dependency-cruiser/bin/dependency-cruise.mjs', [
    ...['--config', '.dependency-cruiser.mjs', '--output-type', 'err-long'],
    ...present,
  ]);
}

/**
 * @param {string} program inside node_modules
 * @param {string[]} args
 */
async function tool(program, args) {
  const { code, output } = await capture(
    process.execPath,
    [join(repository, 'node_modules', program), ...args],
    {
      cwd: repository,
    },
  );
  return code === 0 ? '' : output.trim() || `${program} ended with ${code}`;
}

/** Every folder with a tsconfig.json; the build's own (tsconfig.build.json) sees a part of the same files. */
function typeScriptProjects() {
  const folders = ['.', ...['packages', 'web'].flatMap(foldersIn)];
  return folders
    .map((folder) => `${folder}/tsconfig.json`)
    .filter((file) => existsSync(join(repository, file)));
}

/** @param {string} parent */
function foldersIn(parent) {
  if (!existsSync(join(repository, parent))) return [];
  return readdirSync(join(repository, parent)).map((name) => `${parent}/${name}`);
}

async function generatedFiles() {
  /** @type {string[]} */
  const stale = [];
  for (const generator of generators) {
    const path = join(repository, generator.file);
    const there = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (there !== (await generate(generator)))
      stale.push(`${generator.file} is not what ${generator.from} makes`);
  }
  return stale.length === 0 ? '' : `${stale.join('\n')}\nType npm run generate, and commit what it writes.`;
}

/** An address in the lockfile is that of the registry of whoever wrote it, and `npm ci` elsewhere would go there. */
async function lockfile() {
  const text = readFileSync(join(repository, 'package-lock.json'), 'utf8');
  const addresses = text.match(/"resolved": "\w+:\/\/[^"]*"/g) ?? [];
  return addresses.length === 0
    ? ''
    : `package-lock.json names download addresses: ${addresses.slice(0, 3).join(', ')} …`;
}
