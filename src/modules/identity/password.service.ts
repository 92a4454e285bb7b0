import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../../platform/actor.js';
import { hashSecret } from '../../platform/auth/authenticator.js';
import { Passwords } from '../../platform/auth/passwords.js';
import { Standings } from '../../platform/auth/standings.js';
import { Tokens } from '../../platform/auth/tokens.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import type { Change } from '../../platform/events/tenant.repository.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { CLOCK } from '../../platform/tokens.js';
import type { ChangePasswordInput, ConfirmResetInput } from './identity.dto.js';
import { attemptKey } from './identity.service.js';
import { requireUser, staffActor } from './staff.js';
import { UserRepository } from './user.repository.js';
import type { UserDocument } from './user.schema.js';

export const RESET_MS = 30 * 60_000;
/** Longer than the write that only a known e-mail causes. */
const RESET_ANSWER_MS = 200;
const STALE = 'This link was used, or is too old. Ask for another one.';

/** New passwords. Each ends every session that an older one opened, in the write that stores it. */
@Injectable()
export class PasswordService {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: Passwords,
    private readonly tokens: Tokens,
    private readonly standings: Standings,
    private readonly limits: RateLimits,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Answers the user as they now are, to be signed in again; all sessions are over, this one too. */
  async change(actor: Actor, input: ChangePasswordInput): Promise<UserDocument> {
    const id = requireUser(actor);
    const user = await this.users.find(actor, id);
    const attempts = attemptKey(id, actor.ip);
    await this.limits.refuseAbove('login', attempts);
    if (!(await this.passwords.verify(user?.password_hash, input.current_password))) {
      await this.limits.take('login', attempts);
      throw new DomainError('forbidden', 'The current password is wrong.');
    }
    const password_hash = await this.passwords.hash(input.new_password);
    const changed = await this.users.update(actor, id, (current) => {
      // Somebody else was quicker with the same old password.
      if (current.password_hash !== user?.password_hash)
        throw new DomainError('conflict', 'The password was changed.');
      return this.changed(actor, current, password_hash, 'changed');
    });
    this.standings.forget('staff', id);
    return changed;
  }

  /** Sends a link to whoever it is, if it is anybody: nobody may learn that from the answer, or from its time. */
  async requestReset(email: string, ip: string | null): Promise<void> {
    await Promise.all([this.sendReset(email, ip), pause(RESET_ANSWER_MS)]);
  }

  private async sendReset(email: string, ip: string | null): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (user === null || user.state !== 'active') return;
    const actor = { ...staffActor(user, ip), id: 'anonymous', role: 'visitor' };
    await this.users.update(actor, user._id, ({ _id: id }) => {
      const nonce = randomBytes(16).toString('base64url');
      const reset_expires_at = new Date(this.clock.now().getTime() + RESET_MS);
      const requested = draft(actor, 'user.reset-requested', {
        data: { id, nonce, expires_at: reset_expires_at.toISOString() },
        subjects: [{ kind: 'user', id }],
      });
      return {
        set: { reset_hash: hashSecret(this.resetToken(id, nonce)), reset_expires_at },
        events: [requested],
      };
    });
  }

  /** What the mail says: made anew from the event, so that no link is stored anywhere. */
  resetToken(user: string, nonce: string): string {
    return this.tokens.derive('password-reset', `${user}/${nonce}`);
  }

  async confirmReset({ token, password }: ConfirmResetInput, ip: string | null): Promise<void> {
    const reset_hash = hashSecret(token);
    const user = await this.users.findByResetHash(reset_hash);
    if (user === null) throw new DomainError('gone', STALE);
    const password_hash = await this.passwords.hash(password);
    const actor = staffActor(user, ip);
    await this.users.update(actor, user._id, (current) => {
      const { reset_expires_at, state } = current;
      const good = reset_expires_at !== undefined && reset_expires_at > this.clock.now();
      if (!good || current.reset_hash !== reset_hash || state !== 'active')
        throw new DomainError('gone', STALE);
      return this.changed(actor, current, password_hash, 'reset');
    });
    this.standings.forget('staff', user._id);
  }

  private changed(
    actor: Actor,
    current: UserDocument,
    password_hash: string,
    how: 'changed' | 'reset',
  ): Change<UserDocument> {
    const { _id: id, rev, role } = current;
    const version = current.version + 1;
    const about = { subjects: [{ kind: 'user', id }] };
    return {
      set: { password_hash, version, epoch: current.epoch + 1 },
      // A link that is still under way leads nowhere either.
      unset: ['reset_hash', 'reset_expires_at'],
      events: [
        draft(actor, 'user.changed', {
          data: { id, rev: rev + 1, version, role, cause: 'password' },
          ...about,
        }),
        draft(actor, 'user.password-changed', { data: { id, how }, ...about }),
      ],
    };
  }
}
