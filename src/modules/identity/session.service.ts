import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/env.js';
import { DomainError } from '../../contracts/errors.js';
import { systemActor, type Actor } from '../../platform/actor.js';
import { hashSecret, sameHash } from '../../platform/auth/authenticator.js';
import { Standings } from '../../platform/auth/standings.js';
import { Tokens } from '../../platform/auth/tokens.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import type { Change } from '../../platform/events/tenant.repository.js';
import { newId } from '../../platform/mongo/ids.js';
import { CLOCK, SETTINGS } from '../../platform/tokens.js';
import { SessionRepository } from './session.repository.js';
import type { SessionDocument } from './session.schema.js';
import { staffActor } from './staff.js';
import { UserRepository } from './user.repository.js';
import type { UserDocument } from './user.schema.js';

/** What a signed-in client holds. */
export interface Credentials {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly refresh_token: string;
}

interface RefreshToken {
  /** 32 bytes that stay for the life of the session. */
  readonly family: string;
  /** 32 bytes that change with each use. */
  readonly current: string;
}

const OVER = 'This session is over. Sign in again.';

/**
 * Sign-ins and their refresh tokens. A refresh token is used once and answered by its successor; whoever uses one a
 * second time, or an older one, is not the only one who has it, so the whole session ends for everybody. That holds
 * without any grace: a client whose answer was lost signs in again, and two tabs of one browser take turns (a lock).
 * The life of a session is fixed at its start, 30 days unless set otherwise; a refresh does not prolong it.
 */
@Injectable()
export class SessionService {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly users: UserRepository,
    private readonly tokens: Tokens,
    private readonly standings: Standings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Signs in a person whose password was right. */
  async begin(user: UserDocument, ip: string | null): Promise<Credentials> {
    const actor = staffActor(user, ip);
    const token = { family: secret(), current: secret() };
    const now = this.clock.now();
    const _id = newId();
    const started = draft(actor, 'session.started', {
      data: { id: _id, user: user._id },
      subjects: [{ kind: 'user', id: user._id }],
    });
    const session = await this.sessions.insert(
      actor,
      {
        _id,
        user: user._id,
        epoch: user.epoch,
        family_hash: hashSecret(token.family),
        token_hash: hashSecret(token.current),
        created_at: now,
        refreshed_at: now,
        expires_at: new Date(now.getTime() + this.settings.refreshTokenSeconds * 1000),
        ended_at: null,
      },
      [started],
    );
    return this.credentials(user, session, token);
  }

  /** A fresh pair for a refresh token, with the role that the person has now. */
  async refresh(text: string, ip: string | null): Promise<{ credentials: Credentials; user: UserDocument }> {
    const { session, used } = await this.find(text);
    const user = await this.users.find(systemActor(session.business), session.user);
    if (user === null || user.state !== 'active' || !this.isOpen(session, user))
      throw new DomainError('unauthenticated', OVER);
    const next = { family: used.family, current: secret() };
    const actor = { ...staffActor(user, ip), session: session._id };
    const after = await this.sessions.update(actor, session._id, (current) =>
      this.rotate(actor, current, used, next),
    );
    if (!sameHash(after.token_hash, hashSecret(next.current))) {
      this.standings.forget('staff', user._id);
      throw new DomainError('unauthenticated', OVER);
    }
    return { credentials: this.credentials(user, after, next), user };
  }

  /** Ends the session that the actor acts in. */
  async end(actor: Actor): Promise<void> {
    if (actor.session === undefined) return;
    await this.close(actor, actor.session);
  }

  /** Ends the session of a refresh token, for clients whose access token has run out. Unknown ones are over already. */
  async endByToken(text: string, ip: string | null): Promise<void> {
    const found = await this.find(text).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'unauthenticated') return undefined;
      throw error;
    });
    if (found === undefined || !sameHash(found.session.token_hash, hashSecret(found.used.current))) return;
    const { business, user: id, _id } = found.session;
    const user = await this.users.find(systemActor(business), id);
    if (user !== null) await this.close(staffActor(user, ip), _id);
  }

  isOpen(session: SessionDocument, user: UserDocument): boolean {
    return session.ended_at === null && session.expires_at > this.clock.now() && session.epoch === user.epoch;
  }

  private async close(actor: Actor, id: string): Promise<void> {
    await this.sessions.update(actor, id, (current) =>
      current.ended_at !== null ? null : this.ended(actor, current, 'logout'),
    );
    this.standings.forget('staff', actor.id);
  }

  private rotate(
    actor: Actor,
    current: SessionDocument,
    used: RefreshToken,
    next: RefreshToken,
  ): Change<SessionDocument> | null {
    if (current.ended_at !== null) return null;
    if (!sameHash(current.token_hash, hashSecret(used.current))) return this.ended(actor, current, 'reuse');
    return { set: { token_hash: hashSecret(next.current), refreshed_at: this.clock.now() }, events: [] };
  }

  private ended(
    actor: Actor,
    { _id, user }: SessionDocument,
    cause: 'logout' | 'reuse',
  ): Change<SessionDocument> {
    const about = { subjects: [{ kind: 'user', id: user }] };
    const ended = draft(actor, 'session.ended', { data: { id: _id, user, cause }, ...about });
    const revealed = draft(actor, 'session.reuse-revealed', { data: { id: _id, user }, ...about });
    return { set: { ended_at: this.clock.now() }, events: cause === 'reuse' ? [ended, revealed] : [ended] };
  }

  private async find(text: string): Promise<{ session: SessionDocument; used: RefreshToken }> {
    const [, family, current] = /^([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
    if (family === undefined || current === undefined) throw new DomainError('unauthenticated', OVER);
    const session = await this.sessions.findByFamily(hashSecret(family));
    if (session === null) throw new DomainError('unauthenticated', OVER);
    return { session, used: { family, current } };
  }

  private credentials(user: UserDocument, session: SessionDocument, token: RefreshToken): Credentials {
    const { _id: id, business, role, version } = user;
    const subject = { id, business, role, version, session: session._id };
    const issued = this.tokens.issue('staff', subject, session.expires_at);
    return {
      access_token: issued.token,
      token_type: 'Bearer',
      expires_in: issued.lifetime,
      refresh_token: token.family + token.current,
    };
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
