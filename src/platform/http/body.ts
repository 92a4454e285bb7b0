import { DomainError } from '../../contracts/errors.js';
import type { ServiceRequest } from './request.js';

export const MOST_LEVELS = 32;

/**
 * Reads a JSON body within its bounds, or answers undefined when there is none. It is read after the guards: nobody
 * who may not call the route makes us parse a megabyte.
 */
export async function readJsonBody(request: ServiceRequest, maxBytes: number): Promise<unknown> {
  const { headers } = request;
  const length = headers['content-length'];
  const hasBody = headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  if (!hasBody) return undefined;
  refuseOtherTypes(headers['content-type'], headers['content-encoding']);
  if (Number(length ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readAll(request, maxBytes);
  return bytes.length === 0 ? undefined : parseJson(bytes);
}

async function readAll(request: ServiceRequest, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('invalid_input', 'The body ended too early.', undefined, { cause: error });
  }
  return Buffer.concat(chunks);
}

function refuseOtherTypes(contentType: string | undefined, encoding: string | undefined): void {
  const [type, ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  if (type?.trim() !== 'application/json')
    throw new DomainError('unsupported_media_type', 'Send JSON, with Content-Type: application/json.');
  if (charset !== undefined && !/^charset="?utf-8"?$/.test(charset))
    throw new DomainError('unsupported_media_type', 'Send JSON in UTF-8.');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new DomainError('unsupported_media_type', 'Send the body as it is, without a Content-Encoding.');
}

/** Parses JSON that is shallow, valid UTF-8 and free of keys that would reach a prototype. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DomainError('invalid_input', 'The body is not UTF-8.');
  }
  if (levels(text) > MOST_LEVELS)
    throw new DomainError('invalid_input', `The body is nested more than ${MOST_LEVELS} levels deep.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DomainError('invalid_input', 'The body is not JSON.');
  }
  refusePrototypeKeys(value);
  return value;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Counted before parsing, since a parser that recurses could not be stopped half-way. */
function levels(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, (depth += 1));
    else if (code === 125 || code === 93) depth -= 1;
  }
  return deepest;
}

export function refusePrototypeKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    const inner: unknown = Object.hasOwn(value, 'constructor')
      ? Reflect.get(value, 'constructor')
      : undefined;
    const viaConstructor = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype');
    if (Object.hasOwn(value, '__proto__') || viaConstructor)
      throw new DomainError('invalid_input', 'Keys of a prototype are not taken.');
  }
  for (const item of Object.values(value)) refusePrototypeKeys(item);
}

function tooLarge(maxBytes: number): DomainError {
  return new DomainError('too_large', `A body has at most ${maxBytes} bytes here.`);
}
