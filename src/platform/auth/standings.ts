import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type ErrorCode } from '../../contracts/errors.js';
import type { Actor } from '../actor.js';
import type { Clock } from '../clock.js';
import { CLOCK } from '../tokens.js';
import { FreshCache } from './fresh-cache.js';
import type { TokenKind, VerifiedToken } from './tokens.js';

interface Stand {
  /** Why nobody may act so: an ended session, an account that is switched off, a deleted business. */
  readonly refused?: { readonly code: ErrorCode; readonly message?: string };
  /** The business is suspended. */
  readonly suspended: boolean;
}

/** How the database sees whoever a token names, now. */
export interface Standing extends Stand {
  /** Rises when older tokens of this person must not be believed any more: a changed role, a new password. */
  readonly version: number;
}

/** An API key as it is stored; undefined when there is none. */
export interface StoredKey extends Stand {
  readonly secretHash: string;
  readonly actor: Omit<Actor, 'ip'>;
  /** Called with every request that the key was good for. */
  used(): void;
}

export type StandingReader = (token: VerifiedToken) => Promise<Standing>;
export type KeyReader = (id: string) => Promise<StoredKey | undefined>;

/** Below 5 s by what a slow read and a slow clock may add: revoked is refused within 5 s on every pod. */
const MAX_AGE_MS = 4_000;
const MOST_ENTRIES = 50_000;

/**
 * Tokens and keys are believed as long as the database stands behind them. It is asked through this cache; the
 * features that own the people register how (identity for staff and keys, customer for customers and visitors).
 * A kind that nobody registered is refused.
 */
@Injectable()
export class Standings {
  private readonly readers = new Map<TokenKind, StandingReader>();
  private keyReader: KeyReader | undefined;
  private readonly standings: FreshCache<Standing>;
  private readonly keys: FreshCache<StoredKey | undefined>;

  constructor(@Inject(CLOCK) clock: Clock) {
    this.standings = new FreshCache(clock, MAX_AGE_MS, MOST_ENTRIES);
    this.keys = new FreshCache(clock, MAX_AGE_MS, MOST_ENTRIES);
  }

  register(kind: TokenKind, read: StandingReader): void {
    if (this.readers.has(kind)) throw new Error(`The standing of ${kind} is read in two ways.`);
    this.readers.set(kind, read);
  }

  registerKeys(read: KeyReader): void {
    this.keyReader = read;
  }

  /** Resolves when the token still stands. An older version is as good as expired: a fresh token may be had. */
  async confirm(token: VerifiedToken): Promise<Standing> {
    const read = this.readers.get(token.kind);
    if (read === undefined) throw new DomainError('unauthenticated');
    const standing = await this.standings.get(cacheKey(token), () => read(token));
    const { version, refused } = standing;
    if (refused !== undefined) throw new DomainError(refused.code, refused.message);
    if (version !== token.version) throw new DomainError('token_expired');
    return standing;
  }

  key(id: string): Promise<StoredKey | undefined> {
    const read = this.keyReader;
    return read === undefined ? Promise.resolve(undefined) : this.keys.get(id, () => read(id));
  }

  /** So that this pod sees its own writes at once; the others follow within 5 s. All sessions of the person. */
  forget(kind: TokenKind, id: string): void {
    this.standings.forgetAll(`${kind}/${id}/`);
  }

  /** After a change of a whole business, which is rare: everything is read anew. */
  forgetEverybody(): void {
    this.standings.forgetAll('');
    this.keys.forgetAll('');
  }

  forgetKey(id: string): void {
    this.keys.forgetAll(id);
  }
}

/** By all that the reader looks at, the person first: see `forget`. */
function cacheKey({ kind, id, business, session }: VerifiedToken): string {
  return `${kind}/${id}/${business}/${session}`;
}
