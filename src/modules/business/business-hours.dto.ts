import { z } from 'zod';
import {
  minutesOf,
  openingAt,
  weekdays,
  type BusinessHours,
  type Span,
  type Weekday,
} from './business-hours.js';
import type { BusinessDocument } from './business.schema.js';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Not a time, such as 09:30.');
const span = z
  .strictObject({
    from: time,
    to: z.union([time, z.literal('24:00')], 'Not a time, such as 17:30 or 24:00.'),
  })
  .refine(
    ({ from, to }) => from !== to,
    'A span does not end when it begins; the whole day is 00:00 to 24:00.',
  )
  .meta({ id: 'OpeningSpan', example: { from: '09:00', to: '17:30' } });

const spans = z
  .array(span)
  .max(6)
  .refine((list) => !overlap(list), 'Spans of a day do not overlap.');

/** Real dates of the calendar only: 2027-02-29 is none. */
const date = z.iso.date('Not a date, such as 2026-12-25.');

const holiday = z.strictObject({
  date,
  name: z
    .string()
    .trim()
    .max(40)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'Not a name: it holds control characters.')
    .default(''),
  spans: spans.default([]).meta({ description: 'Open on that day after all; without spans it is closed.' }),
});

export const businessHoursInput = z
  .strictObject({
    always_open: z.boolean(),
    weekly: z.strictObject(Object.fromEntries(weekdays.map((day) => [day, spans])) as Weekly),
    holidays: z
      .array(holiday)
      .max(60)
      .refine(
        (list) => new Set(list.map(({ date: on }) => on)).size === list.length,
        'A date is there twice.',
      ),
  })
  .meta({ id: 'BusinessHoursInput' });
type Weekly = Record<Weekday, typeof spans>;

export const businessHoursView = businessHoursInput
  .extend({
    time_zone: z.string(),
    open_now: z.boolean(),
    next_change_at: z
      .string()
      .nullable()
      .meta({ description: 'When it next opens or closes; null: not within a year.' }),
    rev: z.int(),
  })
  .meta({ id: 'BusinessHours' });

const officeHours: readonly Span[] = [{ from: '09:00', to: '17:00' }];

/** A new business is always open, with office hours filled in for when it decides otherwise. */
export const defaultHours: BusinessHours = {
  always_open: true,
  weekly: {
    monday: officeHours,
    tuesday: officeHours,
    wednesday: officeHours,
    thursday: officeHours,
    friday: officeHours,
    saturday: [],
    sunday: [],
  },
  holidays: [],
};

/** One line a day, for the history: `monday 09:00-12:00 13:00-17:00`. Two sets of hours are equal when their lines are. */
export function describeHours(hours: BusinessHours): string[] {
  const list = (all: readonly Span[]): string =>
    all.map(({ from, to }) => ` ${from}-${to}`).join('') || ' closed';
  const week = weekdays.map((day) => day + list(hours.weekly[day]));
  const days = hours.holidays.map(({ date: on, name, spans: open }) => `${on}${list(open)} ${name}`.trim());
  return [hours.always_open ? 'always open' : 'by these hours', ...week, ...days];
}

export function toHoursView(
  { hours, settings, rev }: BusinessDocument,
  at: Date,
): z.infer<typeof businessHoursView> {
  const { open, nextChange } = openingAt(hours, settings.time_zone, at);
  // Parsed, which copies: what is stored is never handed out to be changed.
  return {
    ...businessHoursInput.parse(hours),
    time_zone: settings.time_zone,
    open_now: open,
    next_change_at: nextChange?.toISOString() ?? null,
    rev,
  };
}

function overlap(list: readonly Span[]): boolean {
  const ordered = list.map(minutesOf).sort((one, other) => one.from - other.from);
  return ordered.some(({ from }, at) => at > 0 && from < (ordered[at - 1]?.to ?? 0));
}
