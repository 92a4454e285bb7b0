import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { percentile, report } from './report.js';

/** How long `node dist/main.js` takes until it is ready, on a new folder and on one that is there, and what it weighs. */
const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const IDLE_MS = 3_000;
const dir = await mkdtemp(join(tmpdir(), 'deskwire-bench-'));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function start(): Promise<{ readyMs: number; megabytes: number }> {
  const port = await freePort();
  const from = performance.now();
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'] ?? '', PORT: String(port), DATA_DIR: dir, LOG_LEVEL: 'warn' },
    stdio: 'ignore',
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}/health/ready`;
  while ((await fetch(url).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null || performance.now() - from > 60_000) throw new Error('It does not start.');
    await sleep(10);
  }
  const readyMs = performance.now() - from;
  await sleep(IDLE_MS);
  const megabytes =
    process.platform === 'linux' && child.pid !== undefined ? residentMegabytes(child.pid) : Number.NaN;
  child.kill('SIGTERM');
  await gone;
  return { readyMs, megabytes };
}

const first = await start();
const later = [await start(), await start(), await start()];
const row = (name: string, starts: readonly { readyMs: number; megabytes: number }[]): string[] => [
  name,
  percentile(
    starts.map(({ readyMs }) => readyMs),
    0.5,
  ).toFixed(0),
  percentile(
    starts.map(({ megabytes }) => megabytes),
    0.5,
  ).toFixed(0),
];
report(
  'The start',
  ['start', 'ready after, ms', 'resident after 3 s idle, MB'],
  [row('first, with the demo seeded', [first]), row('again, median of three', later)],
  'The service with the embedded database in one process; without installing and building.',
);
await rm(dir, { recursive: true, force: true });
