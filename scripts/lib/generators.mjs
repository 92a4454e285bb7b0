import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { repository } from './repository.mjs';

/**
 * Files that are made from others and checked in, so that a reader finds them. `npm run generate` writes them;
 * `npm run check` makes them again in memory and refuses a difference. A generator has no side effect but its text.
 * @typedef {{ file: string, from: string, make: () => Promise<string> }} Generator
 */

/** @type {Generator[]} */
export const generators = [
  { file: 'docs/import-rules.md', from: '.dependency-cruiser.mjs', make: importRules },
];

/**
 * The text as it stands in the repository: prettier has the last word, as with everything else.
 * @param {Generator} generator
 */
export async function generate({ file, from, make }) {
  const { format, resolveConfig } = await import('prettier');
  const path = join(repository, file);
  const text = `<!-- Made from ${from} by \`npm run generate\`: change that, not this. -->\n\n${await make()}`;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

async function importRules() {
  /** @type {{ default: { forbidden: { name: string, comment: string }[] } }} */
  const { default: config } = await import(pathToFileURL(join(repository, '.dependency-cruiser.mjs')).href);
  const rows = config.forbidden.map(({ name, comment }) => `- \`${name}\`: ${comment}`);
  return ['# Who may import whom', '', ...rows, ''].join('\n');
}
