import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Mechanism } from '../../src/platform/faults.js';
import type { PodAnswer, PodCommand, PodCommands, PodOptions } from './pod-process.protocol.js';

/** What a pod answered instead of a result. `died`: it gave no answer at all. */
export class PodRefusal extends Error {
  constructor(
    readonly code: string,
    readonly retryable: boolean,
  ) {
    super(code);
  }
}

/** The compiled entry: tests run from their sources, a process of its own cannot. */
const main = fileURLToPath(
  import.meta.url.endsWith('.ts')
    ? new URL('../dist/test/support/pod-process.main.js', import.meta.url)
    : new URL('./pod-process.main.js', import.meta.url),
);

/** A pod as a real process, which can be killed, stopped and started again. */
export class PodProcess {
  private child: ChildProcess | undefined;
  private readonly waiting = new Map<
    number,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  private last = 0;
  private starts = 0;

  constructor(
    readonly name: string,
    private readonly uri: string,
    private readonly options: { olderBuild?: boolean; mechanismsOff?: readonly Mechanism[] } = {},
  ) {}

  async start(): Promise<this> {
    const options: PodOptions = {
      uri: this.uri,
      name: `${this.name}.${(this.starts += 1)}`,
      olderBuild: this.options.olderBuild ?? false,
      mechanismsOff: this.options.mechanismsOff ?? [],
    };
    const child = fork(main, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) =>
        reject(new Error(`Pod ${this.name} ended with ${code} before it was ready.`)),
      );
    });
    child.on('message', (message) => this.settle(message as PodAnswer));
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
      for (const { reject } of this.waiting.values()) reject(new PodRefusal('died', true));
      this.waiting.clear();
    });
    return this;
  }

  get alive(): boolean {
    return this.child !== undefined;
  }

  call<C extends PodCommand>(command: C, input: PodCommands[C]): Promise<unknown> {
    const { child } = this;
    if (child === undefined) return Promise.reject(new PodRefusal('died', true));
    const id = (this.last += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      child.send({ id, command, input });
    });
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async close(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Resolves when it is gone by itself. */
  async gone(): Promise<void> {
    const { child } = this;
    if (child !== undefined) await new Promise((resolve) => child.once('exit', resolve));
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const gone = this.gone();
    this.child?.kill('SIGCONT');
    this.child?.kill(signal);
    await gone;
  }

  private settle(answer: PodAnswer): void {
    const caller = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.ok) caller?.resolve(answer.result);
    else caller?.reject(new PodRefusal(answer.code, answer.retryable));
  }
}
