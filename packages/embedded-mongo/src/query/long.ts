import { fitsLong, isFiniteValue, toBigInt, type NumberValue } from '../values/numbers.js';

/** As $mod reads a number: towards zero; undefined when it does not fit 64 bits. */
export function truncatedLong(value: NumberValue): bigint | undefined {
  if (!isFiniteValue(value)) return undefined;
  const whole = toBigInt(value);
  return fitsLong(whole) ? whole : undefined;
}
