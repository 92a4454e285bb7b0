import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { DomainError } from '../../contracts/errors.js';
import { BadToken, readForeignJws } from '../../platform/auth/jws.js';
import { attributes, customerEmail, customerName, externalId } from './customer.dto.js';
import type { Said } from './customer.fields.js';

/**
 * How a host page's server proves who its user is. Two ways with a secret each, so that a signed user id can never be
 * taken for a signed token:
 * - `hmac`: HMAC-SHA-256 of the user id (UTF-8) under the hmac_secret, in hexadecimal digits. It proves the id alone:
 *   a name or an e-mail beside it is what the browser says.
 * - `jwt`: a token of the host, HS256 under the jwt_secret, with `sub` (the user id), `exp` at most an hour ahead, and
 *   optionally `name`, `email`, `attributes`, `nbf` and `iat`; all of it is proven.
 */
export const MOST_JWT_SECONDS = 3_600;
/** Two servers' clocks differ by so much at most. */
export const CLOCK_SKEW_SECONDS = 30;

export const hmacIdentity = z.strictObject({
  user_id: externalId,
  name: customerName.optional(),
  email: customerEmail.optional(),
  hmac: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'Not an HMAC-SHA-256 in hexadecimal digits.')
    .optional()
    .meta({ description: 'Without it the rest is what somebody says, and opens nothing.' }),
});
export const jwtIdentity = z.strictObject({ jwt: z.string().min(1).max(4096) });
export const identityInput = z
  .union([jwtIdentity, hmacIdentity], 'Give { jwt } or { user_id, hmac?, name?, email? }.')
  .meta({ id: 'WidgetIdentity' });
export type IdentityInput = z.infer<typeof identityInput>;

/** Who it is, and what is to be believed of the rest. */
export interface Identity {
  readonly external_id: string;
  readonly proven: boolean;
  /** Signed by the host. */
  readonly verified: Said;
  /** What came along unsigned. */
  readonly claimed: Said;
}

export interface ProofKeys {
  readonly hmacKey: KeyObject | undefined;
  readonly jwtKey: KeyObject | undefined;
}

/** Throws `unauthenticated` for a proof that is wrong; without any the identity is unproven. */
export function readIdentity(input: IdentityInput, keys: ProofKeys, now: Date): Identity {
  if ('jwt' in input) return readJwt(input.jwt, keys.jwtKey, now);
  const { user_id: external_id, name, email, hmac } = input;
  if (hmac !== undefined && !provesId(external_id, hmac, keys.hmacKey)) throw wrongProof();
  return { external_id, proven: hmac !== undefined, verified: {}, claimed: { name, email } };
}

function provesId(userId: string, hmac: string, key: KeyObject | undefined): boolean {
  if (key === undefined) return false;
  const expected = createHmac('sha256', key).update(userId).digest();
  return timingSafeEqual(expected, Buffer.from(hmac, 'hex'));
}

const seconds = z.number().finite();
const claims = z.object({
  sub: externalId,
  exp: seconds,
  nbf: seconds.optional(),
  iat: seconds.optional(),
  name: customerName.nullish(),
  email: customerEmail.nullish(),
  attributes: attributes.optional(),
});

function readJwt(jwt: string, key: KeyObject | undefined, now: Date): Identity {
  if (key === undefined) throw wrongProof();
  const { sub, exp, nbf, iat, name, email, attributes: signed } = parseClaims(jwt, key);
  const at = now.getTime() / 1000;
  if (exp <= at - CLOCK_SKEW_SECONDS)
    throw new DomainError('token_expired', 'The token of the host page has expired.');
  if (exp > at + MOST_JWT_SECONDS + CLOCK_SKEW_SECONDS)
    throw wrongProof('Its exp is more than an hour ahead.');
  if (Math.max(nbf ?? 0, iat ?? 0) > at + CLOCK_SKEW_SECONDS) throw wrongProof('It is not valid yet.');
  const verified = { name: name ?? undefined, email: email ?? undefined, attributes: signed };
  return { external_id: sub, proven: true, verified, claimed: {} };
}

function parseClaims(jwt: string, key: KeyObject): z.infer<typeof claims> {
  let read: unknown;
  try {
    read = readForeignJws(jwt, key);
  } catch (error) {
    if (error instanceof BadToken) throw wrongProof(undefined, error);
    throw error;
  }
  const parsed = claims.safeParse(read);
  // Signed by the host: its developer is told what is wrong.
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw wrongProof(`Its ${issue?.path.join('.') ?? 'payload'} is not valid.`);
  }
  return parsed.data;
}

function wrongProof(more?: string, cause?: unknown): DomainError {
  const message = `The proof of identity is not valid.${more === undefined ? '' : ` ${more}`}`;
  return new DomainError('unauthenticated', message, undefined, { cause });
}
