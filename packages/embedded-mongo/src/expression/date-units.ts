import { fail } from '../errors.js';
import { isIntegral, toNumber } from '../values/numbers.js';
import { isNumber, typeName } from '../values/types.js';
import {
  addMonths,
  day,
  dayNumber,
  hour,
  localTime,
  minute,
  monthNumber,
  second,
  weekday,
} from './calendar.js';
import { instantOf, validDate, zoneOf } from './date-arguments.js';
import {
  isNullish,
  named,
  type Maybe,
  type NamedValues,
  type Operator,
  type OperatorTable,
} from './operator.js';
import type { TimeZone } from './timezone.js';

/** How long a unit is: in milliseconds that pass, in days of the calendar, or in its months. */
type Unit = { readonly milliseconds: number } | { readonly days: number } | { readonly months: number };

const units: Readonly<Partial<Record<string, Unit>>> = {
  year: { months: 12 },
  quarter: { months: 3 },
  month: { months: 1 },
  week: { days: 7 },
  day: { days: 1 },
  hour: { milliseconds: hour },
  minute: { milliseconds: minute },
  second: { milliseconds: second },
  millisecond: { milliseconds: 1 },
};

function unitOf(value: Maybe, name: string, codes: readonly [number, number]): Unit {
  if (typeof value !== 'string')
    fail(codes[0], `${name} requires 'unit' to be a string, but got ${typeName(value)}`);
  const unit = Object.hasOwn(units, value) ? units[value] : undefined;
  return (
    unit ?? fail(codes[1], `${name} parameter 'unit' value cannot be recognized as a time unit: ${value}`)
  );
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function startOfWeek(given: NamedValues, name: string): number {
  if (!('startOfWeek' in given)) return 0;
  const value = given['startOfWeek'];
  if (typeof value !== 'string')
    fail(5439015, `${name} requires 'startOfWeek' to be a string, but got ${typeName(value)}`);
  const text = value.toLowerCase();
  const index = weekdays.findIndex((name_) => name_ === text || name_.slice(0, 3) === text);
  return index >= 0
    ? index
    : fail(
        5439016,
        `${name} parameter 'startOfWeek' value cannot be recognized as a day of a week: ${value}`,
      );
}

/** Null when an argument is; `startOfWeek` counts only where weeks do. */
function hasNull(given: NamedValues): boolean {
  const countsWeeks = given['unit'] === 'week';
  return Object.entries(given).some(
    ([field, value]) => isNullish(value) && (field !== 'startOfWeek' || countsWeeks),
  );
}

const reference = localTime({ year: 2000 });

/** Bins are counted from 2000-01-01 in the zone, bins of weeks from the first such day of the week on or after it. */
function truncated(instant: number, unit: Unit, bin: number, zone: TimeZone, firstDay: number): number {
  const floor = (value: number, from: number, size: number): number =>
    from + Math.floor((value - from) / size) * size;
  if ('milliseconds' in unit) return floor(instant, zone.toInstant(reference), bin * unit.milliseconds);
  const local = instant + zone.offsetAt(instant);
  if ('months' in unit) {
    const month = floor(monthNumber(local), 2000 * 12, bin * unit.months);
    return zone.toInstant(localTime({ year: 0, month: month + 1 }));
  }
  const untilFirst = unit.days === 7 ? (firstDay - weekday(reference) + 7) % 7 : 0;
  return zone.toInstant(floor(dayNumber(local), dayNumber(reference) + untilFirst, bin * unit.days) * day);
}

const truncFields = {
  notObject: 5439007,
  unknown: 5439008,
  required: { date: 5439009, unit: 5439010 },
  optional: ['binSize', 'timezone', 'startOfWeek'],
};

const dateTrunc: Operator = named(truncFields, (given, name) => {
  if (hasNull(given)) return null;
  const zone = zoneOf(given, name);
  const unit = unitOf(given['unit'], name, [5439013, 5439014]);
  const firstDay = given['unit'] === 'week' ? startOfWeek(given, name) : 0;
  const instant = instantOf(given['date'], 5439012, `${name} requires 'date' to be a date`);
  return zone ? validDate(truncated(instant, unit, binSize(given, name), zone, firstDay), name) : null;
});

function binSize(given: NamedValues, name: string): number {
  if (!('binSize' in given)) return 1;
  const value = given['binSize'];
  if (!isNumber(value) || !isIntegral(value)) {
    fail(5439017, `${name} requires 'binSize' to be a 64-bit integer, but got ${typeName(value)}`);
  }
  const size = toNumber(value);
  return size > 0 ? size : fail(5439018, `${name} requires 'binSize' to be greater than 0, but got ${size}`);
}

function dateAddition(sign: 1 | -1): Operator {
  const required = { startDate: 5166402, unit: 5166402, amount: 5166402 };
  return named({ notObject: 5166400, unknown: 5166401, required, optional: ['timezone'] }, (given, name) => {
    if (hasNull(given)) return null;
    const zone = zoneOf(given, name);
    const unit = unitOf(given['unit'], name, [5166404, 9]);
    const instant = instantOf(given['startDate'], 5166403, `${name} requires 'startDate' to be a date`);
    const { amount } = given;
    if (!isNumber(amount) || !isIntegral(amount))
      fail(5166405, `${name} expects integer amount of time units`);
    return zone ? validDate(shifted(instant, unit, sign * toNumber(amount), zone), name) : null;
  });
}

/** Days and longer move what the clock shows, hours and shorter the time that passes. */
function shifted(instant: number, unit: Unit, amount: number, zone: TimeZone): number {
  if ('milliseconds' in unit) return instant + amount * unit.milliseconds;
  const local = instant + zone.offsetAt(instant);
  const moved = 'days' in unit ? local + amount * unit.days * day : addMonths(local, amount * unit.months);
  return zone.toInstant(moved);
}

const diffFields = {
  notObject: 5166300,
  unknown: 5166302,
  required: { startDate: 5166303, endDate: 5166304, unit: 5166305 },
  optional: ['timezone', 'startOfWeek'],
};

const dateDiff: Operator = named(diffFields, (given, name) => {
  if (hasNull(given)) return null;
  const zone = zoneOf(given, name);
  const unit = unitOf(given['unit'], name, [5439013, 5439014]);
  const firstDay = given['unit'] === 'week' ? startOfWeek(given, name) : 0;
  const start = instantOf(given['startDate'], 5166307, `${name} requires 'startDate' to be a date`);
  const end = instantOf(given['endDate'], 5166307, `${name} requires 'endDate' to be a date`);
  if (!zone) return null;
  const index = (instant: number): number => unitIndex(instant, unit, zone, firstDay);
  return BigInt(index(end) - index(start));
});

/** Which unit an instant lies in: the difference is the number of boundaries between two of them. */
function unitIndex(instant: number, unit: Unit, zone: TimeZone, firstDay: number): number {
  const offset = zone.offsetAt(instant);
  if ('milliseconds' in unit) {
    // Hours pass evenly through a change of the clocks; only where they begin depends on the zone.
    return Math.floor((instant + (offset % hour)) / unit.milliseconds);
  }
  const local = instant + offset;
  if ('months' in unit) return Math.floor(monthNumber(local) / unit.months);
  return unit.days === 1 ? dayNumber(local) : Math.floor((dayNumber(local) + 4 - firstDay) / 7);
}

export const dateUnitOperators: OperatorTable = {
  $dateTrunc: dateTrunc,
  $dateAdd: dateAddition(1),
  $dateSubtract: dateAddition(-1),
  $dateDiff: dateDiff,
};
