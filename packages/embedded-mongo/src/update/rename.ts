import { fail } from '../errors.js';
import { getPath, isArrayIndex } from '../values/paths.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';
import { keepIdentical } from './identical.js';
import type { Modifier } from './modifier.js';
import { elementName } from './tree.js';

/** `$rename` of one field: a $set where it goes and, after everything else, an $unset where it was. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

export function parseRename(from: string, target: Value): Rename {
  if (typeof target !== 'string') {
    fail('BadValue', `The 'to' field for $rename must be a string: ${from}: ${typeName(target)}`);
  }
  if (target.includes('\0')) {
    fail('BadValue', "The 'to' field for $rename cannot contain an embedded null byte");
  }
  if (from === target) fail('BadValue', `The source and target field for $rename must differ: ${from}`);
  if (from.startsWith(`${target}.`) || target.startsWith(`${from}.`)) {
    fail('BadValue', `The source and target field for $rename must not be on the same path: ${from}`);
  }
  for (const [role, path] of [
    ['source', from],
    ['destination', target],
  ] as const) {
    if (path.split('.').some((part) => part === '$' || elementName(part) !== undefined)) {
      fail('BadValue', `The ${role} field for $rename may not be dynamic: ${path}`);
    }
  }
  return { from, to: target };
}

/** What is to be moved; undefined when there is nothing, an error when an array is in the way. */
function sourceOf({ from }: Rename, root: Doc): Value | undefined {
  const parts = from.split('.');
  let value: Value | undefined = root;
  let array: string | undefined;
  for (const [depth, part] of parts.entries()) {
    const through: string = parts[depth - 1] ?? '';
    if (Array.isArray(value) && isArrayIndex(part)) {
      array = through;
      value = value[Number(part)];
    } else if (isDoc(value)) value = value.get(part);
    else fail('PathNotViable', `cannot use the part (${through} of ${from}) to traverse ${typeName(value)}`);
    if (value === undefined) return undefined;
  }
  if (array !== undefined) {
    fail('BadValue', `The source field cannot be an array element, '${from}' has an array called '${array}'`);
  }
  return value;
}

/**
 * The target half for the update tree, and what is left to do when everything else is done. Another leaf,
 * that does nothing, keeps the source's place in the tree.
 */
export function compileRename(rename: Rename): {
  target: Modifier;
  finish: (before: Doc, after: Doc) => Doc;
} {
  const from = rename.from.split('.');
  const above = rename.to.split('.').slice(0, -1);
  return {
    target: {
      concerns(root) {
        if (sourceOf(rename, root) === undefined) return false;
        if (above.some((_part, depth) => Array.isArray(getPath(root, above.slice(0, depth + 1))))) {
          fail('BadValue', `The destination field cannot be an array element, but '${rename.to}' is one`);
        }
        return true;
      },
      change: (current, root) => keepIdentical(current, sourceOf(rename, root) ?? null),
    },
    finish: (before, after) => (sourceOf(rename, before) === undefined ? after : withoutField(after, from)),
  };
}

function withoutField(doc: Doc, [name = '', ...rest]: string[]): Doc {
  const copy = new Map(doc);
  const inner = copy.get(name);
  if (rest.length === 0) copy.delete(name);
  else if (isDoc(inner)) copy.set(name, withoutField(inner, rest));
  return copy;
}
