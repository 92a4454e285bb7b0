import { ObjectId, Timestamp } from 'bson';
import { fail } from '../errors.js';
import { typeName } from '../values/types.js';
import { isNullish, type Maybe, type NamedValues } from './operator.js';
import { parseTimeZone, utc, type TimeZone } from './timezone.js';

/** Object ids and timestamps hold a time as well. */
export function instantOf(value: Maybe, code: number, what: string): number {
  if (value instanceof Date) return value.getTime();
  if (value instanceof ObjectId) return value.getTimestamp().getTime();
  if (value instanceof Timestamp) return value.t * 1000;
  return fail(code, `can't convert from BSON type ${typeName(value)} to Date: ${what}`);
}

/** The zone of the `timezone` argument, UTC without one, undefined when it is null. */
export function zoneOf(given: NamedValues, name: string): TimeZone | undefined {
  if (!('timezone' in given)) return utc;
  const zone = given['timezone'];
  if (isNullish(zone)) return undefined;
  if (typeof zone !== 'string')
    fail(40517, `${name}: timezone must evaluate to a string, found ${typeName(zone)}`);
  return parseTimeZone(zone);
}

export function validDate(instant: number, name: string): Date {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? fail('Overflow', `date overflow in ${name}`) : date;
}
