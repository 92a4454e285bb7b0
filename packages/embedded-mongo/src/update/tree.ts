import { fail } from '../errors.js';
import { isArrayIndex } from '../values/paths.js';
import type { Value } from '../values/value.js';
import type { Modifier } from './modifier.js';

/**
 * An update as MongoDB 5 and later see it: one tree over all operators, walked in the order of the names,
 * so that two operators on one path are noticed and new fields come in a defined order.
 */
export type UpdateNode = LeafNode | FieldsNode | ElementsNode;

export interface LeafNode {
  readonly kind: 'leaf';
  readonly path: string;
  readonly modifier: Modifier;
}

/** Fields of a document or, with numeric names, elements of an array. */
export interface FieldsNode {
  readonly kind: 'fields';
  readonly path: string;
  readonly children: Map<string, UpdateNode>;
  /** What the path says after `$`. */
  positional?: UpdateNode;
}

export type ElementTest = (element: Value) => boolean;

/** The children under `$[name]`, or under `$[]` with the empty name. */
export interface ElementsNode {
  readonly kind: 'elements';
  readonly path: string;
  readonly tests: ReadonlyMap<string, ElementTest>;
  readonly children: Map<string, UpdateNode>;
  readonly merged: Map<string, UpdateNode>;
}

/** The name in `$[name]`; undefined for any other part of a path. */
export function elementName(part: string): string | undefined {
  return part.startsWith('$[') && part.endsWith(']') ? part.slice(2, -1) : undefined;
}

export function fieldsNode(path: string): FieldsNode {
  return { kind: 'fields', path, children: new Map() };
}

function elementsNode(path: string, tests: ReadonlyMap<string, ElementTest>): ElementsNode {
  return { kind: 'elements', path, tests, children: new Map(), merged: new Map() };
}

function refuseConflict(path: string, at: string): never {
  fail('ConflictingUpdateOperators', `Updating the path '${path}' would create a conflict at '${at}'`);
}

function compareNames([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  if (isArrayIndex(left) && isArrayIndex(right)) return Number(left) - Number(right);
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Puts a leaf at the end of its path. Call `sortTree` when all leaves are in. */
export function plant(root: FieldsNode, leaf: LeafNode, tests: ReadonlyMap<string, ElementTest>): void {
  const parts = leaf.path.split('.');
  let node: UpdateNode = root;
  parts.forEach((part, depth) => {
    const here = parts.slice(0, depth).join('.');
    const name = elementName(part);
    // The root is a document, so the part before the last made this node of the kind that is wanted here.
    if (node.kind === 'leaf' || (node.kind === 'elements') !== (name !== undefined)) {
      refuseConflict(leaf.path, here);
    }
    const key = name ?? part;
    const positional = node.kind === 'fields' && part === '$';
    const known: UpdateNode | undefined =
      node.kind === 'fields' && positional ? node.positional : node.children.get(key);
    const path = parts.slice(0, depth + 1).join('.');
    const after = parts[depth + 1];
    if (known && (after === undefined || known.kind === 'leaf')) refuseConflict(leaf.path, path);
    if (known) {
      node = known;
      return;
    }
    const child: UpdateNode =
      after === undefined
        ? leaf
        : elementName(after) === undefined
          ? fieldsNode(path)
          : elementsNode(path, tests);
    if (node.kind === 'fields' && positional) node.positional = child;
    else node.children.set(key, child);
    node = child;
  });
}

export function sortTree(node: UpdateNode): void {
  if (node.kind === 'leaf') return;
  const sorted = [...node.children].sort(compareNames);
  node.children.clear();
  for (const [name, child] of sorted) {
    sortTree(child);
    node.children.set(name, child);
  }
  if (node.kind === 'fields' && node.positional) sortTree(node.positional);
}

/** Two updates of one array element: `a.$` or `a.$[x]` may only now turn out to mean the same one. */
export function mergeNodes(left: UpdateNode, right: UpdateNode): UpdateNode {
  if (left.kind === 'fields' && right.kind === 'fields') {
    const merged: FieldsNode = { ...fieldsNode(left.path), children: mergeChildren(left, right) };
    const positional =
      left.positional && right.positional
        ? mergeNodes(left.positional, right.positional)
        : (left.positional ?? right.positional);
    return positional ? { ...merged, positional } : merged;
  }
  if (left.kind === 'elements' && right.kind === 'elements') {
    return { ...elementsNode(left.path, left.tests), children: mergeChildren(left, right) };
  }
  return refuseConflict(right.path, left.path);
}

function mergeChildren(
  left: FieldsNode | ElementsNode,
  right: FieldsNode | ElementsNode,
): Map<string, UpdateNode> {
  const children = new Map(left.children);
  for (const [name, child] of right.children) {
    const other = children.get(name);
    children.set(name, other ? mergeNodes(other, child) : child);
  }
  return new Map([...children].sort(compareNames));
}
