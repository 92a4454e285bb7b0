/** Calendar arithmetic on local time: milliseconds that a wall clock shows, as if it stood in UTC. */
export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export interface Fields {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

export function fieldsAt(local: number): Fields {
  const date = new Date(local);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

/** Fields outside of their range carry over: month 14 is February of the next year. */
export function localTime(fields: Partial<Fields> & { year: number }): number {
  const date = new Date(0);
  date.setUTCFullYear(fields.year, (fields.month ?? 1) - 1, fields.day ?? 1);
  const { hour: h = 0, minute: m = 0, second: s = 0, millisecond: ms = 0 } = fields;
  return date.getTime() + h * hour + m * minute + s * second + ms;
}

/** Days since 1970-01-01. */
export function dayNumber(local: number): number {
  return Math.floor(local / day);
}

/** 0 for Sunday. */
export function weekday(local: number): number {
  return (((dayNumber(local) + 4) % 7) + 7) % 7;
}

/** 1 for Monday, 7 for Sunday. */
export function isoWeekday(local: number): number {
  return weekday(local) || 7;
}

export function dayOfYear(local: number): number {
  return dayNumber(local) - dayNumber(localTime({ year: new Date(local).getUTCFullYear() })) + 1;
}

/** Weeks begin on Sundays, and what comes before the first Sunday is week 0. */
export function week(local: number): number {
  return Math.floor((dayOfYear(local) + 6 - weekday(local)) / 7);
}

/** ISO 8601: a week belongs to the year that holds its Thursday. */
export function isoWeek(local: number): { year: number; week: number } {
  const thursday = local + (4 - isoWeekday(local)) * day;
  return { year: new Date(thursday).getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

/** Months since year 0. */
export function monthNumber(local: number): number {
  const date = new Date(local);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The same day and time in another month; a day that it does not have becomes its last one. */
export function addMonths(local: number, months: number): number {
  const from = fieldsAt(local);
  const target = monthNumber(local) + months;
  const lastDay = new Date(localTime({ year: 0, month: target + 2, day: 0 })).getUTCDate();
  return localTime({ ...from, year: 0, month: target + 1, day: Math.min(from.day, lastDay) });
}
