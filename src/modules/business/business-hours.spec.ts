import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { businessHoursInput, defaultHours, describeHours } from './business-hours.dto.js';
import { isOpen, nextChange, openingAt, type BusinessHours, type Span } from './business-hours.js';
import { toInstant, toLocalMinutes } from './local-time.js';

function spans(text: string): Span[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((one) => ({ from: one.slice(0, 5), to: one.slice(6) }));
}

/** `mon 09:00-12:00 13:00-17:00, daily 22:00-02:00, 2026-12-25 10:00-11:00`; a date alone is a closed holiday. */
function hours(text: string): BusinessHours {
  const lines = text.split(',').map((line) => line.trim().split(/ (.*)/));
  const of = (name: string) => spans(lines.find(([on]) => on === name)?.[1] ?? '');
  const day = (name: string) => [...of('daily'), ...of(name)];
  return {
    always_open: false,
    weekly: {
      monday: day('mon'),
      tuesday: day('tue'),
      wednesday: day('wed'),
      thursday: day('thu'),
      friday: day('fri'),
      saturday: day('sat'),
      sunday: day('sun'),
    },
    holidays: lines.flatMap(([on = '', list = '']) =>
      /^\d/.test(on) ? [{ date: on, name: '', spans: spans(list) }] : [],
    ),
  };
}

/** What is shown | hours | zone | moment (UTC) | open or closed, and when that changes. 2 March 2026 is a Monday. */
const table = `
before the first span       | mon 09:00-12:00 13:00-17:30 | Europe/Berlin | 2026-03-02T07:59:59Z | closed 2026-03-02T08:00Z
at its first minute         | mon 09:00-12:00 13:00-17:30 | Europe/Berlin | 2026-03-02T08:00:00Z | open 2026-03-02T11:00Z
in its last millisecond     | mon 09:00-12:00 13:00-17:30 | Europe/Berlin | 2026-03-02T10:59:59.999Z | open 2026-03-02T11:00Z
at its end                  | mon 09:00-12:00 13:00-17:30 | Europe/Berlin | 2026-03-02T11:00:00Z | closed 2026-03-02T12:00Z
in the second span          | mon 13:00-17:30 09:00-12:00 | Europe/Berlin | 2026-03-02T16:00:00Z | open 2026-03-02T16:30Z
after the last: next week   | mon 09:00-12:00 13:00-17:30 | Europe/Berlin | 2026-03-02T16:30:00Z | closed 2026-03-09T08:00Z
the zone decides the day    | tue 00:00-01:00 | Asia/Tokyo | 2026-03-02T15:30:00Z | open 2026-03-02T16:00Z
a zone of 45 minutes        | mon 09:00-10:00 | Asia/Kathmandu | 2026-03-02T03:15:00Z | open 2026-03-02T04:15Z
never                       | 2020-01-01 09:00-10:00 | UTC | 2026-03-02T03:15:00Z | closed

overnight, before midnight  | fri 22:00-02:00 | UTC | 2026-03-06T23:00:00Z | open 2026-03-07T02:00Z
overnight, after midnight   | fri 22:00-02:00 | UTC | 2026-03-07T01:59:00Z | open 2026-03-07T02:00Z
overnight, over             | fri 22:00-02:00 | UTC | 2026-03-07T02:00:00Z | closed 2026-03-13T22:00Z
overnight from Sunday       | sun 20:00-06:00 | UTC | 2026-03-02T05:00:00Z | open 2026-03-02T06:00Z
until midnight              | fri 18:00-00:00 | UTC | 2026-03-06T23:59:00Z | open 2026-03-07T00:00Z
overnight meets the morning | fri 22:00-02:00, sat 01:00-05:00 | UTC | 2026-03-06T22:30:00Z | open 2026-03-07T05:00Z
24:00 joins 00:00           | fri 20:00-24:00, sat 00:00-04:00 | UTC | 2026-03-06T21:00:00Z | open 2026-03-07T04:00Z
around the clock by spans   | daily 00:00-24:00 | UTC | 2026-03-06T21:00:00Z | open

a holiday is closed         | fri 09:00-17:00, 2026-12-25 | Europe/Berlin | 2026-12-25T10:00:00Z | closed 2027-01-01T08:00Z
a holiday with spans        | fri 09:00-17:00, 2026-12-25 10:00-11:00 | Europe/Berlin | 2026-12-25T08:30:00Z | closed 2026-12-25T09:00Z
open on a closed day        | mon 09:00-17:00, 2026-12-27 10:00-14:00 | Europe/Berlin | 2026-12-27T08:30:00Z | closed 2026-12-27T09:00Z
the night before a holiday  | thu 22:00-02:00, 2026-12-25 | Europe/Berlin | 2026-12-25T00:30:00Z | open 2026-12-25T01:00Z
the clock round to a holiday| daily 00:00-24:00, 2026-12-25 | UTC | 2026-03-06T21:00:00Z | open 2026-12-25T00:00Z
its date is the zone's      | fri 00:00-24:00, 2026-12-25 | Pacific/Auckland | 2026-12-24T11:30:00Z | closed 2026-12-31T11:00Z

forward: a span over it     | sun 01:00-04:00 | Europe/Berlin | 2026-03-29T00:30:00Z | open 2026-03-29T02:00Z
forward: begins in it       | sun 02:30-05:00 | Europe/Berlin | 2026-03-29T00:30:00Z | closed 2026-03-29T01:00Z
forward: ends in it         | sun 00:30-02:30 | Europe/Berlin | 2026-03-29T00:30:00Z | open 2026-03-29T01:00Z
forward: within it          | sun 02:10-02:50, mon 09:00-10:00 | Europe/Berlin | 2026-03-29T00:30:00Z | closed 2026-03-30T07:00Z
forward: it joins two       | sun 00:30-02:00 03:00-05:00 | Europe/Berlin | 2026-03-29T00:30:00Z | open 2026-03-29T03:00Z
forward: overnight into it  | sat 22:00-03:30 | Europe/Berlin | 2026-03-28T22:00:00Z | open 2026-03-29T01:30Z
forward: the morning after  | mon 09:00-17:00 | Europe/Berlin | 2026-03-28T12:00:00Z | closed 2026-03-30T07:00Z

back: a span over it        | sun 00:00-03:00 | America/New_York | 2026-11-01T05:30:00Z | open 2026-11-01T08:00Z
back: begins the first time | sun 01:30-03:00 | America/New_York | 2026-11-01T05:00:00Z | closed 2026-11-01T05:30Z
back: ends the last time    | sun 00:00-01:30 | America/New_York | 2026-11-01T05:45:00Z | open 2026-11-01T06:30Z
back: the second time       | sun 00:00-01:30 | America/New_York | 2026-11-01T06:15:00Z | open 2026-11-01T06:30Z
back: and then closed       | sun 00:00-01:30 | America/New_York | 2026-11-01T06:30:00Z | closed 2026-11-08T05:00Z
back: the morning after     | mon 09:00-17:00 | America/New_York | 2026-10-31T12:00:00Z | closed 2026-11-02T14:00Z
half an hour at Lord Howe   | sun 01:00-03:00 | Australia/Lord_Howe | 2026-10-03T15:00:00Z | open 2026-10-03T16:00Z
`
  .split('\n')
  .filter(Boolean)
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('business hours', () => {
  it.each(table)('%s: %s in %s at %s is %s', (_name, given = '', zone = '', at = '', expected = '') => {
    const moment = new Date(at);
    const change = nextChange(hours(given), zone, moment)?.toISOString().replace(':00.000Z', 'Z');
    const state = isOpen(hours(given), zone, moment) ? 'open' : 'closed';
    expect([state, change].filter(Boolean).join(' ')).toBe(expected);
  });

  it('always open is open on a holiday too', () => {
    const always = { ...hours('2026-12-25'), always_open: true };
    expect(openingAt(always, 'UTC', new Date('2026-12-25T10:00:00Z'))).toEqual({
      open: true,
      nextChange: null,
    });
  });

  it('agrees with the wall clock, minute by minute, away from the changes of clocks', () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const text = (at: number) =>
      `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
    const weekly = fc.array(fc.tuple(minute, minute), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(
        weekly,
        fc.integer({ min: 0, max: 14 * 1_440 }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
        (days, offset, zone) => {
          const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
          const lines = days.map(([from, to], at) =>
            from === to ? '' : `${names[at] ?? ''} ${text(from)}-${text(to)}`,
          );
          const given = hours(lines.join(','));
          // 1 June 2026 is a Monday in summer everywhere above.
          const at = new Date(Date.parse('2026-06-01T00:00:00Z') + offset * 60_000);
          const local = toLocalMinutes(zone, at);
          const [weekday, clock] = [(Math.floor(local / 1_440) + 3) % 7, local % 1_440];
          const [from = 0, to = 0] = days[weekday] ?? [];
          const [yesterdayFrom = 0, yesterdayTo = 0] = days[(weekday + 6) % 7] ?? [];
          const today = from < to ? clock >= from && clock < to : from > to && clock >= from;
          const spill = yesterdayTo < yesterdayFrom && clock < yesterdayTo;
          const { open, nextChange: change } = openingAt(given, zone, at);
          expect(open).toBe(today || spill);
          if (change !== null) {
            expect(isOpen(given, zone, change)).toBe(!open);
            expect(isOpen(given, zone, new Date(change.getTime() - 1))).toBe(open);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('local time', () => {
  it('goes there and back in every zone', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      for (const at of [Date.UTC(2026, 0, 15, 12), Date.UTC(2026, 6, 15, 12), Date.UTC(2030, 3, 1)]) {
        const moment = new Date(at);
        expect(toInstant(zone, toLocalMinutes(zone, moment), 'first')).toEqual(moment);
      }
    }
  });
});

describe('business hours from outside', () => {
  const valid = { ...defaultHours, always_open: false };
  const monday = (list: unknown) => ({ ...valid, weekly: { ...valid.weekly, monday: list } });

  it.each([
    ['a time that is none', monday([{ from: '25:00', to: '26:00' }])],
    ['24:00 as a beginning', monday([{ from: '24:00', to: '02:00' }])],
    ['an empty span', monday([{ from: '09:00', to: '09:00' }])],
    ['spans that overlap', monday(spans('09:00-12:00 11:00-13:00'))],
    ['spans that an overnight one covers', monday(spans('20:00-02:00 22:00-23:00'))],
    [
      'seven spans',
      monday(spans('01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00 09:00-10:00 11:00-12:00 13:00-14:00')),
    ],
    ['an unknown weekday', { ...valid, weekly: { ...valid.weekly, someday: [] } }],
    ['a weekday that is missing', { ...valid, weekly: { monday: [] } }],
    ['a date that is none', { ...valid, holidays: [{ date: '2027-02-29' }] }],
    ['a date twice', { ...valid, holidays: [{ date: '2027-02-28' }, { date: '2027-02-28' }] }],
    ['a name with control characters', { ...valid, holidays: [{ date: '2027-02-28', name: 'a\u0007b' }] }],
    ['a zone', { ...valid, time_zone: 'UTC' }],
  ])('refuses %s', (_name, input) => {
    expect(businessHoursInput.safeParse(input).success).toBe(false);
  });

  it('takes what it shows, spans side by side in any order', () => {
    expect(businessHoursInput.parse(defaultHours)).toEqual(defaultHours);
    expect(businessHoursInput.safeParse(monday(spans('13:00-17:00 09:00-12:00 12:00-13:00'))).success).toBe(
      true,
    );
  });

  it('tells two hours apart by their lines, and the largest ones fit an event', () => {
    const name = '"'.repeat(40);
    const days = Array.from({ length: 60 }, (_, at) => ({
      date: new Date(Date.UTC(2027, 0, 1 + at)).toISOString().slice(0, 10),
      name,
      spans: spans('01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00 09:00-10:00 11:00-12:00'),
    }));
    const largest = businessHoursInput.parse({ ...valid, holidays: days });
    expect(Buffer.byteLength(JSON.stringify(describeHours(largest))) * 2).toBeLessThan(31_000);
    expect(describeHours(largest).length).toBeLessThanOrEqual(100);
    const renamed = { ...largest, holidays: largest.holidays.map((one) => ({ ...one, name: 'x' })) };
    expect(describeHours(renamed)).not.toEqual(describeHours(largest));
  });
});
