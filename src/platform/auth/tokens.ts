import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { DomainError } from '../../contracts/errors.js';
import { staffRoles } from '../../contracts/roles.js';
import type { Actor } from '../actor.js';
import type { Clock } from '../clock.js';
import { BadToken, readOwnJws, signJws, type Claims } from './jws.js';

/** Whose token it is; each has an audience of its own, so that one kind is never taken for another. */
export type TokenKind = 'staff' | 'customer';

const ISSUER = 'deskwire';
const audiences = { staff: 'deskwire:staff', customer: 'deskwire:customer' } as const;
const rolesOf = { staff: z.enum(staffRoles), customer: z.enum(['customer', 'visitor']) } as const;

const id = z.string().min(1).max(64);
const seconds = z.int().nonnegative();
const claimsOf = (kind: TokenKind) =>
  z.object({
    iss: z.literal(ISSUER),
    aud: z.literal(audiences[kind]),
    sub: id,
    business: id,
    role: rolesOf[kind],
    session: id,
    version: seconds,
    exp: seconds,
    nbf: seconds.optional(),
  });
const schemas = { staff: claimsOf('staff'), customer: claimsOf('customer') } as const;

/** What goes into a token. `version` is that of the person's standing: see standings.ts. */
export interface TokenSubject {
  readonly id: string;
  readonly business: string;
  readonly role: string;
  readonly session: string;
  readonly version: number;
}

/** Whom a token names. Whether that is still so is for `Standings` to say. */
export interface VerifiedToken extends Actor {
  readonly kind: TokenKind;
  readonly session: string;
  readonly version: number;
  readonly expires: Date;
}

export interface IssuedToken {
  readonly token: string;
  readonly expires: Date;
  /** How long it is good, in seconds. */
  readonly lifetime: number;
}

/** Signs and checks access tokens. The secret comes from the settings, 32 bytes at least, the same on every pod. */
export class Tokens {
  private readonly key: KeyObject;

  constructor(
    secret: string,
    private readonly lifetimeSeconds: number,
    private readonly clock: Clock,
  ) {
    const bytes = Buffer.from(secret);
    if (bytes.length < 32) throw new Error('The secret that signs tokens needs 32 bytes or more.');
    this.key = createSecretKey(bytes);
  }

  /** A token of the usual life, or one that ends earlier, with `until`. */
  issue(kind: TokenKind, subject: TokenSubject, until?: Date): IssuedToken {
    const { role, business, session, version } = subject;
    const iat = this.now();
    const latest = iat + this.lifetimeSeconds;
    const exp = until === undefined ? latest : Math.min(latest, Math.floor(until.getTime() / 1000));
    const claims = { iss: ISSUER, aud: audiences[kind], sub: subject.id, business, role, session, version };
    const token = signJws({ ...claims, iat, exp }, this.key);
    return { token, expires: new Date(exp * 1000), lifetime: Math.max(1, exp - iat) };
  }

  /** Throws `unauthenticated`, or `token_expired` for one that was good until its time came. */
  verifyAccessToken(text: string, ip: string | null = null): VerifiedToken {
    const claims = this.read(text);
    const kind = claims['aud'] === audiences.customer ? 'customer' : 'staff';
    const parsed = schemas[kind].safeParse(claims);
    if (!parsed.success) throw new DomainError('unauthenticated');
    const { sub, business, role, session, version, exp, nbf } = parsed.data;
    const now = this.now();
    if (nbf !== undefined && nbf > now) throw new DomainError('unauthenticated');
    if (exp <= now) throw new DomainError('token_expired');
    return { kind, id: sub, business, role, ip, session, version, expires: new Date(exp * 1000) };
  }

  /**
   * A secret of 32 bytes that only this service can make from `seed`, again and again: the link in a mail need not be
   * stored anywhere. The prefix keeps it apart from what tokens sign.
   */
  derive(purpose: string, seed: string): string {
    return createHmac('sha256', this.key).update(`derived/${purpose}/${seed}`).digest('base64url');
  }

  private read(text: string): Claims {
    try {
      return readOwnJws(text, this.key);
    } catch (error) {
      if (error instanceof BadToken)
        throw new DomainError('unauthenticated', undefined, undefined, { cause: error });
      throw error;
    }
  }

  private now(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }
}
