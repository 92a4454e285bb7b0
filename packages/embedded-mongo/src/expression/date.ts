import { fail } from '../errors.js';

import { isDoc, typeName } from '../values/types.js';
import type { Value } from '../values/value.js';
import { dayOfYear, fieldsAt, isoWeek, isoWeekday, week, weekday } from './calendar.js';
import { formatDate } from './date-text.js';
import { dateUnitOperators } from './date-units.js';
import { instantOf, zoneOf } from './date-arguments.js';
import { isNullish, named, type Operator, type OperatorTable } from './operator.js';

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
  ...dateUnitOperators,
};
