import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../../bench/RESULTS.md', import.meta.url));

/** Prints a table and puts it in the place of the former one of the same title. */
export function report(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  words: string,
): void {
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const day = new Date(performance.timeOrigin).toISOString().slice(0, 10);
  const load = (loadavg()[0] ?? 0).toFixed(1);
  const machine = `${day}, Node ${process.version}, ${cpus().length} cores, load ${load} at the end.`;
  const section = [`## ${title}`, '', `${machine} ${words}`, '', ...lines, ''].join('\n');
  console.log(section);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '# Figures, as last measured\n';
  const kept = before.split(/^(?=## )/m).filter((part) => !part.startsWith(`## ${title}\n`));
  writeFileSync(file, `${[...kept.map((part) => part.trimEnd()), section.trimEnd()].join('\n\n')}\n`);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
