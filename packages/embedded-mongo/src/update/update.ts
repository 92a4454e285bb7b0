import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import type { Filter } from '../query/filter.js';
import { equalValues } from '../values/compare.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import type { Variables } from './document-stages.js';
import { identical } from './identical.js';
import { compileOperators } from './operators.js';
import { compilePipelineUpdate } from './pipeline-update.js';
import { refuseTooDeep, refuseUnstorableId, withIdFirst, withTimestamps } from './storable.js';
import { equalityDocument, refuseExpressionInUpsert } from './upsert.js';

export interface UpdateOptions {
  readonly arrayFilters?: readonly Doc[];
  readonly environment: Environment;
  readonly filter: Filter;
  /** `let`, for the expressions of a pipeline. */
  readonly variables?: Variables;
  /** True: the update is a replacement whatever it looks like. False: it may not be one (`multi`). */
  readonly replace?: boolean;
}

export interface Updater {
  readonly isReplacement: boolean;
  /**
   * The updated document: the same reference when nothing changes, else a new one that shares what did not.
   * `position` is asked only when a path has a `$` in it.
   */
  apply(doc: Doc, position: () => number | undefined): Doc;
  /** The document that an upsert inserts, `_id` first. */
  insertFor(filter: Filter): Doc;
}

/** Makes a document out of another one; `inserting` when the other is only what the filter says. */
type Change = (doc: Doc, inserting: boolean, position: () => number | undefined) => Doc;

export function compileUpdate(update: Value, options: UpdateOptions): Updater {
  const { arrayFilters = [] } = options;
  const isReplacement = isDoc(update) && (options.replace ?? !isOperators(update));
  const change = compileChange(update, arrayFilters, options);
  return {
    isReplacement: isReplacement && options.replace !== false,
    apply(doc, position) {
      const result = change(doc, false, position);
      if (result === doc) return doc;
      refuseOtherId(doc.get('_id'), result.get('_id'), !isDoc(update) || isReplacement);
      refuseTooDeep(result);
      return result;
    },
    insertFor(filter) {
      refuseExpressionInUpsert(filter);
      const seed = equalityDocument(filter, isReplacement);
      const result = change(seed, true, () => undefined);
      refuseOtherId(seed.get('_id'), result.get('_id'), !isDoc(update) || isReplacement);
      const id = result.get('_id');
      if (id !== undefined) refuseUnstorableId(id);
      refuseTooDeep(result);
      return withIdFirst(result);
    },
  };
}

function isOperators(update: Doc): boolean {
  const [first] = update.keys();
  return first?.startsWith('$') ?? false;
}

function compileChange(
  update: Value,
  arrayFilters: readonly Doc[],
  { replace, environment, variables }: UpdateOptions,
): Change {
  if (Array.isArray(update)) {
    if (arrayFilters.length > 0) {
      fail('FailedToParse', 'arrayFilters may not be specified for pipeline-style updates');
    }
    const run = compilePipelineUpdate(update, environment, variables);
    return (doc) => {
      const result = withIdOf(doc, run(doc));
      return identical(doc, result) ? doc : result;
    };
  }
  if (!isDoc(update)) fail('FailedToParse', 'Update argument must be either an object or an array');
  if (isOperators(update) && replace !== true) return compileOperators(update, arrayFilters, environment);
  if (replace === false) {
    fail('FailedToParse', 'multi update is not supported for replacement-style update');
  }
  if (arrayFilters.length > 0) {
    fail('FailedToParse', 'arrayFilters may not be specified for replacement-style updates');
  }
  return (doc, inserting) => {
    if (!inserting) refuseDollarNames(update);
    if (identical(doc, update)) return doc;
    return withIdOf(doc, withTimestamps(update, environment.now));
  };
}

/** `_id` stays when the new document does not speak of it, and it is always the first field. */
function withIdOf(doc: Doc, result: Doc): Doc {
  const id = result.get('_id') ?? doc.get('_id');
  const [first] = result.keys();
  if (id === undefined || first === '_id') return result;
  return new Map([['_id', id], ...[...result].filter(([name]) => name !== '_id')]);
}

function refuseDollarNames(replacement: Doc): void {
  for (const name of replacement.keys()) {
    if (name.startsWith('$')) {
      fail(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's ` +
          'replacement document. Consider using an aggregation pipeline with $replaceWith.',
      );
    }
  }
}

/** A new document may write the number of an `_id` in another type; operators may not touch it at all. */
function refuseOtherId(before: Value | undefined, after: Value | undefined, isWhole: boolean): void {
  if (before === undefined) return;
  if (after !== undefined && (isWhole ? equalValues(before, after) : identical(before, after))) return;
  fail(
    'ImmutableField',
    after === undefined
      ? "After applying the update, the (immutable) field '_id' was found to have been removed"
      : "After applying the update, the (immutable) field '_id' was found to have been altered",
  );
}
