import { fail } from '../errors.js';
import {
  dayOfYear,
  fieldsAt,
  isoWeek,
  isoWeekday,
  localTime,
  localTimeOfIsoWeek,
  minute,
  week,
  weekday,
  type Fields,
} from './calendar.js';
import { parseTimeZone, type TimeZone } from './timezone.js';

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

interface Moment extends Fields {
  readonly local: number;
  readonly offset: number;
}

interface Specifier {
  write(moment: Moment): string;
  /** How a text is read; absent for those that can only be written. */
  readonly pattern?: string;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function written(write: (moment: Moment) => string, pattern?: string): Specifier {
  return pattern === undefined ? { write } : { write, pattern };
}

function offsetText(offset: number): string {
  const minutes = Math.trunc(Math.abs(offset) / minute);
  return `${offset < 0 ? '-' : '+'}${pad(Math.trunc(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
}

const specifiers: Readonly<Partial<Record<string, Specifier>>> = {
  Y: written(({ year }) => pad(year, 4), '\\d{4}'),
  m: written(({ month }) => pad(month, 2), '\\d{1,2}'),
  d: written(({ day }) => pad(day, 2), '\\d{1,2}'),
  H: written(({ hour }) => pad(hour, 2), '\\d{1,2}'),
  M: written((moment) => pad(moment.minute, 2), '\\d{1,2}'),
  S: written(({ second }) => pad(second, 2), '\\d{1,2}'),
  L: written(({ millisecond }) => pad(millisecond, 3), '\\d{1,3}'),
  j: written(({ local }) => pad(dayOfYear(local), 3), '\\d{1,3}'),
  w: written(({ local }) => String(weekday(local) + 1)),
  u: written(({ local }) => String(isoWeekday(local)), '[1-7]'),
  U: written(({ local }) => pad(week(local), 2)),
  V: written(({ local }) => pad(isoWeek(local).week, 2), '\\d{1,2}'),
  G: written(({ local }) => pad(isoWeek(local).year, 4), '\\d{4}'),
  b: written(
    ({ month }) => (months[month - 1] ?? '').slice(0, 3),
    months.map((name) => name.slice(0, 3)).join('|'),
  ),
  B: written(({ month }) => months[month - 1] ?? '', months.join('|')),
  z: written(({ offset }) => offsetText(offset), 'Z|[+-]\\d{2}:?\\d{2}'),
  Z: written(({ offset }) => String(Math.trunc(offset / minute)), '[+-]?\\d{1,3}'),
  '%': written(() => '%', '%'),
};

/** The parts of a format: texts, and specifiers with their letter. */
function partsOf(format: string, readable: boolean): (string | { letter: string; specifier: Specifier })[] {
  return format.split(/(%(?:.|$))/su).map((part) => {
    if (!part.startsWith('%')) return part;
    if (part === '%') fail(18535, `Unmatched '%' at end of format string`);
    const letter = part.slice(1);
    const specifier = Object.hasOwn(specifiers, letter) ? specifiers[letter] : undefined;
    if (specifier && (!readable || specifier.pattern !== undefined)) return { letter, specifier };
    return fail(18536, `Invalid format character '${part}' in format string`);
  });
}

const writers = remembered((format) => partsOf(format, false));

export function formatDate(instant: number, format: string | undefined, zone: TimeZone): string {
  const offset = zone.offsetAt(instant);
  const local = instant + offset;
  const moment: Moment = { ...fieldsAt(local), local, offset };
  if (moment.year < 0 || moment.year > 9999) {
    fail(18537, `$dateToString is only defined on year 0-9999, tried to use year ${moment.year}`);
  }
  const parts = writers(format ?? `%Y-%m-%dT%H:%M:%S.%L${zone.isUtc ? 'Z' : ''}`);
  return parts.map((part) => (typeof part === 'string' ? part : part.specifier.write(moment))).join('');
}

interface Reader {
  readonly regex: RegExp;
  readonly letters: string;
}

const readers = remembered((format): Reader => {
  const parts = partsOf(format, true);
  const quote = (text: string): string => text.replace(/[^\w\s]/g, '\\$&');
  const body = parts.map((part) =>
    typeof part === 'string' ? quote(part) : `(${part.specifier.pattern ?? ''})`,
  );
  const letters = parts.map((part) => (typeof part === 'string' ? '' : part.letter)).join('');
  return { regex: new RegExp(`^${body.join('')}$`, 'i'), letters };
});

function remembered<T>(make: (format: string) => T): (format: string) => T {
  const known = new Map<string, T>();
  return (format) => {
    let made = known.get(format);
    if (made === undefined) {
      made = make(format);
      if (known.size < 1_000) known.set(format, made);
    }
    return made;
  };
}

const isoText =
  /^(?<Y>\d{4})-(?<m>\d\d)-(?<d>\d\d)(?:[T ](?<H>\d\d):(?<M>\d\d)(?::(?<S>\d\d)(?:\.(?<L>\d{1,9}))?)?)? ?(?<z>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * Reads a date by its format, or an ISO 8601 one without: the server's free forms ("next Monday") are not
 * served. A text with an offset of its own must not meet a `timezone` argument.
 */
export function parseDateText(
  text: string,
  format: string | undefined,
  zone: TimeZone,
  zoneGiven: boolean,
): Date {
  const found = format === undefined ? isoText.exec(text)?.groups : readWith(readers(format), text);
  if (!found) return unreadable(text, 'its form is not the expected one');
  const ownZone = zoneOf(found);
  if (ownZone && zoneGiven) {
    unreadable(
      text,
      'you cannot pass in a date/time string with GMT offset together with a timezone argument',
    );
  }
  const instant = (ownZone ?? zone).toInstant(localTimeOf(found, text));
  return new Date(instant);
}

type Found = Readonly<Partial<Record<string, string>>>;

function readWith({ regex, letters }: Reader, text: string): Found | undefined {
  const match = regex.exec(text);
  return match
    ? Object.fromEntries([...letters].map((letter, index) => [letter, match[index + 1]]))
    : undefined;
}

function zoneOf({ z, Z }: Found): TimeZone | undefined {
  if (z !== undefined) return parseTimeZone(z.toUpperCase());
  if (Z === undefined) return undefined;
  return parseTimeZone(offsetText(Number(Z) * minute));
}

function localTimeOf(found: Found, text: string): number {
  const number = (letter: string, otherwise = 0): number => Number(found[letter] ?? otherwise);
  const monthName = found['b'] ?? found['B']?.slice(0, 3);
  const named = months.findIndex((name) => name.slice(0, 3).toLowerCase() === monthName?.toLowerCase());
  const time = {
    hour: number('H'),
    minute: number('M'),
    second: number('S'),
    millisecond: Math.trunc(Number(`0.${found['L'] ?? '0'}`) * 1000 + 1e-6),
  };
  if (time.hour > 23 || time.minute > 59 || time.second > 59)
    return unreadable(text, 'the time is out of range');
  const clock = localTime({ year: 1970, ...time });
  if (found['G'] !== undefined && found['V'] !== undefined) {
    if (number('V') < 1 || number('V') > 53) return unreadable(text, 'the week is out of range');
    return clock + localTimeOfIsoWeek(number('G'), number('V'), number('u', 1));
  }
  const year = number('Y');
  const month = named >= 0 ? named + 1 : number('m');
  const date = found['j'] === undefined ? { year, month, day: number('d') } : { year, day: number('j') };
  const local = localTime(date);
  const back = fieldsAt(local);
  const isComplete =
    found['Y'] !== undefined && (found['j'] !== undefined || (month > 0 && found['d'] !== undefined));
  if (!isComplete) return unreadable(text, 'an incomplete date/time string has been found');
  if (back.year !== year || (date.month !== undefined && (back.month !== month || back.day !== date.day))) {
    return unreadable(text, 'there is no such day');
  }
  return clock + local;
}

function unreadable(text: string, reason: string): never {
  return fail('ConversionFailure', `Error parsing date string '${text}': ${reason}`);
}
