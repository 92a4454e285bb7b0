import { isArrayIndex } from '../values/paths.js';
import { isDoc } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';

/** `offset` is the place in the outermost array on the way: what a positional `$` stands for. */
export type Visit = (value: Value | undefined, offset: number | undefined) => boolean;

/**
 * Visits what a dotted path means in MongoDB's filters, until `visit` answers true. An array on the way stands
 * for its documents, and for one element when the next step is a number; scalars in it are passed over, so
 * that `{ 'a.b': null }` does not match `{ a: [1] }`. With `expand`, an array at the end is visited by element
 * and then whole, except one that a number led to.
 */
export function walkPath(
  value: Value | undefined,
  parts: readonly string[],
  expand: boolean,
  visit: Visit,
): boolean {
  return descend(value, parts, 0, expand, undefined, visit);
}

function descend(
  start: Value | undefined,
  parts: readonly string[],
  from: number,
  expand: boolean,
  offset: number | undefined,
  visit: Visit,
): boolean {
  let value = start;
  for (let at = from; at < parts.length; at++) {
    if (Array.isArray(value)) return descendArray(value, parts, at, expand, offset, visit);
    if (!isDoc(value)) return visit(undefined, offset);
    value = value.get(parts[at] ?? '');
  }
  if (expand && Array.isArray(value)) {
    for (let place = 0; place < value.length; place++) {
      if (visit(value[place], offset ?? place)) return true;
    }
  }
  return visit(value, offset);
}

function descendArray(
  array: Value[],
  parts: readonly string[],
  at: number,
  expand: boolean,
  offset: number | undefined,
  visit: Visit,
): boolean {
  const part = parts[at] ?? '';
  const wanted = isArrayIndex(part) ? Number(part) : -1;
  for (let place = 0; place < array.length; place++) {
    const element = array[place];
    const outermost = offset ?? place;
    if (isDoc(element) && descend(element, parts, at, expand, outermost, visit)) return true;
    if (place !== wanted) continue;
    if (at === parts.length - 1) {
      if (visit(element, outermost)) return true;
    } else if (isDoc(element) || Array.isArray(element)) {
      if (descend(element, parts, at + 1, expand, outermost, visit)) return true;
    }
  }
  return false;
}

/** $elemMatch takes an array inside an array as a document whose fields are its places. */
export function asDocument(value: Value): Doc | undefined {
  if (Array.isArray(value)) return new Map(value.map((element, place) => [String(place), element]));
  return isDoc(value) ? value : undefined;
}
