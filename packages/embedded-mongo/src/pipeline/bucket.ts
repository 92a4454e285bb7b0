import { fail } from '../errors.js';
import type { Expression } from '../expression/expression.js';
import { parseExpression } from '../expression/parse.js';
import type { Collation } from '../values/collation.js';
import { canonicalRank, compareValues } from '../values/compare.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { sort } from './flow.js';
import { groupBy, parseFields } from './group.js';
import type { StageParser } from './stage.js';

const options = new Set(['groupBy', 'boundaries', 'default', 'output']);
const counted: Doc = new Map([['count', new Map([['$sum', 1]])]]);

/** A $group by the lower bound of the bucket that a value falls into; an empty bucket gives nothing. */
export const bucket: StageParser = (specification, context) => {
  const { collation } = context.environment;
  if (!isDoc(specification)) fail(40201, 'Argument to $bucket stage must be an object');
  for (const name of specification.keys()) {
    if (!options.has(name)) fail(40197, `Unrecognized option to $bucket: ${name}.`);
  }
  const groupBySpecification = specification.get('groupBy');
  const boundariesSpecification = specification.get('boundaries');
  if (groupBySpecification === undefined || boundariesSpecification === undefined) {
    fail(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  }
  const isPath = typeof groupBySpecification === 'string' && groupBySpecification.startsWith('$');
  if (!isPath && !isDoc(groupBySpecification)) {
    fail(40202, "The $bucket 'groupBy' field must be defined as a $-prefixed path or an expression");
  }
  const output = specification.get('output') ?? counted;
  if (!isDoc(output)) fail(40196, "The $bucket 'output' field must be an object");
  const boundaries = parseBoundaries(boundariesSpecification, collation);
  const other = specification.has('default')
    ? constant(specification.get('default') ?? null, 40195)
    : undefined;
  const [lowest = null] = boundaries;
  if (other !== undefined && compareValues(other, lowest, collation) >= 0) {
    const highest = boundaries.at(-1);
    const same = canonicalRank(other) === canonicalRank(highest);
    if (same && compareValues(other, highest, collation) < 0) {
      fail(
        40199,
        "The $bucket 'default' field must be less than the lowest boundary or not less than the highest.",
      );
    }
  }
  const value = parseExpression(groupBySpecification, { variables: context.variables });
  const key: Expression = {
    evaluate: (scope) =>
      bucketOf(value.evaluate(scope) ?? null, boundaries, collation) ??
      other ??
      fail(40066, '$switch could not find a matching branch for an input, and no default was specified.'),
  };
  const grouped = groupBy(key, parseFields(output, '$bucket', context));
  return [grouped, sort(new Map([['_id', 1]]), context)].flat();
};

/** The boundary below; a value of another type lies outside, even if it is between in the order of all types. */
function bucketOf(value: Value, boundaries: Value[], collation: Collation | undefined): Value | undefined {
  const above = boundaries.findIndex((boundary) => compareValues(value, boundary, collation) < 0);
  return above > 0 ? boundaries[above - 1] : undefined;
}

function parseBoundaries(specification: Value, collation: Collation | undefined): Value[] {
  if (!Array.isArray(specification)) fail(40200, "The $bucket 'boundaries' field must be an array");
  if (specification.length < 2) fail(40192, "The $bucket 'boundaries' field must have at least 2 values");
  const boundaries = specification.map((value) => constant(value, 40191));
  boundaries.forEach((value, index) => {
    const before = boundaries[index - 1];
    if (before === undefined) return;
    if (canonicalRank(before) !== canonicalRank(value)) {
      fail(40193, "All values in the 'boundaries' option to $bucket must have the same type.");
    }
    if (compareValues(before, value, collation) >= 0) {
      fail(40194, "The 'boundaries' option to $bucket must be sorted in ascending order.");
    }
  });
  return boundaries;
}

function constant(specification: Value, code: number): Value {
  const { constant: found } = parseExpression(specification);
  if (!found) fail(code, 'The $bucket boundaries and default must be constant values');
  return found.value ?? null;
}
