import { pino, type DestinationStream, type Logger as Pino } from 'pino';

export type Logger = Pino;

/** Nothing under these names is ever written, however deep it lies and however it is spelt (`apiKey`, `X-Api-Key`). */
const SECRETS = new Set(['key', 'hmac', 'jwt', 'content', 'text']);
const SECRET_PARTS = /password|secret|token$|cookie|authorization|apikey|^phone/;

const CARRIED = ['password', 'token', 'access_token', 'secret', 'key', 'authorization', 'cookie', 'phone'];
const HIDDEN = '[hidden]';

function isSecret(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  return SECRETS.has(plain) || SECRET_PARTS.test(plain);
}

/** Structured lines on standard output. Ids are fields, texts never appear, phones are masked by `maskPhone`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    // What a child logger carries comes by no formatter.
    redact: { paths: CARRIED, censor: HIDDEN },
    serializers: { err: (error: unknown) => describeError(error) },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Fields) => hideSecrets(fields),
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

type Fields = Record<string, unknown>;
const MOST_DEPTH = 6;
const MOST_VALUES = 500;

/** A copy to be written: pino's own redaction names paths of a fixed depth and spelling. Bounded, as all of ours. */
function hideSecrets({ err, ...fields }: Fields): Fields {
  const shown = hideFields(fields, MOST_DEPTH, { values: MOST_VALUES });
  // An error is described by its serializer.
  return err === undefined ? shown : { ...shown, err };
}

function hideFields(fields: object, depth: number, left: { values: number }): Fields {
  const shown: Fields = {};
  for (const name of Object.keys(fields)) {
    left.values -= 1;
    if (left.values < 0) break;
    shown[name] = isSecret(name) ? HIDDEN : hide(read(fields, name), depth, left);
  }
  return shown;
}

function hide(value: unknown, depth: number, left: { values: number }): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (depth === 0) return '[deep]';
  if (Array.isArray(value)) {
    left.values -= value.length;
    return value.slice(0, Math.max(0, left.values)).map((one) => hide(one, depth - 1, left));
  }
  if (typeof read(value, 'toJSON') === 'function') return hide(asJson(value), depth - 1, left);
  const { constructor } = value;
  if (typeof constructor !== 'function' || constructor.name === 'Object')
    return hideFields(value, depth - 1, left);
  // An object of a class may hold anything, sockets and buffers among it: its name says enough.
  return `[${constructor.name}]`;
}

function read(from: object, name: string): unknown {
  try {
    return Reflect.get(from, name);
  } catch {
    return '[unreadable]';
  }
}

function asJson(value: object): unknown {
  try {
    return (value as { toJSON(): unknown }).toJSON();
  } catch {
    return '[unreadable]';
  }
}

const MOST_CAUSES = 3;

/**
 * What an error says of itself, without the fields that a library hangs on it: a driver's hold the values that it
 * refused, which may be somebody's phone or e-mail, and so does the end of its sentence about a duplicate key.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const code: unknown = 'code' in error ? error.code : undefined;
  const isCode = typeof code === 'string' || typeof code === 'number';
  return {
    type: error.name,
    message: withoutValues(error.message),
    stack: withoutValues(error.stack ?? ''),
    ...(isCode ? { code } : {}),
    ...(error.cause === undefined || depth >= MOST_CAUSES
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}

function withoutValues(text: string): string {
  return text.replace(/dup key: \{[^]*?\}/g, 'dup key: {…}');
}

/** `4915112345678` becomes `49*******5678`: enough to recognise, too little to call. */
export function maskPhone(digits: string): string {
  return digits.length < 8
    ? '*'.repeat(digits.length)
    : `${digits.slice(0, 2)}${'*'.repeat(digits.length - 6)}${digits.slice(-4)}`;
}
