import { fail } from '../errors.js';
import { isArrayIndex } from '../values/paths.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { mergeNodes } from './tree.js';
import type { ElementsNode, FieldsNode, LeafNode, UpdateNode } from './tree.js';

/** MongoDB's bound on the nulls that one path puts before an element beyond the end of an array. */
const maxPadding = 1_500_000;

export interface Run {
  readonly root: Doc;
  readonly inserting: boolean;
  readonly position: () => number | undefined;
}

/** The value under the update: the same reference when nothing changes, copies along what does. */
export function applyNode(node: UpdateNode, current: Value | undefined, run: Run): Value | undefined {
  switch (node.kind) {
    case 'leaf':
      return concerns(node, run) ? node.modifier.change(current, run.root) : current;
    case 'elements':
      return applyToElements(node, current, run);
    case 'fields':
      if (Array.isArray(current)) return applyToIndexes(node, current, run);
      if (current === undefined || isDoc(current)) return applyToFields(node, current, run);
      for (const [name, child] of childrenOf(node, run)) refuseBlocked(child, name, node, current, run);
      return current;
  }
}

function concerns(leaf: LeafNode, run: Run): boolean {
  return leaf.modifier.concerns?.(run.root, run.inserting) ?? true;
}

/** The children by name, with what `$` stands for among them. */
function childrenOf(node: FieldsNode, run: Run): ReadonlyMap<string, UpdateNode> {
  if (!node.positional) return node.children;
  const position = run.position();
  if (position === undefined) {
    fail('BadValue', 'The positional operator did not find the match needed from the query.');
  }
  const named = node.children.get(String(position));
  return new Map([
    ...node.children,
    [String(position), named ? mergeNodes(named, node.positional) : node.positional],
  ]);
}

export function applyToFields<Current extends Doc | undefined>(
  node: FieldsNode,
  current: Current,
  run: Run,
): Current | Doc {
  let result: Current | Doc = current;
  for (const [name, child] of childrenOf(node, run)) {
    const before = current?.get(name);
    const after = applyNode(child, before, run);
    if (Object.is(after, before)) continue;
    if (result === undefined || result === current) result = new Map(current);
    if (after === undefined) result.delete(name);
    else result.set(name, after);
  }
  return result;
}

function applyToIndexes(node: FieldsNode, current: Value[], run: Run): Value[] {
  let result = current;
  for (const [name, child] of childrenOf(node, run)) {
    if (!isArrayIndex(name)) {
      refuseBlocked(child, name, node, current, run);
      continue;
    }
    const index = Number(name);
    const before = current[index];
    // An element that is unset stays as null, so that the others keep their places.
    const after = applyNode(child, before, run) ?? (before === undefined ? undefined : null);
    if (after === undefined || Object.is(after, before)) continue;
    if (result === current) result = current.slice();
    if (index - result.length > maxPadding) {
      fail('CannotBackfillArray', `can't backfill more than ${maxPadding} elements`);
    }
    while (result.length < index) result.push(null);
    result[index] = after;
  }
  return result;
}

function applyToElements(node: ElementsNode, current: Value | undefined, run: Run): Value[] {
  if (current === undefined) refuseAbsentArray(node.path);
  if (!Array.isArray(current)) {
    fail('BadValue', `Cannot apply array updates to non-array element ${node.path}: ${typeName(current)}`);
  }
  const result = current.map((element) => {
    const names = [...node.children.keys()].filter((name) => name === '' || node.tests.get(name)?.(element));
    const child = names.length > 0 ? mergedChild(node, names) : undefined;
    return child ? (applyNode(child, element, run) ?? null) : element;
  });
  return result.every((element, index) => Object.is(element, current[index])) ? current : result;
}

function mergedChild(node: ElementsNode, names: string[]): UpdateNode | undefined {
  const key = names.join();
  const known = node.merged.get(key);
  if (known) return known;
  const children = names.map((name) => node.children.get(name)).filter((child) => child !== undefined);
  const merged = children.length > 0 ? children.reduce(mergeNodes) : undefined;
  if (merged) node.merged.set(key, merged);
  return merged;
}

/** Nothing can lie at this path: an error for every operator that would have done something there. */
function refuseBlocked(node: UpdateNode, name: string, holder: FieldsNode, value: Value, run: Run): void {
  if (node.kind === 'elements') refuseAbsentArray(node.path);
  if (node.kind === 'fields') {
    for (const child of childrenOf(node, run).values()) refuseBlocked(child, name, holder, value, run);
  } else if (concerns(node, run) && !node.modifier.toleratesBlockedPath) {
    const type = typeName(value);
    fail('PathNotViable', `Cannot create field '${name}' in element '${holder.path}' of type ${type}`);
  }
}

function refuseAbsentArray(path: string): never {
  fail('BadValue', `The path '${path}' must exist in the document in order to apply array updates.`);
}
