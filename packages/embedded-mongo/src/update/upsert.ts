import { fail } from '../errors.js';
import type { FieldTest, Filter } from '../query/filter.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';

/** MongoDB refuses $expr in the filter of an upsert, also when a document matches. */
export function refuseExpressionInUpsert(filter: Filter): void {
  if (filter.kind === 'expr') {
    fail('QueryFeatureNotAllowed', '$expr is not allowed in the query predicate for an upsert');
  }
  if ('parts' in filter) filter.parts.forEach(refuseExpressionInUpsert);
}

/** The values that a test leaves no choice about. */
function valuesDemanded(test: FieldTest): Value[] {
  if (test.op === 'eq') return [test.value];
  if (test.op === 'in') return test.values.length === 1 ? test.values : [];
  if (test.op === 'all') return test.tests.flatMap(valuesDemanded);
  return [];
}

function* equalities(filter: Filter): Generator<[string, Value]> {
  if (filter.kind === 'and' || (filter.kind === 'or' && filter.parts.length === 1)) {
    for (const part of filter.parts) yield* equalities(part);
  } else if (filter.kind === 'field') {
    for (const value of valuesDemanded(filter.test)) yield [filter.path, value];
  }
}

/** What the filter's equalities say about a document that does not exist yet. */
export function equalityDocument(filter: Filter, idOnly: boolean): Doc {
  const root: Doc = new Map();
  // The documents that dotted paths made, as opposed to those that are values of the filter.
  const made = new Set<Value>([root]);
  for (const [path, value] of equalities(filter)) {
    if (idOnly && path.startsWith('_id.')) {
      fail(
        'NotExactValueField',
        `field at '_id' must be exactly specified, field at sub-path '${path}' found`,
      );
    }
    if (idOnly && path !== '_id') continue;
    const parts = path.split('.');
    let holder = root;
    for (const part of parts.slice(0, -1)) {
      const known = holder.get(part);
      if (known !== undefined && !made.has(known)) refuseAmbiguous(path);
      const inner = isDoc(known) ? known : new Map<string, Value>();
      made.add(inner);
      holder.set(part, inner);
      holder = inner;
    }
    const name = parts.at(-1) ?? '';
    if (holder.has(name)) refuseAmbiguous(path);
    holder.set(name, value);
  }
  return root;
}

function refuseAmbiguous(path: string): never {
  fail('NotSingleValueField', `cannot infer query fields to set, path '${path}' is matched twice`);
}
