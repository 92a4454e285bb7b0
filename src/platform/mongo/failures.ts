import { mongo } from 'mongoose';

/** Codes with which a server says "not now": shutting down, stepping down, out of time, out of disk. */
const AWAY_CODES = new Set([6, 7, 50, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031]);

export function isDuplicateKey(error: unknown): error is Error {
  return error instanceof mongo.MongoServerError && error.code === 11000;
}

/**
 * True when the unique index over exactly these ascending fields refused the write. The name is read from the
 * message, because the driver drops `keyPattern` from the errors of a bulk write.
 */
export function isDuplicateOf(error: unknown, ...fields: string[]): boolean {
  const name = isDuplicateKey(error) ? / index: (\S+) dup key/.exec(error.message)?.[1] : undefined;
  return name === fields.map((field) => `${field}_1`).join('_');
}

/** True when the database gave no answer or said that it cannot answer now: the outcome of a write is unknown. */
export function isDatabaseAway(error: unknown): boolean {
  // A write to a socket that was just reset reaches us as the system's own error, not as the driver's.
  if (typeof error === 'object' && error !== null && 'syscall' in error && 'errno' in error) return true;
  // A lost connection comes out of a bulk write in this shape, with no refusal in it: it is not "all were written".
  if (error instanceof mongo.MongoBulkWriteError && [error.writeErrors].flat().length === 0) return true;
  if (error instanceof mongo.MongoServerError) return AWAY_CODES.has(Number(error.code));
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoOperationTimeoutError ||
    (error instanceof mongo.MongoDriverError &&
      /pool|connection|timed? ?out|interrupted/i.test(`${error.name} ${error.message}`))
  );
}
