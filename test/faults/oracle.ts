import type { EventData } from '../../src/contracts/events.js';
import type { Pod } from '../support/pod-in-process.js';

/** What a run ended with, beside what it had to end with. Everything is recomputed from the stored documents. */
export interface Verdict {
  readonly acked: number;
  readonly inLog: number;
  readonly lost: number;
  readonly dup: number;
  readonly gaps: number;
  readonly disorder: number;
  /** Whatever else does not fit, in words. */
  readonly problems: readonly string[];
}

/** Compares the journal and the views of a business with its documents. */
export async function judge(
  pod: Pod,
  business: string,
  acknowledged: ReadonlyMap<string, number>,
): Promise<Verdict> {
  const documents = await pod.items.repository.model
    .find({ business })
    .select({ rev: 1, outbox: 1, idempotencyKey: 1 })
    .lean<{ _id: string; rev: number; idempotencyKey: string; outbox?: unknown[] }[]>();
  const chunks = await pod.journalModel.find({ business }).sort({ first: 1 }).lean();
  const problems: string[] = [];

  let gaps = 0;
  let next = 1;
  const ids = new Set<string>();
  let dup = 0;
  const revisions = new Map<string, number[]>();
  const notes = new Map<string, number>();
  for (const { first, last, events } of chunks) {
    if (first !== next || last !== first + events.length - 1) gaps += 1;
    next = last + 1;
    for (const event of events) {
      if (ids.has(event.id)) dup += 1;
      ids.add(event.id);
      const { resource, id, rev = 0 } = event.data as EventData<'data.changed'>;
      if (resource === 'items') revisions.set(id, [...(revisions.get(id) ?? []), rev]);
      else notes.set(`${id}/${rev}`, (notes.get(`${id}/${rev}`) ?? 0) + 1);
    }
  }

  let lost = 0;
  let disorder = 0;
  let inLog = 0;
  for (const { _id, rev, outbox } of documents) {
    const seen = revisions.get(_id) ?? [];
    inLog += new Set(seen).size;
    lost += rev - new Set(seen).size;
    dup += seen.length - new Set(seen).size;
    if (seen.some((one, at) => at > 0 && one < (seen[at - 1] ?? 0))) disorder += 1;
    if ((outbox ?? []).length > 0) problems.push(`${_id} still has ${outbox?.length} entries`);
    for (let each = 1; each <= rev; each += 1) {
      if (notes.get(`${_id}/${each}`) !== 1)
        problems.push(`${_id}/${each} was told ${notes.get(`${_id}/${each}`) ?? 0} times`);
    }
    const view = await pod.views.findById(_id).lean();
    if (view?.source_rev !== rev)
      problems.push(`the view of ${_id} is at ${view?.source_rev}, not at ${rev}`);
  }
  for (const [id, rev] of acknowledged) {
    const stored = documents.find((document) => document._id === id);
    if (stored === undefined || stored.rev < rev) lost += 1;
  }
  dup += documents.length - new Set(documents.map(({ idempotencyKey }) => idempotencyKey)).size;
  const events = documents.reduce((sum, { rev }) => sum + rev, 0);
  const reactions = await pod.reactions.countDocuments({ business, item: { $ne: 'extra' } });
  if (reactions !== events) problems.push(`${reactions} reactions to ${events} events`);
  const letters = await pod.letters.countDocuments({ business });
  if (letters > 0) problems.push(`${letters} dead letters`);
  const acked = [...acknowledged.values()].reduce((sum, rev) => sum + rev, 0);
  return { acked, inLog, lost, dup, gaps, disorder, problems };
}

export function holds({ lost, dup, gaps, disorder, problems }: Verdict): boolean {
  return lost === 0 && dup === 0 && gaps === 0 && disorder === 0 && problems.length === 0;
}
