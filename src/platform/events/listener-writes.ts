import type { Model, QueryFilter } from 'mongoose';
import type { DomainEvent } from '../../contracts/events.js';
import { bounded } from '../mongo/deadline.js';
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

/**
 * Recounts and stores the result where nobody stored another one meanwhile, then answers it with its new `rev`: a
 * slower pod cannot put an older number on top. `rev` goes out with the event that carries the numbers.
 */
export async function storeRecount<T extends { _id: string; business: string; rev: number }>(
  model: Model<T>,
  target: { readonly _id: string; readonly business: string },
  recount: () => Promise<Partial<Omit<T, '_id' | 'business' | 'rev'>>>,
): Promise<T> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = await bounded((maxTimeMS) =>
      model
        .findOne(target as QueryFilter<T>)
        .select({ rev: 1 })
        .maxTimeMS(maxTimeMS)
        .lean<{ rev: number }>(),
    );
    const fields = await recount();
    const rev = before?.rev ?? 0;
    const filter = before === null ? { ...target, rev: { $exists: false } } : { ...target, rev };
    try {
      const stored = await bounded((maxTimeMS) =>
        model
          .findOneAndUpdate(
            filter as QueryFilter<T>,
            { $set: { ...fields, rev: rev + 1 } },
            {
              upsert: before === null,
              returnDocument: 'after',
            },
          )
          .maxTimeMS(maxTimeMS)
          .lean<T>(),
      );
      if (stored !== null) return stored;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  throw new Error('The numbers kept changing while they were counted.');
}
