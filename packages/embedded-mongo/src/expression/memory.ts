import { Binary, Code, Decimal128 } from 'bson';
import { fail } from '../errors.js';
import { isDoc } from '../values/types.js';
import type { Value } from '../values/value.js';

const limit = 100 * 1024 * 1024;

/** About as many bytes as the value takes in BSON; enough to bound what a client can make us hold. */
export function approximateSize(value: Value): number {
  if (typeof value === 'string') return 8 + value.length;
  if (Array.isArray(value)) {
    let total = 16;
    for (const element of value) total += 8 + approximateSize(element);
    return total;
  }
  if (isDoc(value)) {
    let total = 16;
    for (const [name, field] of value) total += 8 + name.length + approximateSize(field);
    return total;
  }
  if (value instanceof Binary) return 16 + value.position;
  if (value instanceof Code) return 16 + value.code.length;
  return value instanceof Decimal128 ? 16 : 8;
}

/** What one accumulator or operator may hold: 100 MiB. */
export class MemoryBudget {
  #used = 0;

  constructor(private readonly name: string) {}

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
