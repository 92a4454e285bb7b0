import { writeFileSync } from 'node:fs';

/** A jest reporter that writes the counts of the whole run into the file that COUNTS_FILE names. */
export default class CountsReporter {
  /**
   * @param {Set<unknown>} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, results) {
    /** @type {import('./counts.mjs').Counts} */
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    const file = process.env['COUNTS_FILE'];
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}
