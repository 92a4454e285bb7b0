import { fail } from '../errors.js';
import type { Environment, Expression, Scope } from '../expression/expression.js';
import type { Doc, Value } from '../values/value.js';
import { isDoc } from '../values/types.js';
import type { Filter } from './filter.js';
import { compileElement, matchedPosition, type Variables } from './match.js';
import {
  isTree,
  parseProjection,
  type ElementMatch,
  type Projection,
  type ProjectionNode,
  type ProjectionTree,
  type Slice,
} from './projection-spec.js';

type Project = (doc: Doc) => Doc;
const noVariables: Variables = new Map();

/** The projection of find and findAndModify. The filter is what a positional `path.$` refers to. */
export function compileProjection(
  specification: Doc,
  filter: Filter | undefined,
  environment: Environment,
  variables = noVariables,
): Project {
  if (specification.size === 0) return (doc) => doc;
  const projection = parseProjection(specification, {
    dialect: 'find',
    variables: new Set(variables.keys()),
  });
  return compile(projection, filter, environment, variables);
}

/** The $project stage: no positional operators, and `$slice` is the expression. */
export function projectStage(specification: Doc, environment: Environment, variables = noVariables): Project {
  if (specification.size === 0) {
    fail(51272, 'Invalid $project :: caused by :: projection specification must have at least one field');
  }
  const projection = parseProjection(specification, {
    dialect: 'stage',
    variables: new Set(variables.keys()),
  });
  return compile(projection, undefined, environment, variables);
}

function compile(
  { inclusion, root, slices, positional }: Projection,
  filter: Filter | undefined,
  environment: Environment,
  variables: Variables,
): Project {
  if (positional && !filter) fail('BadValue', 'a positional projection needs a filter on its array');
  const apply = inclusion ? include : exclude;
  return (doc) => {
    const scope = { root: doc, current: doc, variables, environment };
    let result = apply(doc, root, scope);
    if (positional && filter) {
      result = replaceAt(result, positional, 0, (array) => [
        elementAt(array, matchedPosition(filter, doc, environment)),
      ]);
    }
    for (const slice of slices) result = replaceAt(result, slice.parts, 0, (array) => cut(array, slice));
    return result;
  };
}

/** Kept fields in the document's order, then the computed ones in the projection's. */
function include(doc: Doc, tree: ProjectionTree, scope: Scope): Doc {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const node = tree.children.get(name);
    if (node === 'flag') result.set(name, value);
    else if (node !== undefined && isTree(node)) setPresent(result, name, includeIn(value, node, scope));
  }
  if (!tree.computes) return result;
  for (const [name, node] of tree.children) {
    if (node === 'flag') continue;
    if (!isTree(node)) setPresent(result, name, compute(node, doc.get(name), scope));
    else if (node.computes && !result.has(name)) setPresent(result, name, includeIn(undefined, node, scope));
  }
  return result;
}

function includeIn(value: Value | undefined, tree: ProjectionTree, scope: Scope): Value | undefined {
  if (isDoc(value)) return include(value, tree, scope);
  if (Array.isArray(value)) return present(value.map((element) => includeIn(element, tree, scope)));
  return tree.computes ? include(new Map(), tree, scope) : undefined;
}

function exclude(doc: Doc, tree: ProjectionTree, scope: Scope): Doc {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const node = tree.children.get(name);
    if (node === undefined) result.set(name, value);
    else if (node !== 'flag') setPresent(result, name, excludeIn(value, node, scope));
  }
  return result;
}

function excludeIn(value: Value, node: Exclude<ProjectionNode, 'flag'>, scope: Scope): Value | undefined {
  if (!isTree(node)) return compute(node, value, scope);
  if (isDoc(value)) return exclude(value, node, scope);
  return Array.isArray(value) ? present(value.map((element) => excludeIn(element, node, scope))) : value;
}

function compute(node: Expression | ElementMatch, value: Value | undefined, scope: Scope): Value | undefined {
  if ('evaluate' in node) return node.evaluate(scope);
  if (!Array.isArray(value)) return undefined;
  const found = value.find(compileElement(node, scope.environment));
  return found === undefined ? undefined : [found];
}

function elementAt(array: Value[], place: number | undefined): Value {
  if (place === undefined) {
    return fail(51246, "positional operator '.$' couldn't find a matching element in the array");
  }
  return array[place] ?? fail(51247, "positional operator '.$' element mismatch");
}

function cut(array: Value[], { skip, count }: Slice): Value[] {
  if (skip === undefined) return count < 0 ? array.slice(count) : array.slice(0, count);
  const start = skip < 0 ? Math.max(0, array.length + skip) : skip;
  return array.slice(start, start + count);
}

/** Changes the arrays at a path, in place of what the projection has made so far. */
function replaceAt(doc: Doc, parts: readonly string[], at: number, change: (array: Value[]) => Value[]): Doc {
  const name = parts[at] ?? '';
  const value = doc.get(name);
  if (value === undefined) return doc;
  return new Map(doc).set(name, replaceIn(value, parts, at + 1, change));
}

function replaceIn(
  value: Value,
  parts: readonly string[],
  at: number,
  change: (array: Value[]) => Value[],
): Value {
  if (at === parts.length) return Array.isArray(value) ? change(value) : value;
  if (isDoc(value)) return replaceAt(value, parts, at, change);
  return Array.isArray(value)
    ? value.map((element) => (isDoc(element) ? replaceAt(element, parts, at, change) : element))
    : value;
}

function setPresent(doc: Doc, name: string, value: Value | undefined): void {
  if (value !== undefined) doc.set(name, value);
}

function present(values: (Value | undefined)[]): Value[] {
  return values.filter((value) => value !== undefined);
}
