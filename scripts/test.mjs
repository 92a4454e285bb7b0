// `npm test [-- <pattern or jest option>…]`: makes ready what the selected tests need, runs them, and ends with one line
// of counts. A pattern is searched in the paths of the spec files; an option begins with a dash and holds its value
// after `=`, such as --testNamePattern=unique.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jestConfig from '../jest.config.js';
import { closingLine, noTests, objection, sum } from './lib/counts.mjs';
import { runJest } from './lib/jest.mjs';
import { searchLogs } from './lib/log-search.mjs';
import { startMongod } from './lib/mongod.mjs';
import { findProgram, provide } from './lib/needs.mjs';
import { repository } from './lib/repository.mjs';
import { findSpecs } from './lib/specs.mjs';
import { ready } from './ready.mjs';

const words = process.argv.slice(2);
const patterns = words.filter((word) => !word.startsWith('-'));
const options = words.filter((word) => word.startsWith('-'));
let counts = noTests;
const logs = mkdtempSync(join(tmpdir(), 'deskwire-logs-'));

try {
  const folders = jestConfig.roots.map((folder) => folder.replace('<rootDir>', repository));
  const specs = findSpecs(repository, folders, patterns);
  if (specs.length === 0) throw new Error(`no spec file matches ${patterns.join(' or ') || 'anything'}.`);
  await ready({ tests: true });
  const programs = await provide([...new Set(specs.flatMap((spec) => spec.needs))].sort());

  const { MONGODB_URI: named, ...others } = { ...process.env, ...programs };
  const environment = { ...others, TEST_LOGS: logs };
  counts = await runJest(paths(specs), options, environment);

  const also = specs.filter((spec) => spec.alsoRunsOn.includes('mongodb'));
  if (also.length > 0) counts = sum(counts, await runOnMongodb(also, named, environment));

  counts = sum(counts, logsOfTheRun());

  const problem = objection(counts, { ci: Boolean(process.env['CI']) });
  if (problem) throw new Error(problem);
} catch (error) {
  console.error(`test: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
rmSync(logs, { recursive: true, force: true });
console.log(closingLine(counts));

/** One test more: nothing that the services wrote holds a password, a token or a phone number. */
function logsOfTheRun() {
  const { lines, secrets, found } = searchLogs(logs);
  if (lines === 0) return noTests;
  console.error(
    `test: ${lines} log lines of the services searched for ${secrets} secrets: ${found.length} found`,
  );
  for (const sentence of found.slice(0, 20)) console.error(`  ${sentence}`);
  return found.length === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/**
 * The same files once more on a real MongoDB: the one that MONGODB_URI names, else a `mongod` of this machine. Where the
 * two differ, the embedded database is wrong. With neither there is nothing to run on, and nothing is counted.
 * @param {import('./lib/specs.mjs').Spec[]} specs
 * @param {string | undefined} named
 * @param {NodeJS.ProcessEnv} environment
 */
async function runOnMongodb(specs, named, environment) {
  const program = named ? undefined : findProgram('mongod');
  if (!named && !program) return noTests;
  const server = program ? await startMongod(program) : undefined;
  try {
    console.error(`test: the same files on a real MongoDB (${named ? 'MONGODB_URI' : program})`);
    return await runJest(paths(specs), options, { ...environment, MONGODB_URI: named ?? server?.uri });
  } finally {
    await server?.stop();
  }
}

/** @param {import('./lib/specs.mjs').Spec[]} specs */
function paths(specs) {
  return specs.map((spec) => spec.path);
}
