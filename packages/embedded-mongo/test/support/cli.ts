import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/embedded-mongo.mjs', import.meta.url));

export interface CliRun {
  readonly child: ChildProcess;
  /** The first line on standard output, or undefined when the process ended without one. */
  readonly firstLine: Promise<string | undefined>;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly output: () => string;
  readonly errors: () => string;
}

const running = new Set<ChildProcess>();

/** `npx embedded-mongo …`, as a process of its own. `shell` may set limits before it: `ulimit -f 100`. */
export function runCli(args: string[], shell?: string): CliRun {
  const child =
    shell === undefined
      ? spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('/bin/sh', ['-c', `${shell}; exec "$@"`, 'sh', process.execPath, program, ...args], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
  running.add(child);
  let output = '';
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const firstLine = new Promise<string | undefined>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('\n')) resolve(output.slice(0, output.indexOf('\n')));
    });
    void exit.then(() => resolve(undefined));
  });
  return { child, firstLine, exit, output: () => output, errors: () => errors };
}

/** Starts it and waits for its URI. */
export async function startCli(args: string[], shell?: string): Promise<CliRun & { uri: string }> {
  const run = runCli(args, shell);
  const uri = await run.firstLine;
  if (uri === undefined) throw new Error(`it did not start: ${run.errors()}`);
  return { ...run, uri };
}

export async function killAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }),
  );
}
