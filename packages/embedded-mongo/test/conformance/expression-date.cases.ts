import { ObjectId } from 'bson';
import type { ConformanceCase } from './case.js';
import { computes, refuses } from './expression-case.js';

const at = (text: string) => new Date(text);
const leapDay = { d: at('2024-02-29T13:45:30.250Z') };
const berlin = 'Europe/Berlin';
const newYork = 'America/New_York';

const truncated = (name: string, fields: object, result: string, instant: string) =>
  computes(`$dateTrunc ${name}`, { $dateTrunc: { date: '$d', ...fields } }, at(result), { d: at(instant) });

const parts = (field: string, instant: string, result: unknown) =>
  computes(`${field} of ${instant}`, { [field]: '$d' }, result, { d: at(instant) });

export const cases: ConformanceCase[] = [
  truncated('to the hour', { unit: 'hour' }, '2021-03-20T11:00:00Z', '2021-03-20T11:30:05Z'),
  truncated('to the day in UTC', { unit: 'day' }, '2021-03-20T00:00:00Z', '2021-03-20T11:30:05Z'),
  truncated(
    'to the day in a zone west of Greenwich',
    { unit: 'day', timezone: newYork },
    '2021-03-19T04:00:00Z',
    '2021-03-20T01:30:00Z',
  ),
  truncated(
    'to a day that loses an hour',
    { unit: 'day', timezone: berlin },
    '2024-03-30T23:00:00Z',
    '2024-03-31T20:00:00Z',
  ),
  truncated(
    'to a day that gains an hour',
    { unit: 'day', timezone: berlin },
    '2024-10-26T22:00:00Z',
    '2024-10-27T22:30:00Z',
  ),
  truncated(
    'to the month across a change of the clocks',
    { unit: 'month', timezone: berlin },
    '2024-02-29T23:00:00Z',
    '2024-03-31T20:00:00Z',
  ),
  truncated(
    'to the week, which begins on Sunday',
    { unit: 'week' },
    '2021-03-14T00:00:00Z',
    '2021-03-20T11:30:05Z',
  ),
  truncated(
    'to a week that begins on Monday',
    { unit: 'week', startOfWeek: 'Monday' },
    '2021-03-15T00:00:00Z',
    '2021-03-20T11:30:05Z',
  ),
  truncated('to two weeks', { unit: 'week', binSize: 2 }, '2021-03-14T00:00:00Z', '2021-03-20T11:30:05Z'),
  truncated('to the quarter', { unit: 'quarter' }, '2021-04-01T00:00:00Z', '2021-05-20T11:30:05Z'),
  truncated(
    'to two quarters',
    { unit: 'quarter', binSize: 2 },
    '2021-01-01T00:00:00Z',
    '2021-05-20T11:30:05Z',
  ),
  truncated(
    'to the year in a zone',
    { unit: 'year', timezone: '+05:30' },
    '2023-12-31T18:30:00Z',
    '2024-06-01T00:00:00Z',
  ),
  truncated('to seven years', { unit: 'year', binSize: 7 }, '1993-01-01T00:00:00Z', '1999-12-31T23:59:59Z'),
  truncated(
    'to a quarter of an hour',
    { unit: 'minute', binSize: 15 },
    '2021-03-20T11:30:00Z',
    '2021-03-20T11:44:59Z',
  ),
  truncated(
    'before the reference',
    { unit: 'day', binSize: 3 },
    '1999-12-29T00:00:00Z',
    '1999-12-31T12:00:00Z',
  ),
  computes('$dateTrunc of a missing date is null', { $dateTrunc: { date: '$d', unit: 'day' } }, null),
  refuses(
    '$dateTrunc refuses an unknown unit',
    { $dateTrunc: { date: '$d', unit: 'decade' } },
    5439014,
    leapDay,
  ),
  refuses('$dateTrunc refuses a string', { $dateTrunc: { date: 'x', unit: 'day' } }, 5439012),
  refuses(
    '$dateTrunc refuses a bin of zero',
    { $dateTrunc: { date: '$d', unit: 'day', binSize: 0 } },
    5439018,
    leapDay,
  ),
  refuses('$dateTrunc needs a unit', { $dateTrunc: { date: '$d' } }, 5439010, leapDay),
  refuses(
    'an unknown time zone is refused',
    { $year: { date: '$d', timezone: 'Europe/Nowhere' } },
    40485,
    leapDay,
  ),
  refuses('a time zone that is no string is refused', { $year: { date: '$d', timezone: 5 } }, 40517, leapDay),

  parts('$year', '2024-02-29T13:45:30.250Z', 2024),
  parts('$month', '2024-02-29T13:45:30.250Z', 2),
  parts('$dayOfMonth', '2024-02-29T13:45:30.250Z', 29),
  parts('$hour', '2024-02-29T13:45:30.250Z', 13),
  parts('$minute', '2024-02-29T13:45:30.250Z', 45),
  parts('$second', '2024-02-29T13:45:30.250Z', 30),
  parts('$millisecond', '2024-02-29T13:45:30.250Z', 250),
  parts('$dayOfYear', '2024-12-31T00:00:00Z', 366),
  parts('$dayOfWeek', '2024-03-03T00:00:00Z', 1),
  parts('$isoDayOfWeek', '2024-03-03T00:00:00Z', 7),
  parts('$week', '2016-01-02T00:00:00Z', 0),
  parts('$week', '2016-01-03T00:00:00Z', 1),
  parts('$isoWeek', '2016-01-03T00:00:00Z', 53),
  parts('$isoWeekYear', '2016-01-03T00:00:00Z', 2015n),
  computes('$hour in a zone', { $hour: { date: '$d', timezone: '-0330' } }, 10, leapDay),
  computes('$year of a list of one', { $year: ['$d'] }, 2024, leapDay),
  computes('$year of an object id', { $year: '$o' }, 2012, { o: new ObjectId('507f191e810c19729de860ea') }),
  computes('$year of null is null', { $year: '$d' }, null, { d: null }),
  refuses('$year of a string is refused', { $year: '$d' }, 16006, { d: '2024' }),

  computes(
    '$dateToString by default',
    { $dateToString: { date: '$d' } },
    '2024-02-29T13:45:30.250Z',
    leapDay,
  ),
  computes(
    '$dateToString with every part of the ordinary calendar',
    { $dateToString: { date: '$d', format: '%Y/%m/%d %H:%M:%S.%L %j %w %u %U %%' } },
    '2024/02/29 13:45:30.250 060 5 4 08 %',
    leapDay,
  ),
  computes('$dateToString in ISO weeks', { $dateToString: { date: '$d', format: '%G-W%V' } }, '2015-W53', {
    d: at('2016-01-03T00:00:00Z'),
  }),
  computes(
    '$dateToString with the summer offset',
    { $dateToString: { date: '$d', format: '%H:%M%z %Z', timezone: newYork } },
    '08:00-0400 -240',
    { d: at('2024-07-01T12:00:00Z') },
  ),
  computes(
    '$dateToString with the winter offset',
    { $dateToString: { date: '$d', format: '%H:%M%z %Z', timezone: newYork } },
    '07:00-0500 -300',
    { d: at('2024-01-01T12:00:00Z') },
  ),
  computes('$dateToString onNull', { $dateToString: { date: '$d', onNull: 'none' } }, 'none'),
  refuses(
    '$dateToString refuses an unknown specifier',
    { $dateToString: { date: '$d', format: '%Q' } },
    18536,
    leapDay,
  ),
  refuses(
    '$dateToString refuses a lone percent sign',
    { $dateToString: { date: '$d', format: '%' } },
    18535,
    leapDay,
  ),

  computes(
    '$dateAdd of a month clamps to its last day',
    { $dateAdd: { startDate: '$d', unit: 'month', amount: 1 } },
    at('2021-02-28T12:00:00Z'),
    { d: at('2021-01-31T12:00:00Z') },
  ),
  computes(
    '$dateAdd of a day keeps the hour of the clock',
    { $dateAdd: { startDate: '$d', unit: 'day', amount: 1, timezone: berlin } },
    at('2024-03-31T10:00:00Z'),
    { d: at('2024-03-30T11:00:00Z') },
  ),
  computes(
    '$dateAdd of 24 hours lets time pass',
    { $dateAdd: { startDate: '$d', unit: 'hour', amount: 24, timezone: berlin } },
    at('2024-03-31T11:00:00Z'),
    { d: at('2024-03-30T11:00:00Z') },
  ),
  computes(
    '$dateSubtract of a year from a leap day',
    { $dateSubtract: { startDate: '$d', unit: 'year', amount: 1 } },
    at('2023-02-28T13:45:30.250Z'),
    leapDay,
  ),
  refuses(
    '$dateAdd refuses a fraction',
    { $dateAdd: { startDate: '$d', unit: 'day', amount: 1.5 } },
    5166405,
    leapDay,
  ),
  computes(
    '$dateDiff counts the years that begin',
    {
      $dateDiff: { startDate: at('2020-12-31T23:59:59Z'), endDate: at('2021-01-01T00:00:00Z'), unit: 'year' },
    },
    1n,
  ),
  computes(
    '$dateDiff in days counts midnights in the zone',
    {
      $dateDiff: {
        startDate: at('2024-01-01T22:00:00Z'),
        endDate: at('2024-01-01T23:30:00Z'),
        unit: 'day',
        timezone: berlin,
      },
    },
    1n,
  ),
  computes(
    '$dateDiff in weeks counts Sundays',
    {
      $dateDiff: { startDate: at('2024-03-02T00:00:00Z'), endDate: at('2024-03-03T00:00:00Z'), unit: 'week' },
    },
    1n,
  ),
  computes(
    '$dateDiff can be negative',
    {
      $dateDiff: { startDate: at('2024-03-02T00:00:00Z'), endDate: at('2024-03-01T21:00:00Z'), unit: 'hour' },
    },
    -3n,
  ),
  computes(
    '$dateDiff with a null is null',
    { $dateDiff: { startDate: '$d', endDate: '$missing', unit: 'hour' } },
    null,
    leapDay,
  ),
];
