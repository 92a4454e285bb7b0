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
import {
  refuseDollarName,
  refuseTooDeep,
  refuseUnstorableId,
  withIdFirst,
  withTimestamps,
} from './storable.js';
import { equalityDocument, refuseExpressionInUpsert } from './upsert.js';

export interface UpdateOptions {
  readonly arrayFilters?: readonly Doc[];
  readonly environment: Environment;
  readonly filter: Filter;
  /** `let`, for the expressions of a pipeline. */
  readonly variables?: Variables;
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
  const isReplacement = isDoc(update) && !isOperators(update);
  const refuseOtherId = isDoc(update) && !isReplacement ? idMustBeThe(identical) : idMustBeThe(equalValues);
  const change = compileChange(update, options);
  return {
    isReplacement,
    apply(doc, position) {
      const result = change(doc, false, position);
      if (result === doc) return doc;
      refuseOtherId(doc, result);
      refuseTooDeep(result);
      return result;
    },
    insertFor(filter) {
      refuseExpressionInUpsert(filter);
      const seed = equalityDocument(filter, isReplacement);
      const result = change(seed, true, () => undefined);
      refuseOtherId(seed, result);
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

function compileChange(update: Value, { arrayFilters = [], environment, variables }: UpdateOptions): Change {
  if (Array.isArray(update)) {
    if (arrayFilters.length > 0) {
      fail('FailedToParse', 'arrayFilters may not be specified for pipeline-style updates');
    }
    const run = compilePipelineUpdate(update, environment, variables);
    return (doc) => {
      const result = withIdFirst(run(doc), doc.get('_id'));
      return identical(doc, result) ? doc : result;
    };
  }
  if (!isDoc(update)) fail('FailedToParse', 'Update argument must be either an object or an array');
  if (isOperators(update)) return compileOperators(update, arrayFilters, environment);
  if (arrayFilters.length > 0) {
    fail('FailedToParse', 'arrayFilters may not be specified for replacement-style updates');
  }
  return (doc, inserting) => {
    // An inserted document may have such names, an update may not bring them in.
    const dollar = inserting ? undefined : [...update.keys()].find((name) => name.startsWith('$'));
    if (dollar !== undefined) refuseDollarName(dollar);
    if (identical(doc, update)) return doc;
    return withIdFirst(withTimestamps(update, environment.now), doc.get('_id'));
  };
}

/** Another document may write the number of its `_id` in another type; operators may not touch it at all. */
function idMustBeThe(same: (before: Value, after: Value) => boolean): (before: Doc, after: Doc) => void {
  return (before, after) => {
    const [old, id] = [before.get('_id'), after.get('_id')];
    if (old === undefined || (id !== undefined && same(old, id))) return;
    const what = id === undefined ? 'removed' : 'altered';
    fail(
      'ImmutableField',
      `After applying the update, the (immutable) field '_id' was found to have been ${what}`,
    );
  };
}
