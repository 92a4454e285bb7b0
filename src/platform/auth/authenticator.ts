import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../actor.js';
import { Standings } from './standings.js';
import { Tokens } from './tokens.js';

const KEY = /^dw_([0-9a-f]{24})_([A-Za-z0-9_-]{43})$/;

/** Secrets with 256 random bits need no slow hash: nobody can guess one, and each request is checked. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Compares hashes without telling by its time how much of them is equal. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export interface Authenticated {
  readonly actor: Actor;
  /** When a connection that was opened with it has to be renewed; a key lasts until it is revoked. */
  readonly expires: Date | null;
  /** The business is suspended: it is read-only. */
  readonly suspended: boolean;
}

/** Who is behind a credential: the same answer for HTTP, sockets and streams. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly tokens: Tokens,
    private readonly standings: Standings,
  ) {}

  /** Reads `Authorization: Bearer <access token or API key>`. */
  async fromHeader(header: string | undefined, ip: string | null): Promise<Authenticated> {
    if (header === undefined) throw new DomainError('unauthenticated');
    const [, credential] = /^Bearer +([^ ]+)$/i.exec(header) ?? [];
    if (credential === undefined)
      throw new DomainError('unauthenticated', 'Send Authorization: Bearer with a token or an API key.');
    return credential.startsWith('dw_') ? this.fromKey(credential, ip) : this.fromToken(credential, ip);
  }

  async fromToken(text: string, ip: string | null): Promise<Authenticated> {
    const token = this.tokens.verifyAccessToken(text, ip);
    const { suspended } = await this.standings.confirm(token);
    const { id, business, role, session, expires } = token;
    return { actor: { id, business, role, ip, session }, expires, suspended };
  }

  async fromKey(text: string, ip: string | null): Promise<Authenticated> {
    const [, id, secret] = KEY.exec(text) ?? [];
    const stored = id === undefined ? undefined : await this.standings.key(id);
    if (stored === undefined || secret === undefined || !sameHash(hashSecret(secret), stored.secretHash))
      throw new DomainError('unauthenticated', 'This API key is not known.');
    if (stored.refused !== undefined) throw new DomainError(stored.refused.code, stored.refused.message);
    stored.used();
    return { actor: { ...stored.actor, ip }, expires: null, suspended: stored.suspended };
  }
}
