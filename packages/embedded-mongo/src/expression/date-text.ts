import { fail } from '../errors.js';
import {
  dayOfYear,
  fieldsAt,
  isoWeek,
  isoWeekday,
  localTime,
  minute,
  week,
  weekday,
  type Fields,
} from './calendar.js';
import { parseTimeZone, utc, type TimeZone } from './timezone.js';

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

interface Moment extends Fields {
  readonly local: number;
  readonly offset: number;
}

type Specifier = (moment: Moment) => string;
type Part = string | Specifier;

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function offsetText(offset: number): string {
  const minutes = Math.trunc(Math.abs(offset) / minute);
  return `${offset < 0 ? '-' : '+'}${pad(Math.trunc(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
}

const specifiers = new Map<string, Specifier>([
  ['Y', ({ year }) => pad(year, 4)],
  ['m', ({ month }) => pad(month, 2)],
  ['d', ({ day }) => pad(day, 2)],
  ['H', ({ hour }) => pad(hour, 2)],
  ['M', (moment) => pad(moment.minute, 2)],
  ['S', ({ second }) => pad(second, 2)],
  ['L', ({ millisecond }) => pad(millisecond, 3)],
  ['j', ({ local }) => pad(dayOfYear(local), 3)],
  ['w', ({ local }) => String(weekday(local) + 1)],
  ['u', ({ local }) => String(isoWeekday(local))],
  ['U', ({ local }) => pad(week(local), 2)],
  ['V', ({ local }) => pad(isoWeek(local).week, 2)],
  ['G', ({ local }) => pad(isoWeek(local).year, 4)],
  ['b', ({ month }) => (months[month - 1] ?? '').slice(0, 3)],
  ['B', ({ month }) => months[month - 1] ?? ''],
  ['z', ({ offset }) => offsetText(offset)],
  ['Z', ({ offset }) => String(Math.trunc(offset / minute))],
  ['%', () => '%'],
]);

const known = new Map<string, readonly Part[]>();

function parse(format: string): Part[] {
  return format.split(/(%(?:.|$))/su).map((part) => {
    if (!part.startsWith('%')) return part;
    if (part === '%') fail(18535, `Unmatched '%' at end of format string`);
    return (
      specifiers.get(part.slice(1)) ?? fail(18536, `Invalid format character '${part}' in format string`)
    );
  });
}

export function formatDate(instant: number, format: string | undefined, zone: TimeZone): string {
  const offset = zone.offsetAt(instant);
  const local = instant + offset;
  const moment: Moment = { ...fieldsAt(local), local, offset };
  if (moment.year < 0 || moment.year > 9999) {
    fail(18537, `$dateToString is only defined on year 0-9999, tried to use year ${moment.year}`);
  }
  const parts = partsOf(format ?? `%Y-%m-%dT%H:%M:%S.%L${zone.isUtc ? 'Z' : ''}`);
  return parts.map((part) => (typeof part === 'string' ? part : part(moment))).join('');
}

/** Formats come from commands, so that only so many are kept. */
function partsOf(format: string): readonly Part[] {
  let parts = known.get(format);
  if (!parts) {
    parts = parse(format);
    if (known.size < 1_000) known.set(format, parts);
  }
  return parts;
}

const isoText =
  /^(?<Y>\d{4})-(?<m>\d\d)-(?<d>\d\d)(?:[T ](?<H>\d\d):(?<M>\d\d)(?::(?<S>\d\d)(?:\.(?<L>\d{1,9}))?)?)? ?(?<z>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i;

/** An ISO 8601 text; without a zone of its own it is in UTC. The server's free forms ("next Monday") are not served. */
export function parseDateText(text: string): Date {
  const found = isoText.exec(text)?.groups;
  if (!found) return unreadable(text, 'its form is not the expected one');
  const number = (name: string): number => Number(found[name] ?? 0);
  const [hour, minute, second] = [number('H'), number('M'), number('S')];
  if (hour > 23 || minute > 59 || second > 59) return unreadable(text, 'the time is out of range');
  const date = { year: number('Y'), month: number('m'), day: number('d') };
  const millisecond = Math.trunc(Number(`0.${found['L'] ?? '0'}`) * 1000 + 1e-6);
  const local = localTime({ ...date, hour, minute, second, millisecond });
  const back = fieldsAt(local);
  if (back.month !== date.month || back.day !== date.day) return unreadable(text, 'there is no such day');
  const zone = found['z'] === undefined ? utc : parseTimeZone(found['z'].toUpperCase());
  return new Date(zone.toInstant(local));
}

function unreadable(text: string, reason: string): never {
  return fail('ConversionFailure', `Error parsing date string '${text}': ${reason}`);
}
