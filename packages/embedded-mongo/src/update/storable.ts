import { BSONRegExp, ObjectId, Timestamp } from 'bson';
import { fail } from '../errors.js';
import { isDoc, typeName } from '../values/types.js';
import type { Doc, Value } from '../values/value.js';

/** The decoder refuses anything deeper, so nothing deeper may ever be stored. */
export const maxDepth = 200;

export function refuseTooDeep(value: Value, depth = 0): void {
  if (depth > maxDepth) fail('Overflow', `Document exceeds maximum nesting depth of ${maxDepth}`);
  if (Array.isArray(value)) for (const item of value) refuseTooDeep(item, depth + 1);
  else if (isDoc(value)) for (const item of value.values()) refuseTooDeep(item, depth + 1);
}

function refuseDollarNames(value: Value): void {
  if (Array.isArray(value)) value.forEach(refuseDollarNames);
  if (!isDoc(value)) return;
  for (const [name, item] of value) {
    if (name.startsWith('$')) {
      fail('DollarPrefixedFieldName', `_id fields may not contain '$'-prefixed fields: ${name} is not valid`);
    }
    refuseDollarNames(item);
  }
}

/** What an `_id` may not be: every document that is inserted passes here. */
export function refuseUnstorableId(id: Value): void {
  if (Array.isArray(id) || id instanceof BSONRegExp) {
    fail('InvalidIdField', `The '_id' value cannot be of type ${typeName(id)}`);
  }
  refuseDollarNames(id);
}

/** `_id` is the first field of every stored document: its own, else the known one, else a new ObjectId. */
export function withIdFirst(doc: Doc, known?: Value): Doc {
  if (doc.keys().next().value === '_id') return doc;
  const own = doc.get('_id');
  const id = own === undefined ? known : own;
  const others = [...doc].filter(([name]) => name !== '_id');
  return new Map([['_id', id === undefined ? new ObjectId() : id], ...others]);
}

/** What is said of a field that only an insert may bring in. */
export function refuseDollarName(name: string): never {
  fail(
    'DollarPrefixedFieldName',
    `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's ` +
      'replacement document. Consider using an aggregation pipeline with $replaceWith.',
  );
}

let latest = { t: 0, i: 0 };

/** Timestamps of this server never repeat and never go back. */
export function nextTimestamp(now: Date): Timestamp {
  const t = Math.floor(now.getTime() / 1000);
  latest = t > latest.t ? { t, i: 1 } : { t: latest.t, i: latest.i + 1 };
  return new Timestamp(latest);
}

/** MongoDB fills in an empty timestamp at the top of an inserted or replacing document. */
export function withTimestamps(doc: Doc, now: Date): Doc {
  let filled = doc;
  for (const [name, value] of doc) {
    if (name === '_id' || !(value instanceof Timestamp) || !value.isZero()) continue;
    if (filled === doc) filled = new Map(doc);
    filled.set(name, nextTimestamp(now));
  }
  return filled;
}
