// `npm run check [-- <name>…]`: everything that a tool can say about the repository without running it. The same before
// a commit and in CI. Two at a time, since two cores are what everybody has.
import { checks } from './lib/checks.mjs';
import { command, ready } from './ready.mjs';

const AT_ONCE = 2;

await command(async () => {
  await ready();
  const names = process.argv.slice(2);
  const chosen = checks.filter(
    (check) => names.length === 0 || names.some((name) => check.name.includes(name)),
  );
  if (chosen.length === 0)
    throw new Error(
      `No check is named ${names.join(' or ')}: ${checks.map((check) => check.name).join(', ')}.`,
    );

  /** @type {string[]} */
  const failed = [];
  const waiting = [...chosen];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const start = performance.now();
      const problem = await check.look().catch((error) => String(error));
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(
        `${problem ? 'FAILED' : 'ok    '} ${check.name} (${seconds} s)${problem ? `\n\n${problem}\n` : ''}`,
      );
      if (problem) failed.push(check.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failed.length > 0)
    throw new Error(`${failed.length} of ${chosen.length} checks failed: ${failed.join(', ')}.`);
  console.log(`All ${chosen.length} checks passed.`);
});
