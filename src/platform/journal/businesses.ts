import type { Model } from 'mongoose';
import { unscoped } from '../mongo/unscoped.js';
import type { JournalChunk } from './journal.schema.js';

/**
 * Every business that has a journal, by one look at the index for each: a `distinct` may read the whole journal, and
 * its answer has to fit into one document.
 */
export async function* businessesWithJournal(journal: Model<JournalChunk>): AsyncGenerator<string> {
  let last = '';
  for (;;) {
    const next = await unscoped(journal, 'journal retention')
      .findOne({ business: { $gt: last } })
      .sort({ business: 1, first: 1 })
      .select({ business: 1 })
      .lean();
    if (next === null) return;
    last = next.business;
    yield last;
  }
}
