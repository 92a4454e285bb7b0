import { createHash } from 'node:crypto';
import { DomainError } from '../../contracts/errors.js';
import type { Idempotency } from '../events/tenant.repository.js';
import type { ServiceRequest } from './request.js';

/** Those whose keys are their own: two customers of one business choose theirs without knowing of each other. */
const PERSONS: ReadonlySet<string> = new Set(['customer', 'visitor']);

/**
 * Key and hash of a creating request, or undefined without the header. A repeat must be the same request: method,
 * path and body are compared by a hash, whatever order the body's keys have.
 */
export function readIdempotency(request: ServiceRequest, body: unknown): Idempotency | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,64}$/.test(key))
    throw new DomainError('invalid_input', 'Idempotency-Key has 1 to 64 printable characters.', {
      issues: [{ field: 'header.idempotency-key', message: 'Must have 1 to 64 printable characters.' }],
    });
  const { actor } = request;
  const own = actor !== undefined && PERSONS.has(actor.role) ? `${actor.id} ${key}` : key;
  const path = request.originalUrl.split('?', 1)[0] ?? '';
  const hash = createHash('sha256').update(`${request.method} ${path}\n${canonical(body)}`);
  return { idempotencyKey: own, idempotencyHash: hash.digest('base64url') };
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
