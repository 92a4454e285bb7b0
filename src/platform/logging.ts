import { pino, type DestinationStream, type Logger as Pino } from 'pino';

export type Logger = Pino;

/** Nothing under these names is ever written, however deep a library hides it. */
const SECRETS = [
  'password',
  'token',
  'access_token',
  'refresh_token',
  'stream_token',
  'authorization',
  'cookie',
  'secret',
  'client_secret',
  'key',
  'hmac',
  'jwt',
  'content',
  'text',
  'phone',
  'phone_number',
];
const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/** Structured lines on standard output. Ids are fields, texts never appear, phones are masked by `maskPhone`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    redact: { paths: [...paths, 'req.headers.authorization', 'req.headers.cookie'], censor: '[hidden]' },
    serializers: { err: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
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
