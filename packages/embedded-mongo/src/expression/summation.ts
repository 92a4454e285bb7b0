import { add, divide, fitsLong, makeDouble, toNumber, type NumberValue } from '../values/numbers.js';
import { isInt32, typeName } from '../values/types.js';

/**
 * A sum that does not depend on the order of its parts: integers are summed exactly, doubles with
 * Neumaier's compensation, decimals with 34 digits. The type of the result is the widest one that was added.
 */
export class Summation {
  #kind: 'int' | 'long' | 'double' | 'decimal' = 'int';
  #small = 0;
  #large = 0n;
  #double = 0;
  #compensation = 0;
  #decimal: NumberValue = 0;

  add(value: NumberValue): void {
    if (typeof value === 'number' && isInt32(value)) {
      this.#small += value;
      if (Math.abs(this.#small) > 2 ** 52) this.#carry();
    } else if (typeof value === 'bigint') {
      if (this.#kind === 'int') this.#kind = 'long';
      this.#large += value;
    } else if (typeName(value) === 'decimal') {
      this.#kind = 'decimal';
      this.#decimal = add(this.#decimal, value);
    } else {
      if (this.#kind !== 'decimal') this.#kind = 'double';
      this.#addDouble(toNumber(value));
    }
  }

  result(): NumberValue {
    this.#carry();
    if (this.#kind === 'decimal') {
      // Adding a zero could still change how many digits a decimal shows.
      const total = this.#large === 0n ? this.#decimal : add(this.#decimal, this.#large);
      return this.#doubles() === 0 ? total : add(total, makeDouble(this.#doubles()));
    }
    if (this.#kind === 'double' || !fitsLong(this.#large)) return makeDouble(this.#total());
    return this.#kind === 'int' && isInt32(Number(this.#large)) ? Number(this.#large) : this.#large;
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
