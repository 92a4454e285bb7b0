/** Wall-clock time of a zone and back, over the zone data that Node carries. */

export const MINUTES_A_DAY = 1_440;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Formats are costly to make and cheap to use; there are some hundred zones. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** Minutes that the zone's wall clock shows at `at`, counted from 1970-01-01 00:00 of that clock. */
export function toLocalMinutes(zone: string, at: Date): number {
  const parts = formatOf(zone).formatToParts(at);
  const value = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value);
  const utc = Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'));
  return utc / MINUTE_MS;
}

/**
 * When the wall clock shows `local`. It may show it twice, when clocks go back: then the `first` or the `last` time.
 * It may never show it, when clocks go forward: then the moment at which they do.
 */
export function toInstant(zone: string, local: number, which: 'first' | 'last'): Date {
  const guess = local * MINUTE_MS;
  const offsets = [guess - DAY_MS, guess + DAY_MS].map((at) => offsetMinutes(zone, at));
  const candidates = offsets
    .map((offset) => new Date(guess - offset * MINUTE_MS))
    .filter((at) => toLocalMinutes(zone, at) === local)
    .sort((one, other) => one.getTime() - other.getTime());
  return candidates.at(which === 'first' ? 0 : -1) ?? jumpOver(zone, local);
}

/** `YYYY-MM-DD` of the day with this number, counted from 1970-01-01. */
export function dateOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOfDay(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

function offsetMinutes(zone: string, at: number): number {
  return toLocalMinutes(zone, new Date(at)) - Math.floor(at / MINUTE_MS);
}

/** The first minute at which the wall clock is past `local`. */
function jumpOver(zone: string, local: number): Date {
  let before = local - MINUTES_A_DAY;
  let after = local + MINUTES_A_DAY;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (toLocalMinutes(zone, new Date(middle * MINUTE_MS)) < local) before = middle;
    else after = middle;
  }
  return new Date(after * MINUTE_MS);
}
