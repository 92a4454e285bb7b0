import { walk } from '../values/paths.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';

/** Every value at a path, arrays unrolled on the way and at its end: what distinct and $lookup compare. */
export function visitPath(
  from: Doc,
  parts: readonly string[],
  visit: (value: Value) => void,
  start = 0,
): void {
  const { value, next } = walk(from, parts, start);
  if (Array.isArray(value)) {
    for (const element of value) {
      if (next === parts.length) visit(element);
      else if (isDoc(element)) visitPath(element, parts, visit, next);
    }
  } else if (value !== undefined) {
    visit(value);
  }
}

/** A copy of the document with the value at the path; whatever is no document on the way becomes one. */
export function withPath(
  document: Doc,
  [part = '', ...rest]: readonly string[],
  value: Value | undefined,
): Doc {
  const copy: Doc = new Map(document);
  if (rest.length > 0) {
    const inner = copy.get(part);
    copy.set(part, withPath(isDoc(inner) ? inner : new Map<string, Value>(), rest, value));
  } else if (value === undefined) {
    copy.delete(part);
  } else {
    copy.set(part, value);
  }
  return copy;
}
