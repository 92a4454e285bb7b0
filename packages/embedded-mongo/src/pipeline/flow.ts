import { fail } from '../errors.js';
import { approximateSize, MemoryBudget } from '../expression/memory.js';
import { compileMatcher } from '../query/match.js';
import { parseFilter } from '../query/parse.js';
import { parseSort, sortItems, type Sorter } from '../query/sort.js';
import { isIntegral, toNumber } from '../values/numbers.js';
import { isDoc, isNumber } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { StageParser } from './stage.js';

export const match: StageParser = (specification, { variables }) => {
  if (!isDoc(specification)) fail(15959, 'the match filter must be an expression in an object');
  const filter = parseFilter(specification, { variables });
  return {
    filter,
    *run(documents, run) {
      const matches = compileMatcher(filter, run.environment, run.variables);
      for (const document of documents) {
        run.environment.checkDeadline();
        if (matches(document)) yield document;
      }
    },
  };
};

export const sort: StageParser = (specification, { environment }) => {
  if (!isDoc(specification)) fail(15973, 'the $sort key specification must be an object');
  if (specification.size === 0) fail(15976, '$sort stage must have at least one sort key');
  const sorter = parseSort(specification, environment.collation);
  return { sorter, run: (documents) => sorted(documents, sorter, undefined) };
};

/** `most` is how many a following $limit lets through: no more than about twice as many are held. */
export function* sorted(documents: Iterable<Doc>, sorter: Sorter, most: number | undefined): Generator<Doc> {
  yield* sortItems(documents, sorter, {
    documentOf: (it) => it,
    limit: most,
    sizeOf: (it) => approximateSize(it),
  });
}

export const skip: StageParser = (specification) => {
  const count = wholeNumber('$skip', specification, 5_107_200);
  return {
    skip: count,
    *run(documents) {
      let position = 0;
      for (const document of documents) if (position++ >= count) yield document;
    },
  };
};

export const limit: StageParser = (specification) => {
  const count = wholeNumber('$limit', specification, 5_107_201);
  if (count === 0) fail(15958, 'the limit must be positive');
  return {
    limit: count,
    *run(documents) {
      let taken = 0;
      for (const document of documents) {
        yield document;
        if (++taken === count) return;
      }
    },
  };
};

function wholeNumber(stage: string, value: Value, code: number): number {
  const number = isNumber(value) && isIntegral(value) ? toNumber(value) : -1;
  if (number >= 0 && Number.isSafeInteger(number)) return number;
  return fail(code, `invalid argument to ${stage} stage: Expected a non-negative number`);
}

export const count: StageParser = (specification) => {
  if (typeof specification !== 'string' || specification === '') {
    fail(40156, 'the count field must be a non-empty string');
  }
  if (specification.startsWith('$')) fail(40158, 'the count field cannot be a $-prefixed path');
  if (specification.includes('.')) fail(40160, "the count field cannot contain '.'");
  return {
    *run(documents, { environment }) {
      let found = 0;
      for (const _ of documents) {
        environment.checkDeadline();
        found++;
      }
      if (found > 0) yield new Map([[specification, found]]);
    },
  };
};

/** Holds a stream for a stage that needs it more than once or all at once, within the bound on memory. */
export function held(documents: Iterable<Doc>, stage: string): Doc[] {
  const kept: Doc[] = [];
  const budget = new MemoryBudget(stage);
  for (const document of documents) {
    budget.charge(document);
    kept.push(document);
  }
  return kept;
}
