import { Binary, Code, Decimal128 } from 'bson';
import { fail } from '../errors.js';
import { isDoc } from '../values/types.js';
import type { Value } from '../values/value.js';

const limit = 100 * 1024 * 1024;

/**
 * About as many bytes as the value takes in BSON. It stops counting beyond the limit: a value that holds
 * another one twice, and so on, is far larger than the memory it lies in.
 */
export function approximateSize(value: Value, room = limit): number {
  if (typeof value === 'number') return 8;
  if (typeof value === 'string') return 8 + value.length;
  if (Array.isArray(value)) return sizeOfAll(value, 16, room);
  if (isDoc(value)) {
    let names = 16;
    for (const name of value.keys()) names += name.length;
    return sizeOfAll(value.values(), names, room);
  }
  if (value instanceof Binary) return 16 + value.position;
  if (value instanceof Code) return 16 + value.code.length;
  return value instanceof Decimal128 ? 16 : 8;
}

function sizeOfAll(values: Iterable<Value>, start: number, room: number): number {
  let total = start;
  for (const value of values) {
    if (total > room) break;
    total += 8 + approximateSize(value, room - total);
  }
  return total;
}

/** What one accumulator or operator may hold: 100 MiB. */
export class MemoryBudget {
  #used = 0;

  constructor(private readonly name: string) {}

  /** For a value that takes the place of the one before. */
  static check(value: Value, name: string): void {
    new MemoryBudget(name).charge(value);
  }

  charge(value: Value): void {
    this.chargeBytes(8 + approximateSize(value));
  }

  release(value: Value): void {
    this.#used -= 8 + approximateSize(value);
  }

  chargeBytes(bytes: number): void {
    this.#used += bytes;
    if (this.#used > limit) {
      fail(
        'ExceededMemoryLimit',
        `${this.name} used too much memory and cannot spill to disk. Memory limit: ${limit} bytes`,
      );
    }
  }
}
