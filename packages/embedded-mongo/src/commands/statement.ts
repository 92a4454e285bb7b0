import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { parseLet, type Variables } from '../pipeline/variables.js';
import type { FoundDocument, Query } from '../plan/reader.js';
import type { Filter } from '../query/filter.js';
import { parseFilter } from '../query/parse.js';
import { parseSort, type Sorter } from '../query/sort.js';
import type { RecordId } from '../storage/store.js';
import type { Value } from '../values/value.js';
import type { Arguments } from './arguments.js';
import { environmentOf, type Call } from './call.js';

const none: Variables = new Map();

/** The constants that a command gives names to. */
export function letOf(call: Call): Variables {
  const given = call.args.document('let');
  return given ? parseLet(given, environmentOf(call, undefined)) : none;
}

/** What the statements of find, count, update, delete and so on have in common: which documents, in which order. */
export function parseQuery(
  call: Call,
  args: Arguments,
  names: { filter: string; sort?: string },
  variables: Variables,
): Query & { readonly filter: Filter; readonly environment: Environment } {
  const environment = environmentOf(call, args.filled('collation'));
  const filter = parseFilter(args.document(names.filter) ?? new Map<string, Value>(), {
    variables: new Set(variables.keys()),
  });
  let hint = args.hint();
  let sort: Sorter | undefined;
  const order = names.sort === undefined ? undefined : args.filled(names.sort);
  if (order?.has('$natural')) {
    if (order.size > 1 || hint !== undefined)
      fail('BadValue', '$natural sort cannot be combined with others');
    hint = order;
  } else if (order) {
    sort = parseSort(order, environment.collation);
  }
  return { filter, environment, variables, sort, hint, limit: undefined };
}

/**
 * The record ids first, the changes after: a change can move an entry ahead of a running index scan, which
 * would then find the same document again.
 */
export function collectIds(found: Iterable<FoundDocument>): RecordId[] {
  return Array.from(found, ({ id }) => id);
}
