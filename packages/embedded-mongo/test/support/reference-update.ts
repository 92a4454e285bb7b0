import { Double } from 'bson';
import { compareValues, equalValues } from '../../src/values/compare.js';
import type { Doc, Value } from '../../src/values/value.js';

/** An operator, a path and an operand. */
export type ReferenceOperation = readonly [operator: string, path: string, operand: Value];

class Refusal extends Error {
  constructor(readonly code: number) {
    super(`code ${code}`);
  }
}

type Holder = Doc | Value[];

/**
 * Updates as one would do them by hand, to compare with: a deep copy, one operation after the other, walked
 * and changed in place. It knows no tree, no sharing and only the numbers that the tests draw.
 */
export function referenceUpdate(
  doc: Doc,
  operations: readonly ReferenceOperation[],
): { document: Doc; error?: number } {
  const copy = clone(doc) as Doc;
  try {
    refuseConflicts(operations);
    const inOrder = operations
      .map((operation) => ({
        operation,
        place: operation[0] === '$rename' ? text(operation[2]) : operation[1],
      }))
      .sort((left, right) => compareByParts(left.place, right.place));
    for (const { operation } of inOrder) perform(copy, doc, operation);
    for (const [operator, from] of operations) {
      if (operator === '$rename' && look(doc, from.split('.')) !== undefined) remove(copy, from.split('.'));
    }
    return { document: copy };
  } catch (error) {
    if (error instanceof Refusal) return { document: doc, error: error.code };
    throw error;
  }
}

function text(operand: Value): string {
  if (typeof operand !== 'string') throw new TypeError('$rename wants a path');
  return operand;
}

function clone(value: Value): Value {
  if (value instanceof Map) return new Map([...value].map(([name, each]) => [name, clone(each)]));
  return Array.isArray(value) ? value.map(clone) : value;
}

function refuseConflicts(operations: readonly ReferenceOperation[]): void {
  const paths: string[] = [];
  for (const [operator, path, operand] of operations) {
    if (operator !== '$rename') {
      paths.push(path);
      continue;
    }
    const [from, to] = [path, text(operand)];
    if (from === to || `${from}.`.startsWith(`${to}.`) || `${to}.`.startsWith(`${from}.`))
      throw new Refusal(2);
    paths.push(from, to);
  }
  paths.forEach((left, index) => {
    for (const right of paths.slice(index + 1))
      if (conflict(left.split('.'), right.split('.'))) throw new Refusal(40);
  });
}

function conflict(left: string[], right: string[]): boolean {
  for (let depth = 0; ; depth++) {
    const [a, b] = [left[depth], right[depth]];
    if (a === undefined || b === undefined) return true;
    if (a !== b) return (a === '$[]') !== (b === '$[]');
  }
}

function compareByParts(left: string, right: string): number {
  const [a, b] = [left.split('.'), right.split('.')];
  const depth = a.findIndex((part, index) => part !== b[index]);
  const [x = '', y = ''] = [a[depth], b[depth]];
  return x < y ? -1 : 1;
}

/** Every place that a path with $[] means, as paths without one. */
function places(doc: Doc, path: string): string[][] {
  let found: string[][] = [[]];
  for (const part of path.split('.')) {
    found = found.flatMap((place) => {
      if (part !== '$[]') return [[...place, part]];
      const array = look(doc, place);
      if (!Array.isArray(array)) throw new Refusal(2);
      return array.map((_element, index) => [...place, String(index)]);
    });
  }
  return found;
}

function look(doc: Doc, parts: string[]): Value | undefined {
  return parts.reduce<Value | undefined>((at, part) => {
    if (at instanceof Map) return at.get(part);
    return Array.isArray(at) && isIndex(part) ? at[Number(part)] : undefined;
  }, doc);
}

function isIndex(part: string): boolean {
  return /^\d+$/.test(part);
}

function perform(copy: Doc, original: Doc, [operator, path, operand]: ReferenceOperation): void {
  if (operator === '$rename') {
    const source = renamed(original, path.split('.'));
    if (source === undefined) return;
    const to = text(operand).split('.');
    if (to.slice(0, -1).some((_part, depth) => Array.isArray(look(original, to.slice(0, depth + 1))))) {
      throw new Refusal(2);
    }
    write(copy, to, clone(source));
    return;
  }
  for (const place of places(copy, path)) {
    if (operator === '$setOnInsert') continue;
    if (operator === '$unset') {
      remove(copy, place);
      continue;
    }
    const creates = ['$set', '$inc', '$mul', '$min', '$max', '$push', '$addToSet'].includes(operator);
    const current = look(copy, place);
    if (current === undefined) refuseBlocked(copy, place);
    if (current === undefined && !creates) continue;
    write(copy, place, computed(operator, current, clone(operand)));
  }
}

function renamed(doc: Doc, parts: string[]): Value | undefined {
  let at: Value = doc;
  let inArray = false;
  for (const part of parts) {
    let next: Value | undefined;
    if (at instanceof Map) next = at.get(part);
    else if (Array.isArray(at) && isIndex(part)) {
      inArray = true;
      next = at[Number(part)];
    } else throw new Refusal(28);
    if (next === undefined) return undefined;
    at = next;
  }
  if (inArray) throw new Refusal(2);
  return at;
}

function refuseBlocked(doc: Doc, parts: string[]): void {
  parts.forEach((part, depth) => {
    const holder = look(doc, parts.slice(0, depth));
    const open = holder === undefined || holder instanceof Map || (Array.isArray(holder) && isIndex(part));
    if (!open) throw new Refusal(28);
  });
}

function write(doc: Doc, parts: string[], value: Value): void {
  refuseBlocked(doc, parts);
  let holder: Holder = doc;
  parts.forEach((part, depth) => {
    const last = depth === parts.length - 1;
    const known = look(holder as Doc, [part]);
    const next: Value = last ? value : (known ?? new Map<string, Value>());
    if (Array.isArray(holder)) {
      while (holder.length < Number(part)) holder.push(null);
      holder[Number(part)] = next;
    } else holder.set(part, next);
    if (!last) holder = next as Holder;
  });
}

function remove(doc: Doc, parts: string[]): void {
  const holder = look(doc, parts.slice(0, -1));
  const last = parts.at(-1) ?? '';
  if (holder instanceof Map) holder.delete(last);
  if (Array.isArray(holder) && isIndex(last) && Number(last) < holder.length) holder[Number(last)] = null;
}

function computed(operator: string, current: Value | undefined, operand: Value): Value {
  switch (operator) {
    case '$set':
      return operand;
    case '$min':
      return current === undefined || compareValues(operand, current) < 0 ? operand : current;
    case '$max':
      return current === undefined || compareValues(operand, current) > 0 ? operand : current;
    case '$inc':
      return calculated(current === undefined ? 0 : current, operand, (a, b) => a + b);
    case '$mul':
      return calculated(current === undefined ? 0 : current, operand, (a, b) => a * b);
  }
  if (current !== undefined && !Array.isArray(current)) throw new Refusal(operator === '$pop' ? 14 : 2);
  const array = current ?? [];
  switch (operator) {
    case '$push':
      return pushed(array, operand);
    case '$addToSet':
      return array.some((element) => equalValues(element, operand)) ? array : [...array, operand];
    case '$pop':
      return operand === 1 ? array.slice(0, -1) : array.slice(1);
    case '$pull':
      return array.filter((element) => !equalValues(element, operand));
    default:
      return array.filter((element) => !(operand as Value[]).some((each) => equalValues(element, each)));
  }
}

/** The tests draw ints and longs that stay small and the doubles 1.5 and 0.5. */
function calculated(left: Value, right: Value, operate: (a: number, b: number) => number): Value {
  const types = [left, right].map((each) => typeof each);
  if (!types.every((type) => ['number', 'bigint'].includes(type))) throw new Refusal(14);
  // Ints have no negative zero.
  const result = operate(Number(left), Number(right)) + 0;
  const isDouble = [left, right].some((each) => !Number.isInteger(Number(each)));
  if (isDouble) return Number.isInteger(result) ? new Double(result) : result;
  return types.includes('bigint') ? BigInt(result) : result;
}

function pushed(array: Value[], operand: Value): Value[] {
  const clauses =
    operand instanceof Map && operand.has('$each') ? operand : new Map<string, Value>([['$each', [operand]]]);
  const result = [...array];
  const each = clauses.get('$each') as Value[];
  result.splice(Number(clauses.get('$position') ?? result.length), 0, ...each);
  const direction = clauses.get('$sort');
  if (direction !== undefined) result.sort((a, b) => Number(direction) * compareValues(a, b));
  const slice = clauses.get('$slice');
  if (slice === undefined) return result;
  const keep = Number(slice);
  while (result.length > Math.abs(keep)) {
    if (keep < 0) result.shift();
    else result.pop();
  }
  return result;
}
