import { AsyncLocalStorage } from 'node:async_hooks';
import { DomainError } from '../../contracts/errors.js';
import { Turns } from '../turns.js';
import { isDatabaseAway } from './failures.js';

/**
 * One deadline per request or command. Each database operation inside gets what remains of it: the driver's own
 * `timeoutMS` has no effect in 7.8 (a black hole held a read for 34 s), so the wait itself is cut here.
 * Cutting a write leaves its outcome unknown; that is why every write is safe to repeat.
 */
export const REQUEST_DEADLINE_MS = 2_500;

const deadlines = new AsyncLocalStorage<{ readonly until: number }>();

/** Runs `work` under a deadline; an outer deadline that ends earlier stays in force. */
export function withDeadline<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + milliseconds;
  const outer = deadlines.getStore()?.until ?? Number.POSITIVE_INFINITY;
  return deadlines.run({ until: Math.min(until, outer) }, work);
}

const REQUESTS_AT_ONCE = 200;
const requests = new Turns(REQUESTS_AT_ONCE, 0, 'This server has more to do than it can. Try again.');

/**
 * One request or command of a client: it has the deadline, or what is left of it, and there is a bound on how many this
 * process works on at once. After an outage everybody comes back at the same moment; without the bound each would be
 * given up half done, and repeated, for ever.
 */
export function asRequest<T>(work: () => Promise<T>, milliseconds = REQUEST_DEADLINE_MS): Promise<T> {
  return requests.take(() => withDeadline(milliseconds, work));
}

/**
 * Work that outlives or serves more than whoever started it leaves their deadline: relay rounds, batches, retention.
 * A timer would carry it along unseen. Without one, each operation has REQUEST_DEADLINE_MS for itself.
 */
export function withoutDeadline<T>(work: () => T): T {
  return deadlines.exit(work);
}

export function remainingMilliseconds(): number {
  const until = deadlines.getStore()?.until;
  return until === undefined ? REQUEST_DEADLINE_MS : until - performance.now();
}

const observers = new Set<() => void>();

/** Called for each operation that the database did not answer, until the answer of this is called. For the metric. */
export function onDatabaseFailure(observer: () => void): () => void {
  observers.add(observer);
  return () => void observers.delete(observer);
}

function unavailable(cause?: unknown): DomainError {
  for (const observer of observers) observer();
  return new DomainError('unavailable', undefined, undefined, cause === undefined ? undefined : { cause });
}

/**
 * Runs one database operation within what remains of the deadline. An unanswered or refused one becomes the
 * retryable `unavailable`; everything else (a duplicate key, a bug) passes through.
 */
export async function bounded<T>(operation: (maxTimeMS: number) => PromiseLike<T>): Promise<T> {
  const milliseconds = Math.floor(remainingMilliseconds());
  if (milliseconds <= 0) throw new DomainError('unavailable');
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable()), milliseconds);
  });
  try {
    return await Promise.race([operation(milliseconds), expired]);
  } catch (error) {
    if (isDatabaseAway(error)) throw unavailable(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
