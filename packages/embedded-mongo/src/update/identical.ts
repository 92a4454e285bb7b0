import { encodeDoc } from '../bson/encode.js';
import { isDoc } from '../values/types.js';
import type { Value } from '../values/value.js';

/**
 * Whether both are stored as the same bytes. Stricter than equalValues: setting 1 to 1.0 is a change,
 * and so is another order of fields.
 */
export function identical(left: Value, right: Value): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => identical(item, right[index] ?? null))
    );
  }
  if (isDoc(left)) {
    if (!isDoc(right) || left.size !== right.size) return false;
    const others = right.entries();
    for (const [name, value] of left) {
      const other = others.next().value;
      if (other === undefined || other[0] !== name || !identical(value, other[1])) return false;
    }
    return true;
  }
  if (Array.isArray(right) || isDoc(right)) return false;
  return encodeDoc(new Map([['', left]])).equals(encodeDoc(new Map([['', right]])));
}

/** The value that is there when the new one would be stored the same: this is how a no-op is noticed. */
export function keepIdentical(current: Value | undefined, next: Value): Value {
  return current !== undefined && identical(current, next) ? current : next;
}
