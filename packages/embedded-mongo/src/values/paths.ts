import { fail } from '../errors.js';
import type { Doc, Value } from './value.js';

const known = new Map<string, string[]>();
const mostKept = 10_000;

/** Treat the answer as read-only: it is shared. */
export function splitPath(path: string): string[] {
  const cached = known.get(path);
  if (cached) return cached;
  if (known.size >= mostKept) known.clear();
  const parts = path.split('.');
  known.set(path, parts);
  return parts;
}

/** The parts of a path as expressions, projections, sorts and stages may name it. */
export function fieldPath(path: string): string[] {
  if (path === '') fail(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) fail(40353, "FieldPath must not end with a '.'.");
  const parts = splitPath(path);
  for (const part of parts) {
    if (part === '') fail(15998, 'FieldPath field names may not be empty strings.');
    if (part.startsWith('$')) fail(16410, `FieldPath field names may not start with '$'. Found '${part}'.`);
  }
  return parts;
}

/** A whole number without leading zeros: such a part may name an element of an array. */
export function isArrayIndex(part: string): boolean {
  const first = part.charCodeAt(0);
  return first >= 48 && first <= 57 && /^(?:0|[1-9]\d{0,8})$/.test(part);
}

/** The one value at a path, with numeric steps into arrays and no other way through them. */
export function getPath(doc: Doc, parts: readonly string[]): Value | undefined {
  let value: Value | undefined = doc;
  for (const part of parts) {
    if (value instanceof Map) value = value.get(part);
    else if (Array.isArray(value) && isArrayIndex(part)) value = value[Number(part)];
    else return undefined;
  }
  return value;
}

/**
 * What an index, and so a sort, sees at a path: one value, or one for each element of the arrays on the
 * way. A missing value counts as null; `undefined` stands for an empty array, which lies below null.
 */
export function indexValues(doc: Doc, parts: readonly string[]): (Value | undefined)[] {
  const values: (Value | undefined)[] = [];
  collect(doc, parts, 0, values);
  return values;
}

function collect(from: Doc, parts: readonly string[], start: number, values: (Value | undefined)[]): void {
  const { value, next } = walk(from, parts, start);
  if (!Array.isArray(value)) {
    values.push(value ?? null);
  } else if (value.length === 0) {
    values.push(next === parts.length ? undefined : null);
  } else {
    for (const element of value) {
      if (next === parts.length) values.push(element);
      else if (element instanceof Map) collect(element, parts, next, values);
      else values.push(null);
    }
  }
}

/**
 * Follows a path until its end or the first array that it does not step into by number. `next` is how far
 * it came; a path that ends nowhere is at its end with `undefined`.
 */
export function walk(
  from: Doc,
  parts: readonly string[],
  start: number,
): { value: Value | undefined; next: number } {
  let value: Value | undefined = from;
  for (let i = start; i < parts.length; i++) {
    const part = parts[i] ?? '';
    if (value instanceof Map) value = value.get(part);
    else if (Array.isArray(value)) {
      const element: Value | undefined = isArrayIndex(part) ? value[Number(part)] : undefined;
      if (element === undefined) return { value, next: i };
      // Does `a.0` mean the first element, or the field 0 of each? MongoDB refuses to say.
      if (value.some((each) => each instanceof Map && each.has(part))) {
        fail(
          16746,
          `Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), field: '${part}'`,
        );
      }
      value = element;
    } else return { value: undefined, next: parts.length };
    if (value === undefined) return { value, next: parts.length };
  }
  return { value, next: parts.length };
}
