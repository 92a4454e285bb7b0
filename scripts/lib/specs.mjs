import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * What a spec file says about itself in the comments above its first line of code:
 *
 *     // needs: redis-server, chromium     programs that `npm test` finds or installs first
 *     // also runs on: mongodb             runs a second time on a real MongoDB, when there is one
 *
 * @typedef {{ path: string, needs: string[], alsoRunsOn: string[] }} Spec
 */

/**
 * @param {string} root
 * @param {readonly string[]} folders
 * @param {readonly string[]} patterns regular expressions on the path inside the repository; none means all
 * @returns {Spec[]}
 */
export function findSpecs(root, folders, patterns) {
  const matchers = patterns.map((pattern) => new RegExp(pattern, 'i'));
  return folders
    .flatMap((folder) => specFilesIn(folder))
    .filter((path) => {
      const inside = relative(root, path).split(sep).join('/');
      return matchers.length === 0 || matchers.some((matcher) => matcher.test(inside));
    })
    .sort()
    .map((path) => ({ path, ...readHead(readFileSync(path, 'utf8')) }));
}

/** @param {string} text */
export function readHead(text) {
  /** @param {string} name */
  const list = (name) => {
    const line = headLines(text).find((candidate) => candidate.startsWith(`${name}:`));
    return (line?.slice(name.length + 1) ?? '')
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean);
  };
  return { needs: list('needs'), alsoRunsOn: list('also runs on') };
}

/** @param {string} text */
function headLines(text) {
  /** @type {string[]} */
  const lines = [];
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('//') && line.trim() !== '') break;
    lines.push(line.replace(/^\/\/\s*/, ''));
  }
  return lines;
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function specFilesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name === 'node_modules' || entry.name === 'dist' ? [] : specFilesIn(path);
    return /\.spec\.ts$/.test(entry.name) ? [path] : [];
  });
}
