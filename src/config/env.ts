import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * The only reader of the environment: one schema, which also makes `.env.example` and the table in the README.
 * An empty variable counts as absent. A description says what the setting is for, then what it is when nobody sets it.
 */
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`);
const list = (isOne: (text: string) => boolean, what: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .refine((all) => all.every(isOne), `must be ${what}, separated by commas`);
const address = (protocols: string, example: string) =>
  z.string().refine((text) => new RegExp(`^(${protocols}):`).test(text) && URL.canParse(text), {
    message: `must be an address such as ${example}`,
  });
const flag = z.enum(['0', '1'], 'must be 0 or 1').transform((text) => text === '1');

export const environment = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], 'must be development, test or production')
    .default('development')
    .describe('With production nothing is seeded unless DEMO=1, and JWT_SECRET is required.'),
  PORT: whole(0, 65_535).prefault('3000').describe('The port; 0 takes a free one.'),
  HOST: z
    .string()
    .optional()
    .describe('The address to listen on. 127.0.0.1, or 0.0.0.0 in production and with MONGODB_URI.'),
  DATA_DIR: z
    .string()
    .default('.data')
    .describe('The folder of the embedded database, when there is no MONGODB_URI.'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^/]+/, 'must begin with mongodb:// or mongodb+srv:// and name a host')
    .optional()
    .describe('A MongoDB replica set, with the name of the database. Without it the embedded database runs.'),
  REDIS_URL: address('rediss?', 'redis://localhost:6379')
    .optional()
    .describe('A Redis. Without it there can be one pod only.'),
  JWT_SECRET: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, 'must have 32 bytes or more')
    .optional()
    .describe('Signs the tokens, the same on every pod. The demo makes one and keeps it in DATA_DIR.'),
  PUBLIC_URL: address('https?', 'https://desk.example')
    .refine((text) => !text.endsWith('/'), 'must not end with a slash')
    .optional()
    .describe('Where people reach the service: for links that it sends. http://HOST:PORT unless told.'),
  ALLOWED_ORIGINS: list(isOrigin, 'origins such as https://shop.example')
    .default([])
    .describe('Web origins besides PUBLIC_URL that may call it from a browser, separated by commas.'),
  DEMO: flag
    .optional()
    .describe('1 seeds the demo business, 0 does not. 1, or 0 in production and with MONGODB_URI.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      message: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info')
    .describe('The least severe lines that are written.'),
  METRICS_PORT: whole(1, 65_535)
    .optional()
    .describe('Serves /metrics without a token on this port of HOST: for a network of its own.'),
  METRICS_TOKEN: z
    .string()
    .min(16, 'must have 16 characters or more')
    .optional()
    .describe('Opens /metrics on PORT to whoever sends it as a bearer token. Without it, it is not there.'),
  TRUSTED_PROXIES: list(isProxy, 'IP addresses or networks such as 10.0.0.0/8')
    .default([])
    .describe('The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. None.'),
  MAX_BODY_KB: whole(1, 16_384).prefault('1024').describe('The largest JSON body, in units of 1024 bytes.'),
  RATE_LIMIT_FACTOR: whole(1, 1_000_000)
    .prefault('1')
    .describe('Multiplies every rate limit: for load tests and for many people behind one address.'),
  ACCESS_TOKEN_MINUTES: whole(1, 60).prefault('15').describe('How long an access token is good.'),
  REFRESH_TOKEN_DAYS: whole(1, 365)
    .prefault('30')
    .describe('How long somebody stays signed in; a refresh does not prolong it.'),
});

export interface Settings {
  readonly production: boolean;
  readonly port: number;
  readonly host: string;
  /** An absolute path. */
  readonly dataDir: string;
  readonly mongodbUri: string | undefined;
  readonly redisUrl: string | undefined;
  readonly jwtSecret: string;
  /** Undefined: the address that it listens on, known after the start. */
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly demo: boolean;
  readonly logLevel: string;
  readonly metricsPort: number | undefined;
  readonly metricsToken: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly maxBodyBytes: number;
  readonly rateLimitFactor: number;
  readonly accessTokenSeconds: number;
  readonly refreshTokenSeconds: number;
}

/** One sentence per setting that cannot be used; nothing is started with any. */
export class SettingsProblem extends Error {
  constructor(readonly sentences: readonly string[]) {
    super(['The service cannot start with these settings:', ...sentences].join('\n  '));
    this.name = 'SettingsProblem';
  }
}

/** Before the embedded demo has its own secret, which it keeps beside its data: only there it can be missing. */
export type FirstSettings = Omit<Settings, 'jwtSecret'> & { readonly jwtSecret: string | undefined };

export function readSettings(variables: Readonly<Record<string, string | undefined>>): FirstSettings {
  const named = Object.keys(environment.shape).flatMap((name) =>
    variables[name] === undefined || variables[name] === '' ? [] : [[name, variables[name]] as const],
  );
  const parsed = environment.safeParse(Object.fromEntries(named));
  const sentences = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}.`);
  const real = variables['NODE_ENV'] === 'production' || Boolean(variables['MONGODB_URI']);
  if (real && !variables['JWT_SECRET'])
    sentences.push('JWT_SECRET must be set in production and with MONGODB_URI, with 32 bytes or more.');
  if (!parsed.success || sentences.length > 0) throw new SettingsProblem(sentences);

  const values = parsed.data;
  const dataDir = resolve(values.DATA_DIR);
  return Object.freeze({
    production: values.NODE_ENV === 'production',
    port: values.PORT,
    host: values.HOST ?? (real ? '0.0.0.0' : '127.0.0.1'),
    dataDir,
    mongodbUri: values.MONGODB_URI,
    redisUrl: values.REDIS_URL,
    jwtSecret: values.JWT_SECRET,
    publicUrl: values.PUBLIC_URL,
    allowedOrigins: Object.freeze(values.ALLOWED_ORIGINS),
    demo: values.DEMO ?? !real,
    logLevel: values.LOG_LEVEL,
    metricsPort: values.METRICS_PORT,
    metricsToken: values.METRICS_TOKEN,
    trustedProxies: Object.freeze(values.TRUSTED_PROXIES),
    maxBodyBytes: values.MAX_BODY_KB * 1024,
    rateLimitFactor: values.RATE_LIMIT_FACTOR,
    accessTokenSeconds: values.ACCESS_TOKEN_MINUTES * 60,
    refreshTokenSeconds: values.REFRESH_TOKEN_DAYS * 86_400,
  });
}

/** The settings of this process. */
export function processSettings(): FirstSettings {
  return readSettings(process.env);
}

export function withSecret(settings: FirstSettings, demoSecret: (dataDir: string) => string): Settings {
  return Object.freeze({ ...settings, jwtSecret: settings.jwtSecret ?? demoSecret(settings.dataDir) });
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}

function isProxy(text: string): boolean {
  const [ip = '', bits, ...more] = text.split('/');
  const family = isIP(ip);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
