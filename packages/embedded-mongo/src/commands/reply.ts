import { Double } from 'bson';
import type { Reply, ReplyValue } from '../bson/encode.js';
import type { CommandError } from '../errors.js';

/** A reply from a literal; fields that are undefined are left out. */
export function reply(fields: Record<string, ReplyValue | undefined>): Map<string, ReplyValue> {
  const result = new Map<string, ReplyValue>();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) result.set(name, value);
  return result;
}

/** Drivers compare `ok` as a double. */
export function succeeded(result: Reply): Reply {
  return new Map(result).set('ok', new Double(1));
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
