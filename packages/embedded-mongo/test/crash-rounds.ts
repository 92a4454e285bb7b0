import { expect, it } from '@jest/globals';
import { crashRounds } from './support/crash.js';
import { newFolder, removeFolders } from './support/folders.js';

// Not a *.spec.ts, so that `npm test` leaves it out: `npm run crash -w packages/embedded-mongo`.
it('twelve rounds of SIGKILL lose nothing', async () => {
  const report = await crashRounds(12, newFolder());
  removeFolders();
  console.log(`12 rounds: ${report.acknowledged} writes and ${report.claims} claims acknowledged`);
  expect(report.violations).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(2_400);
}, 120_000);
