import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Starts a mongod of one's own on an empty temporary folder: a standalone server, enough for what our repositories use
 * (no transactions, no change streams).
 * @param {string} program
 * @returns {Promise<{ uri: string, stop: () => Promise<void> }>}
 */
export async function startMongod(program) {
  const dir = mkdtempSync(join(tmpdir(), 'deskwire-mongod-'));
  const port = await freePort();
  const child = spawn(
    program,
    ['--dbpath', dir, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet'],
    {
      stdio: 'ignore',
    },
  );
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 300 && child.exitCode === null; attempt++) {
    if (await answers(port)) return { uri: `mongodb://127.0.0.1:${port}/?directConnection=true`, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(
    `${program} does not start on an empty folder: name a running MongoDB in MONGODB_URI instead.`,
  );
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address && typeof address === 'object' ? address.port : 0;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
