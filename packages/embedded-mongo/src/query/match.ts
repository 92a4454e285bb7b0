import type { Environment } from '../expression/expression.js';
import { splitPath } from '../values/paths.js';
import type { Doc, Value } from '../values/value.js';
import type { FieldTest, Filter } from './filter.js';
import { isTrue } from '../values/numbers.js';
import { compileLeaf, type ValueTest } from './value-tests.js';
import { asDocument, walkPath, type Visit } from './walk.js';

export type Variables = ReadonlyMap<string, Value | undefined>;
type DocTest = (doc: Doc) => boolean;

const noVariables: Variables = new Map();

export function compileMatcher(filter: Filter, environment: Environment, variables = noVariables): DocTest {
  switch (filter.kind) {
    case 'always':
      return () => true;
    case 'never':
      return () => false;
    case 'field': {
      const test = compilePathTest(filter.test, splitPath(filter.path), environment);
      return (doc) => test(doc);
    }
    case 'expr': {
      const { expression } = filter;
      return (doc) =>
        isTrue(expression.evaluate({ root: doc, current: doc, variables, environment }) ?? null);
    }
  }
  const parts = filter.parts.map((part) => compileMatcher(part, environment, variables));
  if (filter.kind === 'and') return (doc) => parts.every((part) => part(doc));
  if (filter.kind === 'or') return (doc) => parts.some((part) => part(doc));
  return (doc) => !parts.some((part) => part(doc));
}

/** A test from a document's root, or from any value when there are no `parts`. */
function compilePathTest(test: FieldTest, parts: readonly string[], environment: Environment): ValueTest {
  switch (test.op) {
    case 'ne':
    case 'nin':
    case 'not': {
      const tests = positive(test).map((inner) => compilePathTest(inner, parts, environment));
      return (root) => !tests.every((inner) => inner(root));
    }
    case 'all': {
      const tests = test.tests.map((inner) => compilePathTest(inner, parts, environment));
      return (root) => tests.length > 0 && tests.every((inner) => inner(root));
    }
    case 'exists': {
      const found: Visit = (value) => value !== undefined;
      return (root) => walkPath(root, parts, false, found) === test.exists;
    }
  }
  const single = compileSingle(test, environment);
  const expand = expands(test);
  return (root) => walkPath(root, parts, expand, single);
}

/** These look at an array as a whole; all others look at its elements too. */
function expands(test: FieldTest): boolean {
  return test.op !== 'size' && test.op !== 'elemMatchObject' && test.op !== 'elemMatchValue';
}

function positive(test: FieldTest): FieldTest[] {
  if (test.op === 'not') return test.tests;
  if (test.op === 'ne') return [{ ...test, op: 'eq' }];
  return test.op === 'nin' ? [{ ...test, op: 'in' }] : [test];
}

/** A test of one value without a look into arrays: what $elemMatch asks of each element. */
function compileSingle(test: FieldTest, environment: Environment): ValueTest {
  switch (test.op) {
    case 'ne':
    case 'nin':
    case 'not': {
      const tests = positive(test).map((inner) => compileSingle(inner, environment));
      return (value) => !tests.every((inner) => inner(value));
    }
    case 'all': {
      const tests = test.tests.map((inner) => compileSingle(inner, environment));
      return (value) => tests.length > 0 && tests.every((inner) => inner(value));
    }
    case 'exists':
      return (value) => (value !== undefined) === test.exists;
    case 'size':
      return (value) => Array.isArray(value) && value.length === test.size;
    case 'elemMatchObject':
    case 'elemMatchValue': {
      const element = compileElement(test, environment);
      return (value) => Array.isArray(value) && value.some(element);
    }
    default:
      return compileLeaf(test, environment);
  }
}

type ElementTest = Extract<FieldTest, { op: 'elemMatchObject' | 'elemMatchValue' }>;

/** Whether an element is the one that an $elemMatch looks for. */
export function compileElement(test: ElementTest, environment: Environment): (element: Value) => boolean {
  if (test.op === 'elemMatchObject') {
    const matches = compileMatcher(test.filter, environment);
    return (element) => {
      const doc = asDocument(element);
      return doc !== undefined && matches(doc);
    };
  }
  const tests = test.tests.map((inner) => compileSingle(inner, environment));
  return (element) => tests.every((inner) => inner(element));
}

/**
 * The place in an array that positional `$` stands for: where the filter's last condition on an array found
 * its match. Negations find none.
 */
export function matchedPosition(filter: Filter, doc: Doc, environment: Environment): number | undefined {
  switch (filter.kind) {
    case 'and': {
      const places = filter.parts.map((part) => matchedPosition(part, doc, environment));
      return places.findLast((place) => place !== undefined);
    }
    case 'or': {
      const match = filter.parts.find((part) => compileMatcher(part, environment)(doc));
      return match && matchedPosition(match, doc, environment);
    }
    case 'field':
      return testPosition(filter.test, doc, splitPath(filter.path), environment);
    default:
      return undefined;
  }
}

function testPosition(
  test: FieldTest,
  doc: Doc,
  parts: readonly string[],
  environment: Environment,
): number | undefined {
  if (test.op === 'ne' || test.op === 'nin' || test.op === 'not') return undefined;
  if (test.op === 'exists' && !test.exists) return undefined;
  if (test.op === 'all') {
    const places = test.tests.map((inner) => testPosition(inner, doc, parts, environment));
    return places.findLast((place) => place !== undefined);
  }
  let place: number | undefined;
  const single = compileSingle(test, environment);
  walkPath(doc, parts, expands(test), (value, offset) => {
    if (!single(value)) return false;
    place = offset;
    if (
      place === undefined &&
      Array.isArray(value) &&
      (test.op === 'elemMatchObject' || test.op === 'elemMatchValue')
    ) {
      place = value.findIndex(compileElement(test, environment));
    }
    return true;
  });
  return place;
}
