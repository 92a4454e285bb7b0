import { fail } from '../errors.js';
import type { Environment } from '../expression/expression.js';
import { compileMatcher } from '../query/match.js';
import { parseFilter } from '../query/parse.js';
import { isDoc } from '../values/types.js';
import type { Doc } from '../values/value.js';
import type { ElementTest } from './tree.js';

/** The names that the filter's paths begin with; $and, $or and $nor are looked into. */
function topLevelNames(filter: Doc, names: Set<string>): Set<string> {
  for (const [name, value] of filter) {
    if (!name.startsWith('$')) names.add(name.split('.')[0] ?? '');
    else if (Array.isArray(value)) for (const part of value) if (isDoc(part)) topLevelNames(part, names);
  }
  return names;
}

/** One test by name: `$[x]` takes the elements that the filter on `x` matches. */
export function compileArrayFilters(
  filters: readonly Doc[],
  environment: Environment,
): Map<string, ElementTest> {
  const tests = new Map<string, ElementTest>();
  for (const filter of filters) {
    const parsed = parseFilter(filter, { expressions: false });
    const [name, ...others] = topLevelNames(filter, new Set());
    if (name === undefined) {
      fail('FailedToParse', 'Cannot use an expression without a top-level field name in arrayFilters');
    }
    if (others.length > 0) {
      const found = [name, ...others].map((each) => `'${each}'`).join(' and ');
      fail('FailedToParse', `Expected a single top-level field name in an array filter, found ${found}`);
    }
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
      fail(
        'BadValue',
        `The top-level field name of an array filter must be alphanumeric and begin lowercase: '${name}'`,
      );
    }
    if (tests.has(name)) {
      fail('FailedToParse', `Found multiple array filters with the same top-level field name ${name}`);
    }
    const matches = compileMatcher(parsed, environment);
    tests.set(name, (element) => matches(new Map([[name, element]])));
  }
  return tests;
}
