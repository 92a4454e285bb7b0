import type { JournalEvent } from '../../src/platform/journal/journal.schema.js';
import {
  defaultRetention,
  JournalRetention,
  type RetentionRules,
} from '../../src/platform/journal/journal.retention.js';
import type { Pod } from './pod-in-process.js';

/** Events as the relay hands them to the journal: `<prefix>-0`, `<prefix>-1`, each of about so many bytes. */
export function events(prefix: string, count: number, bytes = 0): JournalEvent[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `${prefix}-${at}`,
    name: 'data.changed',
    wire: 'data_change',
    at: new Date(),
    audience: ['staff'],
    data: { filling: 'x'.repeat(bytes) },
  }));
}

export const idsOf = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

/** A pod's retention, under other rules than a running service has; `held` businesses have an event that waits. */
export function retention(
  pod: Pod,
  rules: Partial<RetentionRules>,
  held: readonly string[] = [],
): JournalRetention {
  const all = { ...defaultRetention, ...rules };
  return new JournalRetention(pod.journalModel, pod.trims, pod.clock, async () => new Set(held), all);
}
