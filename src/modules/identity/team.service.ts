import { Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import type { DomainEvent } from '../../contracts/events.js';
import type { Actor } from '../../platform/actor.js';
import { Standings } from '../../platform/auth/standings.js';
import { draft } from '../../platform/events/draft.js';
import type { Change } from '../../platform/events/tenant.repository.js';
import { toUserView, type UserView } from './staff.js';
import { TeamRepository } from './team.repository.js';
import { decide, join, type Decision } from './team.rules.js';
import { UserRepository } from './user.repository.js';
import type { UserDocument, UserState } from './user.schema.js';

interface Place {
  readonly user: string;
  readonly role: UserDocument['role'];
  readonly state: UserState;
  readonly rev: number;
}

/**
 * Places in the team. A decision is one write of the team's document; it comes into force with a second one, of the
 * user, which is repeated from the event after a crash and which only a newer decision can replace.
 */
@Injectable()
export class TeamService {
  constructor(
    private readonly teams: TeamRepository,
    private readonly users: UserRepository,
    private readonly standings: Standings,
  ) {}

  list(actor: Actor, after: string | undefined, limit: number): Promise<UserDocument[]> {
    return this.users.list(actor, after, limit);
  }

  async get(actor: Actor, id: string): Promise<UserView> {
    const user = await this.users.find(actor, id);
    if (user === null || user.state === 'removed') throw new DomainError('not_found');
    return toUserView(user);
  }

  async decide(actor: Actor, id: string, decision: Decision): Promise<UserView> {
    const team = await this.teams.update(actor, (current) => {
      const decided = decide(actor, current, id, decision);
      if (decided === null) return null;
      const { before, after } = decided;
      const changes = {
        ...(before.role === after.role ? {} : { role: { old: before.role, new: after.role } }),
        ...(before.state === after.state ? {} : { state: { old: before.state, new: after.state } }),
      };
      const changed = draft(actor, 'team.changed', {
        data: { user: id, rev: current.rev + 1, ...after, changes },
        subjects: [{ kind: 'user', id }],
      });
      return { set: { members: decided.members }, events: [changed] };
    });
    const member = team.members.find((one) => one.id === id);
    const place = member ?? { role: 'viewer', state: 'removed' };
    return toUserView(
      await this.enforce(actor, { user: id, role: place.role, state: place.state, rev: team.rev }),
    );
  }

  /** Adds somebody who accepted an invitation; run again it finds them there. */
  async add(actor: Actor, id: string, role: UserDocument['role']): Promise<void> {
    await this.teams.update(actor, (current) => {
      const members = join(current, id, role);
      return members === null ? null : { set: { members }, events: [] };
    });
  }

  /** For the relay: the same as after the decision, in case whoever decided died before it. */
  async repeat(event: DomainEvent<'team.changed'>): Promise<void> {
    const { user, role, state, rev } = event.data;
    await this.enforce(
      { ...event.actor, business: event.business },
      { user, role: role as UserDocument['role'], state, rev },
    );
  }

  /** The business is gone for good: nobody signs in any more, and every e-mail can be used elsewhere. */
  async dissolve(actor: Actor): Promise<void> {
    for (;;) {
      const users = await this.users.list(actor, undefined, 100);
      if (users.length === 0) break;
      for (const { _id } of users) {
        await this.users.update(actor, _id, (current) => removal(actor, current, current.team_rev));
      }
    }
    await this.teams.forgetInvites(actor);
  }

  private async enforce(actor: Actor, { user: id, rev, state, ...place }: Place): Promise<UserDocument> {
    const user = await this.users.update(actor, id, (current) => {
      if (current.team_rev >= rev || current.state === 'removed') return null;
      if (state === 'removed') return removal(actor, current, rev);
      const { role } = place;
      if (current.role === role && current.state === state) return { set: { team_rev: rev }, events: [] };
      const version = current.version + 1;
      const over = state === 'disabled' ? { epoch: current.epoch + 1 } : {};
      const cause = current.state === state ? 'role' : state === 'active' ? 'enabled' : 'disabled';
      const changed = draft(actor, 'user.changed', {
        data: { id, rev: current.rev + 1, version, role, cause },
        subjects: [{ kind: 'user', id }],
      });
      return { set: { role, state, version, team_rev: rev, ...over }, events: [changed] };
    });
    this.standings.forget('staff', id);
    return user;
  }
}

/** Whoever was removed keeps their name in the history, and nothing to sign in with. */
function removal(actor: Actor, current: UserDocument, team_rev: number): Change<UserDocument> | null {
  if (current.state === 'removed') return null;
  const { _id: id, role, rev } = current;
  const [version, epoch] = [current.version + 1, current.epoch + 1];
  const changed = draft(actor, 'user.changed', {
    data: { id, rev: rev + 1, version, role, cause: 'removed' },
    subjects: [{ kind: 'user', id }],
  });
  return {
    set: { state: 'removed', version, epoch, team_rev, password_hash: null },
    unset: ['email', 'reset_hash', 'reset_expires_at'],
    events: [changed],
  };
}
