import { CommandError, codes, fail } from '../errors.js';
import { isIntegral, toNumber } from '../values/numbers.js';
import { isDoc, isNumber, typeName } from '../values/types.js';
import type { Value } from '../values/value.js';
import {
  dayOfYear,
  fieldsAt,
  isoWeek,
  isoWeekday,
  localTime,
  localTimeOfIsoWeek,
  week,
  weekday,
} from './calendar.js';
import { formatDate, parseDateText } from './date-text.js';
import { dateUnitOperators } from './date-units.js';
import { instantOf, validDate, zoneOf } from './date-arguments.js';
import { isNullish, named, type NamedValues, type Operator, type OperatorTable } from './operator.js';

/** Operators such as `$year`: a date alone, in a list of one, or `{ date, timezone }`. */
function part(read: (local: number) => Value): Operator {
  const fields = { notObject: 40535, unknown: 40535, required: { date: 40539 }, optional: ['timezone'] };
  const operator = named(fields, (given, name) => {
    const zone = zoneOf(given, name);
    if (isNullish(given['date']) || !zone) return null;
    const instant = instantOf(given['date'], 16006, `${name}'s argument`);
    return read(instant + zone.offsetAt(instant));
  });
  return (argument, parser, name) => {
    const list = Array.isArray(argument) ? argument : [argument];
    const [only = null] = list;
    if (list.length !== 1)
      fail(40536, `${name} accepts exactly one argument if given an array, but was given ${list.length}`);
    const isNamed = isDoc(only) && only.size > 0 && ![...only.keys()][0]?.startsWith('$');
    return operator(isNamed ? only : new Map([['date', only]]), parser, name);
  };
}

const toStringFields = {
  notObject: 18629,
  unknown: 18534,
  required: { date: 18628 },
  optional: ['format', 'timezone', 'onNull'],
};

const dateToString: Operator = named(toStringFields, (given, name) => {
  const { date, format } = given;
  const zone = zoneOf(given, name);
  if ('format' in given && !isNullish(format) && typeof format !== 'string') {
    fail(18533, `${name} requires that 'format' be a string, found: ${typeName(format)}`);
  }
  if (isNullish(date)) return 'onNull' in given ? given['onNull'] : null;
  if (!zone || ('format' in given && isNullish(format))) return null;
  const text = typeof format === 'string' ? format : undefined;
  return formatDate(instantOf(date, 16006, `${name}'s date`), text, zone);
});

const fromStringFields = {
  notObject: 40540,
  unknown: 40541,
  required: { dateString: 40542 },
  optional: ['format', 'timezone', 'onNull', 'onError'],
};

const dateFromString: Operator = named(fromStringFields, (given, name) => {
  const { dateString, format } = given;
  const zone = zoneOf(given, name);
  if (!isNullish(format) && typeof format !== 'string') {
    fail(40684, `${name} requires that 'format' be a string, found: ${typeName(format)}`);
  }
  if (isNullish(dateString)) return 'onNull' in given ? given['onNull'] : null;
  if (!zone || ('format' in given && isNullish(format))) return null;
  try {
    if (typeof dateString !== 'string') {
      fail(
        'ConversionFailure',
        `${name} requires that 'dateString' be a string, found: ${typeName(dateString)}`,
      );
    }
    return parseDateText(dateString, format ?? undefined, zone, 'timezone' in given);
  } catch (error) {
    const isExpected = error instanceof CommandError && error.code === codes.ConversionFailure;
    if (isExpected && 'onError' in given) return given['onError'];
    throw error;
  }
});

const dateToParts: Operator = named(
  { notObject: 40524, unknown: 40520, required: { date: 40522 }, optional: ['timezone', 'iso8601'] },
  (given, name) => {
    const { date, iso8601 = false } = given;
    const zone = zoneOf(given, name);
    if (isNullish(date) || !zone || iso8601 === null) return null;
    if (typeof iso8601 !== 'boolean')
      fail(40521, `iso8601 must evaluate to a bool, found ${typeName(iso8601)}`);
    const instant = instantOf(date, 16006, `${name}'s date`);
    const local = instant + zone.offsetAt(instant);
    const { year, month, day, ...time } = fieldsAt(local);
    const iso = isoWeek(local);
    const dayParts = iso8601
      ? { isoWeekYear: iso.year, isoWeek: iso.week, isoDayOfWeek: isoWeekday(local) }
      : { year, month, day };
    return new Map<string, Value>(Object.entries({ ...dayParts, ...time }));
  },
);

const ordinaryParts = ['year', 'month', 'day'] as const;
const isoParts = ['isoWeekYear', 'isoWeek', 'isoDayOfWeek'] as const;
const timeParts = ['hour', 'minute', 'second', 'millisecond'] as const;

const fromPartsFields = {
  notObject: 40519,
  unknown: 40518,
  required: {},
  optional: [...ordinaryParts, ...isoParts, ...timeParts, 'timezone'],
};

const buildFromParts: Operator = named(fromPartsFields, (given, name) => {
  const zone = zoneOf(given, name);
  if (!zone || Object.values(given).some(isNullish)) return null;
  const part_ = (field: string, otherwise: number): number => partValue(given, field, otherwise);
  const isIso = 'isoWeekYear' in given;
  const start = isIso
    ? localTimeOfIsoWeek(part_('isoWeekYear', 1970), part_('isoWeek', 1), part_('isoDayOfWeek', 1))
    : localTime({ year: part_('year', 1970), month: part_('month', 1), day: part_('day', 1) });
  const [hour, minute, second, millisecond] = timeParts.map((field) => part_(field, 0));
  const clock = localTime({
    year: 1970,
    hour: hour ?? 0,
    minute: minute ?? 0,
    second: second ?? 0,
    millisecond: millisecond ?? 0,
  });
  return validDate(zone.toInstant(start + clock), name);
});

const dateFromParts: Operator = (argument, parser, name) => {
  if (isDoc(argument)) {
    const has = (field: string): boolean => argument.has(field);
    if (!has('year') && !has('isoWeekYear'))
      fail(40516, `${name} requires either 'year' or 'isoWeekYear' to be present`);
    if (ordinaryParts.some(has) && isoParts.some(has)) {
      fail(40489, `${name} does not allow mixing natural dates with ISO dates`);
    }
  }
  return buildFromParts(argument, parser, name);
};

function partValue(given: NamedValues, field: string, otherwise: number): number {
  if (!(field in given)) return otherwise;
  const value = given[field];
  if (!isNumber(value) || !isIntegral(value)) {
    fail(40515, `'${field}' must evaluate to an integer, found ${typeName(value)}`);
  }
  const number = toNumber(value);
  const isYear = field === 'year' || field === 'isoWeekYear';
  if (isYear && (number < 1 || number > 9999)) {
    fail(40523, `'${field}' must evaluate to an integer in the range 1 to 9999, found ${number}`);
  }
  if (Math.abs(number + 0.5) > 32_768 && field !== 'second' && field !== 'millisecond') {
    fail(31034, `'${field}' must evaluate to a value in the range [-32768, 32767], found ${number}`);
  }
  return number;
}

export const dateOperators: OperatorTable = {
  $year: part((local) => fieldsAt(local).year),
  $month: part((local) => fieldsAt(local).month),
  $dayOfMonth: part((local) => fieldsAt(local).day),
  $hour: part((local) => fieldsAt(local).hour),
  $minute: part((local) => fieldsAt(local).minute),
  $second: part((local) => fieldsAt(local).second),
  $millisecond: part((local) => fieldsAt(local).millisecond),
  $dayOfWeek: part((local) => weekday(local) + 1),
  $dayOfYear: part(dayOfYear),
  $week: part(week),
  $isoWeek: part((local) => isoWeek(local).week),
  $isoWeekYear: part((local) => BigInt(isoWeek(local).year)),
  $isoDayOfWeek: part(isoWeekday),
  $dateToString: dateToString,
  $dateFromString: dateFromString,
  $dateToParts: dateToParts,
  $dateFromParts: dateFromParts,
  ...dateUnitOperators,
};
