import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { IndexName, Row } from './figures.js';
import { line, rowHolds } from './figures.js';
import type { Mechanism } from '../../src/platform/faults.js';
import { rows } from './rows/index.js';

/**
 * `npm run faults` plays every row at full length and writes the table; `-- F3 F11` some of them, `-- --quick` the
 * short forms; `-- --mutate` switches off one mechanism after the other and holds when each row then fails.
 */
const words = process.argv.slice(2);
const quick = words.includes('--quick');
const mutate = words.includes('--mutate');
const seed = Number(words.find((word) => word.startsWith('--seed='))?.slice(7) ?? 1);
const names = words.filter((word) => !word.startsWith('--')).map((word) => word.toUpperCase());
const chosen = rows.filter(({ name }) => names.length === 0 || names.includes(name));
if (chosen.length === 0) throw new Error(`No row is called ${names.join(' or ')}.`);

const INDEXES: readonly string[] = ['events.id', 'idempotencyKey'] satisfies IndexName[];
let failed = 0;

function report(sentence: string, ok: boolean): void {
  if (!ok) failed += 1;
  console.log(`${ok ? 'holds' : 'FAILS'}  ${sentence}`);
}

async function play(row: Row): Promise<string> {
  const figures = await row.run({ quick, seed, mechanismsOff: [], indexesOff: [] });
  report(`${row.name} (seed ${seed})  ${line(figures)}`, rowHolds(figures));
  const day = new Date(performance.timeOrigin).toISOString().slice(0, 10);
  const verdict = rowHolds(figures) ? 'holds' : '**fails**';
  return `| ${row.name} | ${row.what} | ${verdict} | ${line(figures).replaceAll('|', '·')} | ${day}, seed ${seed} |`;
}

async function playMutations(row: Row): Promise<void> {
  for (const { off } of row.mutations) {
    const index = INDEXES.includes(off);
    const figures = await row.run({
      quick: true,
      seed,
      mechanismsOff: index ? [] : [off as Mechanism],
      indexesOff: index ? [off as IndexName] : [],
    });
    report(`${row.name} without ${off} fails  ${line(figures)}`, !rowHolds(figures));
  }
}

const results = fileURLToPath(new URL('../../../faults/RESULTS.md', import.meta.url));

/** Puts the rows that were played in the place of those that the table had; the others stay as they were played. */
function writeTable(played: ReadonlyMap<string, string>): void {
  const before = existsSync(results) ? readFileSync(results, 'utf8').split('\n') : [];
  const kept = new Map(before.map((text) => [/^\| (F\d+) +\|/.exec(text)?.[1] ?? '', text]));
  const database = process.env['MONGODB_URI'] === undefined ? 'embedded database' : 'MongoDB';
  const text = [
    '# The fault table, as last played',
    '',
    `Made by \`npm run faults\` on Node ${process.version}, ${cpus().length} cores, ${database}. What each row promises is said in its code, test/faults/rows.`,
    '',
    '| row | what happens | | figures | played |',
    '|---|---|---|---|---|',
    ...rows.flatMap(({ name }) => played.get(name) ?? kept.get(name) ?? []),
    '',
  ].join('\n');
  writeFileSync(results, text);
}

const played = new Map<string, string>();
for (const row of chosen) {
  if (mutate) await playMutations(row);
  else played.set(row.name, await play(row));
}
if (!mutate && !quick) writeTable(played);
console.log(failed === 0 ? 'All of it holds.' : `${failed} did not hold.`);
process.exit(failed === 0 ? 0 : 1);
