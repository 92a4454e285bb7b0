import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/env.js';
import { DomainError } from '../../contracts/errors.js';
import type { StaffRole } from '../../contracts/roles.js';
import type { Actor } from '../../platform/actor.js';
import { hashSecret } from '../../platform/auth/authenticator.js';
import type { Clock } from '../../platform/clock.js';
import { draft, type EventDraft } from '../../platform/events/draft.js';
import type { Idempotency } from '../../platform/events/tenant.repository.js';
import { isDuplicateKey } from '../../platform/mongo/failures.js';
import { newId } from '../../platform/mongo/ids.js';
import { CLOCK, SETTINGS } from '../../platform/tokens.js';
import type { AcceptInviteInput } from './identity.dto.js';
import { pageUrl } from './mail.js';
import { RegistrationService } from './registration.service.js';
import { TeamRepository } from './team.repository.js';
import { refuseInvite } from './team.rules.js';
import type { InviteDocument, InviteState } from './team.schema.js';
import type { InviteInput, InviteView } from './team.dto.js';
import { TeamService } from './team.service.js';
import { UserRepository } from './user.repository.js';
import type { UserDocument } from './user.schema.js';

export const INVITE_MS = 7 * 24 * 3_600_000;
const STALE = 'This invitation was used, taken back, or is too old.';
const TAKEN = 'This e-mail belongs to somebody already.';

@Injectable()
export class InviteService {
  constructor(
    private readonly teams: TeamRepository,
    private readonly team: TeamService,
    private readonly users: UserRepository,
    private readonly registrations: RegistrationService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * The link holds a secret that is stored as a hash, so it can be shown in this answer only; a repeat has none.
   * Whether the e-mail is known in another business is not said here: only its holder learns that, on accepting.
   */
  async invite(
    actor: Actor,
    { email, role }: InviteInput,
    once: Idempotency | undefined,
  ): Promise<{ invite: InviteDocument; link: string | undefined; repeated: boolean }> {
    const first = once === undefined ? null : await this.teams.findRepeat(actor, once);
    if (first === null) await this.refuse(actor, email, role);
    const secret = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    const _id = newId();
    const { document, repeated } = await this.teams.createInvite(
      actor,
      {
        _id,
        email,
        role,
        state: 'open',
        token_hash: hashSecret(secret),
        user: newId(),
        invited_by: actor.id,
        created_at: now,
        expires_at: new Date(now.getTime() + INVITE_MS),
      },
      once,
      [changed(actor, { _id, role, rev: 0 }, 'open')],
    );
    // After the #, so that it stands in no server's log and in no Referer.
    const link = repeated ? undefined : pageUrl(this.settings, `/invite#${secret}`);
    return { invite: document, link, repeated };
  }

  list(actor: Actor, after: string | undefined, limit: number): Promise<InviteDocument[]> {
    return this.teams.openInvites(actor, after, limit);
  }

  async revoke(actor: Actor, id: string): Promise<void> {
    await this.teams.updateInvite(actor, id, (current) => {
      if (current.state === 'revoked') return null;
      if (current.state === 'accepted')
        throw new DomainError(
          'impossible_transition',
          'The invitation was accepted. Remove the person instead.',
        );
      return { set: { state: 'revoked' }, events: [changed(actor, current, 'revoked')] };
    });
  }

  /**
   * Marks the invitation first, so that one that was taken back lets nobody in, then makes the user under the id that
   * was drawn with it. Whoever stops in between sends the same again; once the user is there, the link is used up.
   */
  async accept({ token, name, password }: AcceptInviteInput, ip: string | null): Promise<UserDocument> {
    const invite = await this.teams.findInviteByHash(hashSecret(token));
    if (invite === null) throw new DomainError('gone', STALE);
    const { email, role, user: id } = invite;
    const actor: Actor = { business: invite.business, id, role, ip };
    if ((await this.users.find(actor, id)) !== null) throw new DomainError('gone', STALE);
    const fields = await this.registrations.newUser(id, { email, name, role, password });
    const known = await this.users.findByEmail(email);
    if (known !== null && known._id !== id) throw new DomainError('conflict', TAKEN);
    await this.teams.updateInvite(actor, invite._id, (current) => {
      if (current.state === 'accepted') return null;
      if (this.stateOf(current) !== 'open') throw new DomainError('gone', STALE);
      return { set: { state: 'accepted' }, events: [changed(actor, current, 'accepted')] };
    });
    const joined = draft(actor, 'user.joined', {
      data: { id, role, invite: invite._id },
      subjects: [{ kind: 'user', id }],
    });
    const user = await this.insert(actor, fields, joined);
    await this.team.add(actor, id, role);
    return user;
  }

  view(invite: InviteDocument): InviteView {
    const { _id: id, email, role, rev, created_at, expires_at } = invite;
    return { id, email, role, state: this.stateOf(invite), rev, created_at, expires_at };
  }

  /** An invitation that nobody answered in time is over without anybody writing so. */
  private stateOf({ state, expires_at }: InviteDocument): InviteState | 'expired' {
    return state === 'open' && expires_at <= this.clock.now() ? 'expired' : state;
  }

  private async refuse(actor: Actor, email: string, role: StaffRole): Promise<void> {
    const team = await this.teams.find(actor);
    if (team === null) throw new DomainError('busy');
    refuseInvite(actor, team, role);
    const known = await this.users.findByEmail(email);
    if (known?.business === actor.business)
      throw new DomainError('conflict', 'This person is in the team already.');
  }

  private async insert(
    actor: Actor,
    fields: Parameters<UserRepository['insert']>[1],
    joined: EventDraft,
  ): Promise<UserDocument> {
    try {
      return await this.users.insert(actor, fields, [joined]);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Which of the two unique keys refused is chance: the same person accepting twice has taken both.
      const twice = (await this.users.find(actor, actor.id)) !== null;
      throw twice ? new DomainError('gone', STALE) : new DomainError('conflict', TAKEN);
    }
  }
}

function changed(
  actor: Actor,
  { _id, role, rev }: Pick<InviteDocument, '_id' | 'role' | 'rev'>,
  state: InviteState,
): EventDraft {
  return draft(actor, 'invite.changed', {
    data: { id: _id, rev: rev + 1, role, state },
    subjects: [{ kind: 'invite', id: _id }],
  });
}
