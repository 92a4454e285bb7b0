import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, type Logger } from '../../src/platform/logging.js';

/**
 * `npm test` names a folder in TEST_LOGS. Every service of a test writes its lines there, at the level `debug`, beside
 * every password, token and phone number that a test used; in the end the run searches the one for the other
 * (scripts/lib/log-search.mjs). Without the folder nothing is kept.
 */
const folder = process.env['TEST_LOGS'];
const known = new Set<string>();
/** Shorter ones are words that stand anywhere. */
const SHORTEST = 8;

export function keepLine(line: string): void {
  if (folder !== undefined) appendFileSync(join(folder, `${process.pid}.log`), line);
}

export function keepSecret(secret: string): void {
  if (secret.length < SHORTEST || known.has(secret)) return;
  known.add(secret);
  if (folder !== undefined)
    appendFileSync(join(folder, `${process.pid}.secrets`), `${JSON.stringify(secret)}\n`);
}

/** Everything that this spec file has used so far. */
export function keptSecrets(): ReadonlySet<string> {
  return known;
}

/** The usual logger of a test's service: quiet on the terminal unless TEST_LOG says otherwise. */
export function keptLogger(level: string): Logger {
  const shown = process.env['TEST_LOG'];
  if (shown !== undefined || folder === undefined) return createLogger(shown ?? level);
  return createLogger('debug', { write: keepLine });
}

const SECRET_KEYS = /^(\w*password|\w*token|key|value|link|jwt|hmac|phone_number)$/;
/** Remembers what is secret in a body that was sent or received, by the names of its fields. */
export function keepSecretsOf(body: unknown, name = ''): void {
  if (typeof body === 'string') {
    if (SECRET_KEYS.test(name)) keepSecretText(name, body);
  } else if (Array.isArray(body)) for (const item of body as unknown[]) keepSecretsOf(item, name);
  else if (typeof body === 'object' && body !== null)
    for (const [key, value] of Object.entries(body)) keepSecretsOf(value, key);
}

function keepSecretText(name: string, text: string): void {
  // A widget key is public, and `key` or `value` may also be words of a form.
  if (name === 'key' && !text.startsWith('dw_')) return;
  if (name === 'value' && !/^[\w-]{20,}$/.test(text)) return;
  const digits = text.replace(/\D/g, '');
  if (name === 'phone_number') keepSecret(digits);
  keepSecret(name === 'link' ? (text.split('#')[1] ?? text) : text);
}
