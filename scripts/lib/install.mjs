import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/**
 * Whether node_modules is what package-lock.json says. After an install by hand our stamp is missing or old: then npm's
 * own record in node_modules decides, so that nobody's install is done twice.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = stampOf(root);
  if (readText(stampFile(root)) === wanted) return true;
  if (!npmHasInstalled(root)) return false;
  writeFileSync(stampFile(root), wanted);
  return true;
}

/**
 * `--ignore-scripts`: everything native in the lockfile comes prebuilt, and no package's script runs on your machine.
 * `--include=dev`: the compiler is needed under NODE_ENV=production too.
 * @param {string} root
 */
export async function install(root) {
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env['npm_execpath'];
  // Started by npm, the same npm is used; started by hand, the one on the PATH.
  const code = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...args], { cwd: root })
    : await run('npm', args, { cwd: root, shell: process.platform === 'win32' });
  if (code !== 0) throw new Error('`npm ci` failed: its lines above say why.');
  writeFileSync(stampFile(root), stampOf(root));
}

/** @param {string} root */
const stampFile = (root) => join(root, 'node_modules', '.ready.json');

/** @param {string} root */
function stampOf(root) {
  const lockfile = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return JSON.stringify({ lockfile, platform: process.platform, arch: process.arch });
}

/** @param {string} root */
function npmHasInstalled(root) {
  const record = readText(join(root, 'node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  const installed = packagesIn(record);
  const wanted = packagesIn(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path];
    if (!path.startsWith('node_modules/')) return true;
    if (!found) return entry.optional === true;
    return found.version === entry.version && (!entry.integrity || found.integrity === entry.integrity);
  });
}

/** @param {string} lockfile */
function packagesIn(lockfile) {
  /** @type {{ packages: Record<string, { version?: string, integrity?: string, optional?: boolean }> }} */
  const { packages } = JSON.parse(lockfile);
  return packages;
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
