import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repository } from '../../scripts/lib/repository.mjs';
import { keepLine } from './kept-logs.js';
import { until } from './until.js';

/** The service as an operator starts it: `node dist/main.js` in a process of its own. */
export interface ServiceProcess {
  readonly url: string;
  /** Everything that it has written so far. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and answers the exit code, null when the signal itself ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

export interface ProcessOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Do not wait until it is ready: only until it listens, or until it has ended. */
  readonly until?: 'ready' | 'listening' | 'exit';
}

const running = new Set<ServiceProcess>();

export async function startProcess({
  environment,
  until: state = 'ready',
}: ProcessOptions): Promise<ServiceProcess> {
  const port = environment['PORT'] ?? String(20_000 + Math.floor(Math.random() * 20_000));
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [join(repository, 'dist/main.js')], {
    env: { PATH, PORT: port, RATE_LIMIT_FACTOR: '1000', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const service: ServiceProcess = {
    url: `http://127.0.0.1:${port}`,
    output: () => text,
    exited,
    signal: (signal) => void child.kill(signal),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
  running.add(service);
  void exited.then(() => {
    running.delete(service);
    // The log, not the summary of the demo, which shows its passwords on purpose.
    for (const line of text.split('\n')) if (line.startsWith('{')) keepLine(`${line}\n`);
  });
  const path = state === 'ready' ? '/health/ready' : '/health/live';
  if (state === 'exit') await exited;
  else {
    await until(
      `${state}: ${environment['MONGODB_URI'] ?? environment['DATA_DIR'] ?? ''}`,
      async () => {
        if (child.exitCode !== null) throw new Error(`The service ended:\n${text}`);
        return (await fetch(service.url + path).catch(() => undefined))?.status === 200;
      },
      30_000,
    );
  }
  return service;
}

/** For `afterAll`: nothing outlives the test that started it. */
export async function endProcesses(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop('SIGKILL')));
}
