import { setTimeout as pause } from 'node:timers/promises';
import type { Model, QueryFilter } from 'mongoose';
import type { DomainEvent } from '../../contracts/events.js';
import { bounded, remainingMilliseconds } from '../mongo/deadline.js';
import { isDuplicateKey } from '../mongo/failures.js';

/**
 * The three shapes in which a listener may write. Each can be run twice, late, and by two pods at once, and ends the
 * same; `$inc` cannot, and lint refuses it in a listener.
 */

/** Inserts one document per event and listener: the second run finds it there. True when it was new. */
export async function insertOncePerEvent<T extends { _id: string; business: string }>(
  model: Model<T>,
  event: DomainEvent,
  listener: string,
  fields: Omit<T, '_id' | 'business'>,
): Promise<boolean> {
  try {
    const document = { ...fields, _id: `${event.id}/${listener}`, business: event.business };
    await bounded((maxTimeMS) => model.collection.insertOne(document as never, { maxTimeMS }));
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/**
 * Sets fields where `number` is newer than what is stored under `field`: an older event that comes late changes
 * nothing. Creates the document when there is none.
 */
export async function setIfNewer<T extends { _id: string; business: string }>(
  model: Model<T>,
  target: { readonly _id: string; readonly business: string },
  guard: { readonly field: keyof T & string; readonly number: number },
  fields: Partial<T>,
): Promise<boolean> {
  const { field, number } = guard;
  const filter = { ...target, $or: [{ [field]: { $lt: number } }, { [field]: { $exists: false } }] };
  try {
    const result = await bounded((maxTimeMS) =>
      model
        .updateOne(
          filter as QueryFilter<T>,
          { $set: { ...fields, [field]: number } },
          {
            upsert: true,
          },
        )
        .maxTimeMS(maxTimeMS),
    );
    return result.modifiedCount + result.upsertedCount > 0;
  } catch (error) {
    // The upsert met a document that is there with a newer number.
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Others may store a count of the same document between our look and our write, but not for ever. */
const RECOUNTS = 20;

/**
 * Recounts and stores the result where nobody stored another one meanwhile, then answers it with its new `rev`: a
 * slower pod cannot put an older number on top. `rev` goes out with the event that carries the numbers.
 */
export function storeRecount<T extends { _id: string; business: string; rev: number }>(
  model: Model<T>,
  target: { readonly _id: string; readonly business: string },
  recount: () => Promise<Partial<Omit<T, '_id' | 'business' | 'rev'>>>,
): Promise<T> {
  return inLine(model, target._id, async () => {
    for (let attempt = 0; attempt < RECOUNTS; attempt += 1) {
      const stored = await tryRecount(model, target, recount);
      if (stored !== null) return stored;
      // Out of step with whoever was faster, else the slower pod of two would lose every time.
      await pause(Math.random() * 10 * (attempt + 1));
    }
    throw new Error('The numbers kept changing while they were counted.');
  });
}

/** Null when somebody else was faster. */
async function tryRecount<T extends { _id: string; business: string; rev: number }>(
  model: Model<T>,
  target: { readonly _id: string; readonly business: string },
  recount: () => Promise<Partial<Omit<T, '_id' | 'business' | 'rev'>>>,
): Promise<T | null> {
  const before = await bounded((maxTimeMS) =>
    model
      .findOne(target as QueryFilter<T>)
      .select({ rev: 1 })
      .maxTimeMS(maxTimeMS)
      .lean<{ rev?: number }>(),
  );
  const fields = await recount();
  // One that another shape began has no `rev` yet.
  const filter = { ...target, rev: before?.rev ?? { $exists: false } };
  try {
    return await bounded((maxTimeMS) =>
      model
        .findOneAndUpdate(
          filter as QueryFilter<T>,
          { $set: { ...fields, rev: (before?.rev ?? 0) + 1 } },
          { upsert: before === null, returnDocument: 'after' },
        )
        .maxTimeMS(maxTimeMS)
        .lean<T>(),
    );
  } catch (error) {
    if (isDuplicateKey(error)) return null;
    throw error;
  }
}

const lines = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * The recounts of one document within this process, one after the other: at once, they would only make each other
 * count again, until some of them gave up. One that hangs costs the next one half of its time, and no more.
 */
async function inLine<T>(model: object, id: string, work: () => Promise<T>): Promise<T> {
  const line = lines.get(model) ?? new Map<string, Promise<unknown>>();
  lines.set(model, line);
  const before = line.get(id);
  const run = before === undefined ? work() : patiently(before).then(work);
  const place = run.catch(() => undefined);
  line.set(id, place);
  try {
    return await run;
  } finally {
    if (line.get(id) === place) line.delete(id);
  }
}

async function patiently(before: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const enough = pause(Math.max(0, remainingMilliseconds() / 2), undefined, { signal: over.signal });
  await Promise.race([before, enough]).finally(() => over.abort());
  await enough.catch(() => undefined);
}
