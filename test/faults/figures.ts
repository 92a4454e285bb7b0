import type { Mechanism } from '../../src/platform/faults.js';
import { holds, type Verdict } from './oracle.js';

export interface RowOptions {
  readonly quick: boolean;
  readonly seed: number;
  readonly mechanismsOff: readonly Mechanism[];
  /** Unique keys that `--mutate` removes from the database after it was made. */
  readonly indexesOff: readonly IndexName[];
}
export type IndexName = 'events.id' | 'idempotencyKey';

export interface Row {
  readonly name: string;
  readonly what: string;
  readonly run: (options: RowOptions) => Promise<Figures>;
  /** What is switched off to see this row fail. */
  readonly mutations: readonly { readonly off: Mechanism | IndexName }[];
}

export interface Figures {
  readonly verdict: Verdict;
  readonly worstStallMs: number;
  readonly podsAlive: string;
  /** What else a row promises, in words, when it does not hold. */
  readonly broken: readonly string[];
}

export function rowHolds({ verdict, broken }: Figures): boolean {
  return holds(verdict) && broken.length === 0;
}

/** Subscribers and reads come with the hub; until then those columns are empty. */
export function line({ verdict, worstStallMs, podsAlive, broken }: Figures): string {
  const { acked, inLog, lost, dup, gaps, problems, disorder } = verdict;
  const parts = [
    `acked ${acked}`,
    `in log ${inLog}`,
    'delivered –',
    `lost ${lost}`,
    `dup ${dup} (on the wire –)`,
    `gaps ${gaps}`,
    `worst stall ${Math.round(worstStallMs)} ms`,
    'reads –',
    `pods alive ${podsAlive}`,
  ];
  if (disorder > 0) parts.push(`out of order ${disorder}`);
  const words = [...broken, ...problems];
  return words.length === 0 ? parts.join(' | ') : `${parts.join(' | ')} | ${words.slice(0, 3).join('; ')}`;
}

export function sum(verdicts: readonly Verdict[]): Verdict {
  const add = (field: 'acked' | 'inLog' | 'lost' | 'dup' | 'gaps' | 'disorder'): number =>
    verdicts.reduce((total, verdict) => total + verdict[field], 0);
  return {
    acked: add('acked'),
    inLog: add('inLog'),
    lost: add('lost'),
    dup: add('dup'),
    gaps: add('gaps'),
    disorder: add('disorder'),
    problems: verdicts.flatMap(({ problems }) => problems),
  };
}
