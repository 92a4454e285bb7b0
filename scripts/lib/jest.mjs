import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';
import { repository } from './repository.mjs';

/**
 * Runs jest with the flags that ESM wants, its usual output on our terminal. The counts come from a reporter of ours, not
 * from the text; when jest ended without them, or failed for a reason that no test shows, that is one failure more.
 * @param {readonly string[]} files
 * @param {readonly string[]} options handed to jest as they are
 * @param {NodeJS.ProcessEnv} variables the whole environment of the tests
 * @returns {Promise<import('./counts.mjs').Counts>}
 */
export async function runJest(files, options, variables) {
  const folder = mkdtempSync(join(tmpdir(), 'deskwire-counts-'));
  const file = join(folder, 'counts.json');
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
  const reporters = ['default', join(repository, 'scripts/lib/counts-reporter.mjs')].map(
    (name) => `--reporters=${name}`,
  );
  const jest = join(repository, 'node_modules/jest/bin/jest.js');
  const args = [...flags, jest, '--maxWorkers', '2', ...options, ...reporters, '--runTestsByPath', ...files];
  try {
    const code = await run(process.execPath, args, {
      cwd: repository,
      env: { ...variables, COUNTS_FILE: file },
    });
    const counts = readCounts(file);
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
function readCounts(file) {
  try {
    /** @type {import('./counts.mjs').Counts} */
    const counts = JSON.parse(readFileSync(file, 'utf8'));
    return counts;
  } catch {
    console.error('test: jest ended without a result.');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
