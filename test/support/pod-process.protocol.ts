import type { FaultPoint, Mechanism } from '../../src/platform/faults.js';

/** What a test tells a pod process over its channel, and what the pod answers. */
export interface PodCommands {
  create: { business: string; key: string; text: string };
  rewrite: { business: string; id: string; text: string };
  /** Dies by SIGKILL the next time it comes to this point. */
  dieAt: { point: FaultPoint };
  advanceClock: { milliseconds: number };
  trimJournal: { maxAgeMs: number; minAgeMs: number };
  journal: { business: string; after: number };
  locate: { business: string; cursor: string };
  newEpoch: { business: string };
  /** How a further listener behaves from now on: `absent` is an older build that does not know it. */
  extraListener: { behaviour: 'works' | 'fails' | 'hangs' };
  replayDeadLetters: { business: string };
  switchOff: { mechanisms: Mechanism[] };
  idle: Record<string, never>;
}
export type PodCommand = keyof PodCommands;

export interface PodRequest<C extends PodCommand = PodCommand> {
  readonly id: number;
  readonly command: C;
  readonly input: PodCommands[C];
}

export type PodAnswer =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly retryable: boolean };

export interface PodOptions {
  readonly uri: string;
  readonly name: string;
  /** An older build: it has never heard of the extra listener. */
  readonly olderBuild: boolean;
  readonly mechanismsOff: readonly Mechanism[];
}
