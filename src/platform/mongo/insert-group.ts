import { mongo, type Collection } from 'mongoose';
import { DomainError } from '../../contracts/errors.js';
import { Batcher } from './batcher.js';
import { bounded } from './deadline.js';
import { isDatabaseAway } from './failures.js';

const NONE: ReadonlyMap<number, Error> = new Map();

/**
 * Hot inserts, collected for at most 2 ms or 50 documents: ten times cheaper per document than one by one. Each caller
 * is answered for its own document; an unknown outcome is a retryable error for the whole group, since a repeat meets
 * its own unique key.
 */
export function insertGroup(collection: () => Collection): Batcher<mongo.Document> {
  return new Batcher((documents) => insertUnordered(collection(), documents), 50, 2);
}

/** Writes what can be written and answers the refusals by their place; throws when the whole outcome is unknown. */
export async function insertUnordered(
  collection: Collection,
  documents: readonly mongo.Document[],
): Promise<ReadonlyMap<number, Error>> {
  try {
    await bounded((maxTimeMS) => collection.insertMany([...documents], { ordered: false, maxTimeMS }));
    return NONE;
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError) || isDatabaseAway(error)) throw error;
    const list: mongo.WriteError[] = [error.writeErrors].flat();
    if (error.insertedCount + list.length !== documents.length)
      throw new DomainError('unavailable', undefined, undefined, { cause: error });
    return new Map(list.map((one) => [one.index, asError(one)]));
  }
}

function asError({ code, errmsg }: mongo.WriteError): Error {
  const failure = new mongo.MongoServerError({ code, message: errmsg ?? '' });
  return isDatabaseAway(failure) ? new DomainError('unavailable') : failure;
}
