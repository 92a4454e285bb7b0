/**
 * What a test run came to. A spec file that does not even load counts as one failure: it has no tests to count.
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** @type {Counts} */
export const noTests = { passed: 0, failed: 0, skipped: 0 };

/** @param {Counts} counts */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Why the counts are not good enough, or undefined when they are.
 * @param {Counts} counts
 * @param {{ ci: boolean }} where
 */
export function objection({ passed, failed, skipped }, { ci }) {
  if (failed > 0) return 'Some tests failed.';
  if (passed === 0) return 'No test ran, which is a failure: nothing was shown.';
  if (ci && skipped > 0)
    return 'Tests were skipped, which is a failure where CI is set: a skipped test shows nothing.';
  return undefined;
}

/**
 * @param {Counts} a
 * @param {Counts} b
 * @returns {Counts}
 */
export const sum = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});
