import { Double } from 'bson';
import { add, divide, makeDouble, type NumberValue } from '../values/numbers.js';

export type NumberKind = 'int' | 'long' | 'double' | 'decimal';

export function kindOf(value: NumberValue): NumberKind {
  if (typeof value === 'bigint') return 'long';
  if (typeof value === 'number') return (value | 0) === value && !Object.is(value, -0) ? 'int' : 'double';
  return value instanceof Double ? 'double' : 'decimal';
}

export const maxLong = 2n ** 63n - 1n;
export const minLong = -(2n ** 63n);

/**
 * A sum that does not depend on the order of its parts: integers are summed exactly, doubles with
 * Neumaier's compensation, decimals with 34 digits. The type of the result is the widest one that was added.
 */
export class Summation {
  #kind: NumberKind = 'int';
  #small = 0;
  #large = 0n;
  #double = 0;
  #compensation = 0;
  #decimal: NumberValue = 0;

  add(value: NumberValue): void {
    const kind = kindOf(value);
    if (kind === 'int') {
      this.#small += value as number;
      if (this.#small > 2 ** 52 || this.#small < -(2 ** 52)) this.#carry();
      return;
    }
    if (kind === 'decimal') {
      this.#kind = 'decimal';
      this.#decimal = add(this.#decimal, value);
    } else if (kind === 'long') {
      if (this.#kind === 'int') this.#kind = 'long';
      this.#large += value as bigint;
    } else {
      if (this.#kind !== 'decimal') this.#kind = 'double';
      this.#addDouble(Number(value));
    }
  }

  result(): NumberValue {
    this.#carry();
    if (this.#kind === 'decimal') {
      // Adding a zero could still change how many digits a decimal shows.
      const total = this.#large === 0n ? this.#decimal : add(this.#decimal, this.#large);
      return this.#doubles() === 0 ? total : add(total, makeDouble(this.#doubles()));
    }
    if (this.#kind === 'double' || this.#large > maxLong || this.#large < minLong)
      return makeDouble(this.#total());
    const isInt = this.#kind === 'int' && this.#large === BigInt.asIntN(32, this.#large);
    return isInt ? Number(this.#large) : this.#large;
  }

  /** The average of `count` values: a double, or a decimal when there was one among them. */
  average(count: number): NumberValue {
    if (this.#kind === 'decimal') return divide(this.result(), count);
    this.#carry();
    return makeDouble(this.#total() / count);
  }

  #carry(): void {
    this.#large += BigInt(this.#small);
    this.#small = 0;
  }

  #addDouble(value: number): void {
    const sum = this.#double + value;
    this.#compensation +=
      Math.abs(this.#double) >= Math.abs(value) ? this.#double - sum + value : value - sum + this.#double;
    this.#double = sum;
  }

  #doubles(): number {
    // After an overflow or a NaN the compensation is NaN and says nothing any more.
    return Number.isFinite(this.#double) ? this.#double + this.#compensation : this.#double;
  }

  #total(): number {
    const head = Number(this.#large);
    this.#addDouble(head);
    this.#addDouble(Number(this.#large - BigInt(head)));
    this.#large = 0n;
    if (this.#kind !== 'decimal') this.#kind = 'double';
    return this.#doubles();
  }
}
