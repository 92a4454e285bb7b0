import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './repository.mjs';
import { clientOf } from './typed-client.mjs';

/**
 * Files that are made from others and checked in, so that a reader finds them. `npm run generate` writes them;
 * `npm run check` makes them again in memory and refuses a difference. A generator has no side effect but its text.
 * With `part` it makes what stands between `<!-- <part> -->` and `<!-- end of <part> -->`, and leaves the rest alone.
 * @typedef {{ file: string, from: string, make: () => Promise<string>, part?: string }} Generator
 */

/** @type {Generator[]} */
export const generators = [
  { file: 'docs/import-rules.md', from: '.dependency-cruiser.mjs', make: importRules },
  { file: '.env.example', from: 'src/config/env.ts', make: environmentExample },
  { file: 'README.md', from: 'src/config/env.ts', make: settingsTable, part: 'settings' },
  { file: 'docs/openapi.gen.json', from: 'the routes in src', make: openApi },
  {
    file: 'web/react/src/api/routes.gen.ts',
    from: 'the routes in src',
    make: async () => clientOf(await openApiDocument()),
  },
];

/** How a file of this ending says that it is made; JSON cannot say it. @type {Record<string, [string, string]>} */
const comments = { md: ['<!-- ', ' -->'], example: ['# ', ''], ts: ['// ', ''] };

/**
 * The text as it stands in the repository: prettier has the last word, as with everything else.
 * @param {Generator} generator
 */
export async function generate({ file, from, make, part }) {
  const { format, getFileInfo, resolveConfig } = await import('prettier');
  const path = join(repository, file);
  const made = await make();
  const text = part ? replacePart(readFileSync(path, 'utf8'), part, made) : `${head(file, from)}${made}`;
  const { inferredParser } = await getFileInfo(path);
  return inferredParser ? format(text, { ...(await resolveConfig(path)), filepath: path }) : text;
}

/**
 * @param {string} file
 * @param {string} from
 */
function head(file, from) {
  const comment = comments[file.split('.').at(-1) ?? ''];
  const [open, close] = comment ?? [];
  return comment
    ? `${open}Made from ${from} by \`npm run generate\`: change that, not this.${close}\n\n`
    : '';
}

/**
 * @param {string} text
 * @param {string} part
 * @param {string} made
 */
function replacePart(text, part, made) {
  const [open, close] = [`<!-- ${part} -->`, `<!-- end of ${part} -->`];
  const [before, rest] = text.split(open);
  const after = rest?.split(close)[1];
  if (before === undefined || after === undefined)
    throw new Error(`There is no ${open} … ${close} to write between.`);
  return `${before}${open}\n\n${made}\n\n${close}${after}`;
}

async function importRules() {
  /** @type {{ default: { forbidden: { name: string, comment: string }[] } }} */
  const { default: config } = await import(pathToFileURL(join(repository, '.dependency-cruiser.mjs')).href);
  const rows = config.forbidden.map(({ name, comment }) => `- \`${name}\`: ${comment}`);
  return ['# Who may import whom', '', ...rows, ''].join('\n');
}

/** @returns {Promise<{ name: string, description: string, standard: string }[]>} */
async function settings() {
  /** @type {typeof import('../../src/config/env.js')} */
  const { environment } = await built('config/env.js');
  return Object.entries(environment.shape).map(([name, schema]) => {
    const standard = schema.safeParse(undefined).data ?? '';
    return { name, description: schema.description ?? '', standard: standard.toString() };
  });
}

async function environmentExample() {
  const blocks = (await settings()).map(
    ({ name, description, standard }) => `# ${description}\n${standard ? '' : '# '}${name}=${standard}`,
  );
  return `${blocks.join('\n\n')}\n`;
}

async function settingsTable() {
  const rows = (await settings()).map(
    ({ name, description, standard }) =>
      `| \`${name}\` | ${standard && `\`${standard}\``} | ${description} |`,
  );
  return ['| setting | unless told | what it is for |', '|---|---|---|', ...rows].join('\n');
}

async function openApi() {
  return `${JSON.stringify(await openApiDocument(), null, 2)}\n`;
}

/** The document of the service as it is built, which is looked at and not run. */
async function openApiDocument() {
  await import('reflect-metadata');
  /** @type {typeof import('../../src/app.module.js')} */
  const { AppModule } = await built('app.module.js');
  /** @type {typeof import('../../src/platform/http/describe.js')} */
  const { describeRoutes } = await built('platform/http/describe.js');
  /** @type {typeof import('../../src/config/env.js')} */
  const { readSettings, withSecret } = await built('config/env.js');
  return describeRoutes(
    withSecret(readSettings({}), () => 'x'.repeat(32)),
    (options) => AppModule.forRoot(options),
  );
}

/**
 * @param {string} file inside dist
 * @returns {Promise<never>} of whatever type its importer says
 */
async function built(file) {
  /** @type {unknown} */
  const module = await import(pathToFileURL(join(repository, 'dist', file)).href);
  return /** @type {never} */ (module);
}
