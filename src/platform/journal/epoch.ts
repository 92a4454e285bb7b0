import type { Model } from 'mongoose';
import { systemClock, type Clock } from '../clock.js';
import { Database } from '../mongo/connection.js';
import { newId } from '../mongo/ids.js';
import { isDuplicateKey } from '../mongo/failures.js';
import { businessesWithJournal } from './businesses.js';
import { newEpoch } from './journal.js';
import { JOURNAL, journalSchema, type JournalChunk } from './journal.schema.js';

/**
 * After a restore the numbers after the restored head will be given out a second time. A new epoch makes every cursor
 * from before worthless, so that clients load anew instead of skipping what they never saw. It takes one number.
 */
export async function startNewEpoch(
  model: Model<JournalChunk>,
  business: string,
  clock: Clock,
): Promise<string> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const newest = await model.findOne({ business }).sort({ first: -1 }).select({ epoch: 1, last: 1 }).lean();
    const epoch = newEpoch();
    const number = (newest?.last ?? 0) + 1;
    const at = clock.now();
    const id = newId();
    try {
      await model.create({
        _id: id,
        business,
        epoch,
        first: number,
        last: number,
        at,
        bytes: 512,
        events: [
          {
            id,
            name: 'journal.epoch-started',
            wire: null,
            at,
            audience: ['pods'],
            data: { previous: newest?.epoch ?? null },
          },
        ],
      });
      return epoch;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  throw new Error(
    `The journal of business ${business} kept moving: stop the pods before a new epoch is started.`,
  );
}

/** The command behind `npm run journal:new-epoch` and `npm run restore`. */
export async function startNewEpochsAt(uri: string): Promise<number> {
  const database = await Database.connect(uri, 3);
  try {
    return await startNewEpochs(
      database.maintenance.model<JournalChunk>(JOURNAL, journalSchema),
      systemClock,
    );
  } finally {
    await database.close();
  }
}

async function startNewEpochs(model: Model<JournalChunk>, clock: Clock): Promise<number> {
  let started = 0;
  for await (const business of businessesWithJournal(model)) {
    await startNewEpoch(model, business, clock);
    started += 1;
  }
  return started;
}
