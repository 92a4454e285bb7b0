import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture, run } from './run.mjs';

/**
 * A program that tests may need beside Node.
 * @typedef {object} Need
 * @property {string} variable the environment variable in which tests read its path; set beforehand, it is the answer
 * @property {string[]} commands its names, on the PATH or as full paths
 * @property {Record<string, string[]>} packages arguments for each package manager; `apt-get on ubuntu` goes before `apt-get`
 */

/** @type {Record<string, Need>} */
export const needs = {
  'redis-server': {
    variable: 'REDIS_SERVER_PATH',
    commands: ['redis-server'],
    packages: {
      'apt-get': ['install', '-y', 'redis-server'],
      brew: ['install', 'redis'],
      dnf: ['install', 'redis'],
      apk: ['add', 'redis'],
    },
  },
  curl: {
    variable: 'CURL_PATH',
    commands: ['curl'],
    packages: {
      'apt-get': ['install', '-y', 'curl'],
      brew: ['install', 'curl'],
      dnf: ['install', 'curl'],
      apk: ['add', 'curl'],
    },
  },
  chromium: {
    variable: 'CHROMIUM_PATH',
    commands: [
      'chromium',
      'chromium-browser',
      'google-chrome-stable',
      'google-chrome',
      '/snap/bin/chromium',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ],
    packages: {
      'apt-get on ubuntu': ['install', '-y', 'chromium-browser'],
      'apt-get': ['install', '-y', 'chromium'],
      brew: ['install', '--cask', 'chromium'],
      dnf: ['install', 'chromium'],
      apk: ['add', 'chromium'],
    },
  },
};

/**
 * Finds every program, installs what is missing where that is allowed, and returns the variables that tell the tests.
 * @param {readonly string[]} names
 * @returns {Promise<Record<string, string>>}
 */
export async function provide(names) {
  /** @type {Record<string, string>} */
  const variables = {};
  for (const name of names) {
    const need = needs[name];
    if (!need)
      throw new Error(
        `A spec needs "${name}"; known are ${Object.keys(needs).join(', ')} (scripts/lib/needs.mjs).`,
      );
    variables[need.variable] = findNeed(need) ?? (await installNeed(name, need));
  }
  return variables;
}

/**
 * @param {Need} need
 * @returns {string | undefined}
 */
function findNeed(need) {
  return [process.env[need.variable] ?? [], need.commands]
    .flat()
    .map((command) => findProgram(command))
    .find(Boolean);
}

/**
 * @param {string} command a name or a full path
 * @param {string} [path] the PATH
 * @returns {string | undefined} its full path
 */
export function findProgram(command, path = process.env['PATH'] ?? '') {
  const folders = /[\\/]/.test(command) ? [''] : path.split(delimiter).filter(Boolean);
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  return folders
    .flatMap((folder) => endings.map((ending) => join(folder, command + ending)))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * @param {string} name
 * @param {Need} need
 * @returns {Promise<string>}
 */
async function installNeed(name, need) {
  const plan = installPlan(name, need, {
    managers: ['apt-get', 'brew', 'dnf', 'apk'].filter((manager) => findProgram(manager)),
    isUbuntu: isUbuntu(),
    isRoot: process.getuid?.() === 0,
    maySudo: (await capture('sudo', ['-n', 'true'])).code === 0,
  });
  if ('refusal' in plan) throw new Error(plan.refusal);
  console.error(`test: installing ${name}, which the selected tests need`);
  for (const [program = '', ...args] of plan.commands) {
    const code = await run(program, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (code !== 0)
      throw new Error(
        `\`${[program, ...args].join(' ')}\` failed: its lines above say why. Then type npm test again.`,
      );
  }
  const path = findNeed(need);
  if (!path)
    throw new Error(`${name} was installed and is still not found: put its path into ${need.variable}.`);
  return path;
}

/**
 * @param {string} name
 * @param {Need} need
 * @param {{ managers: readonly string[], isUbuntu: boolean, isRoot: boolean, maySudo: boolean }} machine
 * @returns {{ commands: string[][] } | { refusal: string }} what to run, or the sentence that says what to type
 */
export function installPlan(name, need, { managers, isUbuntu, isRoot, maySudo }) {
  const manager = managers.find((candidate) => need.packages[candidate]);
  const args = manager && ((isUbuntu && need.packages[`${manager} on ubuntu`]) || need.packages[manager]);
  if (!manager || !args) {
    return {
      refusal: `The selected tests need ${name}: install it so that \`${need.commands[0]}\` is on the PATH, or put its path into ${need.variable}.`,
    };
  }
  const sudo = manager === 'brew' || isRoot ? [] : ['sudo'];
  const steps =
    manager === 'apt-get'
      ? [
          ['apt-get', 'update'],
          ['apt-get', ...args],
        ]
      : [[manager, ...args]];
  const commands = steps.map((step) => [...sudo, ...step]);
  const allowed = manager === 'brew' || (manager === 'apt-get' && (isRoot || maySudo));
  if (allowed) return { commands };
  const typed = commands.map((step) => step.join(' ')).join(' && ');
  return { refusal: `The selected tests need ${name}. Type this, then npm test again:\n\n    ${typed}\n` };
}

function isUbuntu() {
  try {
    return /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
