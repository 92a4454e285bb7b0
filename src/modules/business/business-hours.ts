import { dateOfDay, MINUTES_A_DAY, toInstant, toLocalMinutes, weekdayOfDay } from './local-time.js';

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof weekdays)[number];

/**
 * From and to as `HH:MM` of the business's own clock; `to` may be `24:00`. A `to` that is earlier than `from` is on
 * the next day. A span belongs to the day on which it begins.
 */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** A date whose spans replace those of its weekday; without spans it is closed. */
export interface Holiday {
  readonly date: string;
  readonly name: string;
  readonly spans: readonly Span[];
}

export interface BusinessHours {
  /** Open around the clock, whatever the rest says. */
  readonly always_open: boolean;
  readonly weekly: Readonly<Record<Weekday, readonly Span[]>>;
  readonly holidays: readonly Holiday[];
}

export function isOpen(hours: BusinessHours, zone: string, at: Date): boolean {
  return openingAt(hours, zone, at).open;
}

/** When it next opens or closes, or null when that is more than a year away or never. */
export function nextChange(hours: BusinessHours, zone: string, at: Date): Date | null {
  return openingAt(hours, zone, at).nextChange;
}

/** Both answers at once. A minute that a span ends with is no longer part of it. */
export function openingAt(
  hours: BusinessHours,
  zone: string,
  at: Date,
): { readonly open: boolean; readonly nextChange: Date | null } {
  if (hours.always_open) return { open: true, nextChange: null };
  const today = Math.floor(toLocalMinutes(zone, at) / MINUTES_A_DAY);
  const horizon = (today + HORIZON_DAYS) * MINUTES_A_DAY;
  for (const { start, end, localEnd } of intervals(hours, zone, today)) {
    if (end <= at) continue;
    if (start > at) return { open: false, nextChange: start };
    return { open: true, nextChange: localEnd >= horizon ? null : end };
  }
  return { open: false, nextChange: null };
}

const HORIZON_DAYS = 400;

interface LocalInterval {
  readonly from: number;
  readonly to: number;
}
interface Interval {
  readonly start: Date;
  readonly end: Date;
  readonly localEnd: number;
}

/** Moments at which it is open, in order, joined where they touch also because the clock went forward between them. */
function* intervals(hours: BusinessHours, zone: string, today: number): Generator<Interval> {
  let held: Interval | undefined;
  for (const { from, to } of localIntervals(hours, today)) {
    const start = toInstant(zone, from, 'first');
    const end = toInstant(zone, to, 'last');
    // A span within the hour that the clock leaves out does not happen.
    if (end <= start) continue;
    if (held !== undefined && start <= held.end) held = { start: held.start, end, localEnd: to };
    else {
      if (held !== undefined) yield held;
      held = { start, end, localEnd: to };
    }
  }
  if (held !== undefined) yield held;
}

/** The same on the business's wall clock: from the day before yesterday, since a span may have begun then. */
function* localIntervals(hours: BusinessHours, today: number): Generator<LocalInterval> {
  const holidays = new Map(hours.holidays.map((holiday) => [holiday.date, holiday.spans]));
  let held: LocalInterval | undefined;
  for (let day = today - 2; day < today + HORIZON_DAYS; day += 1) {
    const weekday = weekdays[weekdayOfDay(day)] ?? 'monday';
    const spans = holidays.get(dateOfDay(day)) ?? hours.weekly[weekday];
    for (const { from, to } of sorted(spans)) {
      const next = { from: day * MINUTES_A_DAY + from, to: day * MINUTES_A_DAY + to };
      if (held !== undefined && next.from <= held.to)
        held = { from: held.from, to: Math.max(held.to, next.to) };
      else {
        if (held !== undefined) yield held;
        held = next;
      }
    }
  }
  if (held !== undefined) yield held;
}

/** Minutes from the midnight of the day; a `to` on the next day is above 1440. */
export function minutesOf({ from, to }: Span): LocalInterval {
  const [start, end] = [minuteOf(from), minuteOf(to)];
  return { from: start, to: end > start ? end : end + MINUTES_A_DAY };
}

function sorted(spans: readonly Span[]): LocalInterval[] {
  return spans.map(minutesOf).sort((one, other) => one.from - other.from);
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
