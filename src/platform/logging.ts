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
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** `4915112345678` becomes `49*******5678`: enough to recognise, too little to call. */
export function maskPhone(digits: string): string {
  return digits.length < 8
    ? '*'.repeat(digits.length)
    : `${digits.slice(0, 2)}${'*'.repeat(digits.length - 6)}${digits.slice(-4)}`;
}
