import { fail } from '../errors.js';

const day = 86_400_000;
const maxRememberedDays = 20_000;
const maxRememberedZones = 2_000;

/** A time zone: an Olson name, with its daylight saving, or a fixed offset. All times are milliseconds. */
export interface TimeZone {
  readonly isUtc: boolean;
  /** Local time minus UTC at that instant. */
  offsetAt(instant: number): number;
  /**
   * The instant at which clocks show this local time. A time that the clocks skip is counted on with the offset
   * before the gap, one that they show twice is the first of both.
   */
  toInstant(local: number): number;
}

class FixedZone implements TimeZone {
  readonly isUtc: boolean;

  constructor(private readonly offset: number) {
    this.isUtc = offset === 0;
  }

  offsetAt(): number {
    return this.offset;
  }

  toInstant(local: number): number {
    return local - this.offset;
  }
}

/** One formatter call takes some ten microseconds, so that the offset is remembered for each day without a change in it. */
class OlsonZone implements TimeZone {
  readonly isUtc = false;
  readonly #format: Intl.DateTimeFormat;
  readonly #startOfDay = new Map<number, number>();
  readonly #changes = new Map<number, number>();

  constructor(name: string) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
    const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short' } as const;
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, hourCycle: 'h23', ...fields, ...time });
  }

  offsetAt(instant: number): number {
    const today = Math.floor(instant / day);
    const before = this.#atStartOf(today);
    const after = this.#atStartOf(today + 1);
    if (before === after) return before;
    return instant < this.#changeWithin(today, before) ? before : after;
  }

  toInstant(local: number): number {
    const before = this.offsetAt(local - day);
    const after = this.offsetAt(local + day);
    if (before === after || this.offsetAt(local - before) === before) return local - before;
    return this.offsetAt(local - after) === after ? local - after : local - before;
  }

  #atStartOf(dayNumber: number): number {
    let offset = this.#startOfDay.get(dayNumber);
    if (offset === undefined) {
      offset = this.#lookUp(dayNumber * day);
      if (this.#startOfDay.size >= maxRememberedDays) this.#startOfDay.clear();
      this.#startOfDay.set(dayNumber, offset);
    }
    return offset;
  }

  /** The first instant of that day with another offset than `before`. */
  #changeWithin(dayNumber: number, before: number): number {
    const known = this.#changes.get(dayNumber);
    if (known !== undefined) return known;
    let low = dayNumber * day;
    let high = low + day;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#lookUp(middle) === before) low = middle;
      else high = middle;
    }
    this.#changes.set(dayNumber, high);
    return high;
  }

  #lookUp(instant: number): number {
    const part: Partial<Record<string, number>> = {};
    let isBeforeChrist = false;
    for (const { type, value } of this.#format.formatToParts(instant)) {
      if (type === 'era') isBeforeChrist = value.startsWith('B');
      else part[type] = Number(value);
    }
    const { year = 0, month = 1, day: dayOfMonth = 1, hour = 0, minute = 0, second = 0 } = part;
    const local = new Date(0);
    local.setUTCFullYear(isBeforeChrist ? 1 - year : year, month - 1, dayOfMonth);
    local.setUTCHours(hour, minute, second);
    return local.getTime() - Math.floor(instant / 1000) * 1000;
  }
}

export const utc: TimeZone = new FixedZone(0);

const zones = new Map<string, TimeZone>(['UTC', 'GMT', 'Z', 'Etc/UTC', 'Etc/GMT'].map((name) => [name, utc]));

/** Accepts Olson names, `UTC`, `GMT` and offsets such as `+05:30`, `-0330` and `+02`. */
export function parseTimeZone(name: string): TimeZone {
  let zone = zones.get(name);
  if (!zone) {
    zone = fixedZone(name) ?? olsonZone(name);
    if (zones.size < maxRememberedZones) zones.set(name, zone);
  }
  return zone;
}

function fixedZone(name: string): TimeZone | undefined {
  const match = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(name);
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return new FixedZone((match[1] === '-' ? -minutes : minutes) * 60_000);
}

function olsonZone(name: string): TimeZone {
  if (/^[A-Za-z][\w+/-]*$/.test(name)) {
    try {
      return new OlsonZone(name);
    } catch {
      // Refused below: the platform does not know the name.
    }
  }
  return fail(40485, `unrecognized time zone identifier: "${name}"`);
}
