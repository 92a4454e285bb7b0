import { Double } from 'bson';
import type { Reply, ReplyValue } from '../bson/encode.js';
import type { CommandError } from '../errors.js';

/** A reply that may still be added to. */
export type ReplyDoc = Map<string, ReplyValue>;

/** A reply from a literal; fields that are undefined are left out. */
export function reply(fields: Record<string, ReplyValue | undefined>): ReplyDoc {
  const result: ReplyDoc = new Map();
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) result.set(name, value);
  }
  return result;
}

/** Drivers compare `ok` as a double. */
const one = new Double(1);

export function succeeded(result: ReplyDoc): Reply {
  return result.set('ok', one);
}

export function failed(error: CommandError): Reply {
  return reply({
    ok: new Double(0),
    errmsg: error.message,
    code: error.code,
    codeName: error.codeName,
    ...(error.extra as Record<string, ReplyValue>),
  });
}
