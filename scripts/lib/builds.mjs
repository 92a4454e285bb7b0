import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/**
 * @typedef {object} BuildStep
 * @property {string} folder what is built, from the repository's folder; '.' is the service
 * @property {string[]} sources files and folders on which the result depends
 * @property {(out: string) => string[]} command arguments for node; `out` is the folder to write
 */

const STAMP = '.ready.json';

/**
 * Everything that is built, in order: a step may depend on those before it. A folder that does not exist is no step.
 * @param {string} root
 * @param {{ tests: boolean }} which `tests`: also what tests start as processes of their own
 * @returns {BuildStep[]}
 */
export function buildSteps(root, { tests }) {
  const typescript = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  /** @param {string} folder */
  const compiled = (folder) => join(root, folder, 'tsconfig.build.json');
  /** @type {BuildStep[]} */
  const steps = [];
  const packages = foldersIn(root, 'packages').filter((folder) => existsSync(compiled(folder)));
  for (const folder of packages) {
    steps.push({
      folder,
      sources: [
        'package-lock.json',
        'tsconfig.base.json',
        ...['src', 'package.json', 'tsconfig.build.json'].map((name) => `${folder}/${name}`),
      ],
      command: (out) => [typescript, '-p', compiled(folder), '--outDir', out],
    });
  }
  if (existsSync(compiled('.'))) {
    steps.push({
      folder: '.',
      sources: [
        'tsconfig.base.json',
        'tsconfig.build.json',
        'src',
        ...packages.map((folder) => `${folder}/src`),
      ],
      command: (out) => [typescript, '-p', compiled('.'), '--outDir', out],
    });
  }
  for (const folder of foldersIn(root, 'web').filter((name) => existsSync(join(root, name, 'index.html')))) {
    steps.push({
      folder,
      sources: [folder, 'web/react', 'src/contracts'],
      command: (out) => [
        join(root, 'node_modules/vite/bin/vite.js'),
        'build',
        join(root, folder),
        '--outDir',
        out,
        '--emptyOutDir',
      ],
    });
  }
  if (tests && existsSync(compiled('test'))) {
    steps.push({
      folder: 'test',
      sources: [
        ...['package-lock.json', 'tsconfig.base.json', 'tsconfig.json', 'src', 'test', 'bench'],
        ...packages.map((folder) => `${folder}/src`),
      ],
      // Its record of what is written belongs to the folder that is written, or the compiler would leave files out.
      command: (out) => [
        ...[typescript, '-p', compiled('test'), '--outDir', out],
        ...['--tsBuildInfoFile', join(out, '.tsbuildinfo')],
      ],
    });
  }
  return steps;
}

/**
 * @param {string} root
 * @param {BuildStep} step
 */
export function isBuilt(root, step) {
  try {
    /** @type {{ sources: string }} */
    const stamp = JSON.parse(readFileSync(join(root, step.folder, 'dist', STAMP), 'utf8'));
    return stamp.sources === fingerprint(root, step.sources);
  } catch {
    return false;
  }
}

/**
 * Builds beside the former result and swaps at the end: a build that fails leaves the former one in place.
 * @param {string} root
 * @param {BuildStep} step
 */
export async function build(root, step) {
  const [result, next, former] = ['dist', 'dist.next', 'dist.former'].map((name) =>
    join(root, step.folder, name),
  );
  if (!result || !next || !former) return;
  const sources = fingerprint(root, step.sources);
  try {
    rmSync(next, { recursive: true, force: true });
    const code = await run(process.execPath, step.command(next), { cwd: root });
    if (code !== 0) throw new Error(`${step.folder} does not build: the compiler's lines above say why.`);
    writeFileSync(join(next, STAMP), JSON.stringify({ sources }));
    rmSync(former, { recursive: true, force: true });
    if (existsSync(result)) renameSync(result, former);
    renameSync(next, result);
  } finally {
    rmSync(next, { recursive: true, force: true });
    rmSync(former, { recursive: true, force: true });
  }
}

/**
 * Names, sizes and times of all files: a removed or an older file changes it too, which "newest time" would miss.
 * @param {string} root
 * @param {readonly string[]} sources
 */
function fingerprint(root, sources) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    const full = join(root, path);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      for (const name of readdirSync(full).sort()) if (!isIgnored(name)) add(`${path}/${name}`);
    } else if (stat) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
  };
  sources.forEach(add);
  return hash.digest('hex');
}

/** @param {string} name */
const isIgnored = (name) =>
  name.endsWith('.spec.ts') || name === 'node_modules' || /^dist(\.\w+)?$/.test(name);

/**
 * @param {string} root
 * @param {string} parent
 */
function foldersIn(root, parent) {
  const path = join(root, parent);
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => `${parent}/${entry.name}`);
}
