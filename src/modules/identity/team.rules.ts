import { DomainError } from '../../contracts/errors.js';
import { staffRoles, type StaffRole } from '../../contracts/roles.js';
import { can } from '../../platform/auth/can.js';
import type { TeamDocument, TeamMember } from './team.schema.js';

export const MOST_MEMBERS = 500;

/** What becomes of a member: another role or state, or no longer there. */
export type Decision =
  { readonly role: StaffRole } | { readonly state: TeamMember['state'] } | { readonly state: 'removed' };

export interface Decided {
  readonly before: TeamMember;
  readonly after: { readonly role: StaffRole; readonly state: TeamMember['state'] | 'removed' };
  readonly members: readonly TeamMember[];
}

interface Decider {
  readonly id: string;
  readonly role: string;
}

/** Nobody hands out, or takes away, more than they have themselves. */
function refuseAbove(own: StaffRole, role: StaffRole): void {
  if (staffRoles.indexOf(own) < staffRoles.indexOf(role))
    throw new DomainError('forbidden', 'You cannot decide about a role above your own.');
}

/** The role that the team gives to whoever decides: their token may be some seconds old, the team is not. */
function roleOf(actor: Decider, team: TeamDocument): StaffRole {
  if (actor.role === 'system') return 'owner';
  const self = team.members.find(({ id, state }) => id === actor.id && state === 'active');
  if (self === undefined || !can(self, 'team.manage')) throw new DomainError('forbidden');
  return self.role;
}

export function refuseInvite(actor: Decider, team: TeamDocument, role: StaffRole): void {
  refuseAbove(roleOf(actor, team), role);
  if (team.members.length >= MOST_MEMBERS)
    throw new DomainError('conflict', `A team has at most ${MOST_MEMBERS} people.`);
}

/**
 * Decides on one member with the whole team in view; null when it already is so. Nobody touches a role above their
 * own, nobody switches themselves off, and an owner who can sign in remains whatever happens.
 */
export function decide(actor: Decider, team: TeamDocument, id: string, decision: Decision): Decided | null {
  const own = roleOf(actor, team);
  const before = team.members.find((member) => member.id === id);
  if (before === undefined) throw new DomainError('not_found');
  const after: Decided['after'] = { role: before.role, state: before.state, ...decision };
  refuseAbove(own, before.role);
  refuseAbove(own, after.role);
  if (after.state === 'disabled' && id === actor.id)
    throw new DomainError('forbidden', 'You cannot switch off your own account.');
  if (after.role === before.role && after.state === before.state) return null;
  const members = team.members.flatMap((member): TeamMember[] => {
    if (member.id !== id) return [member];
    return after.state === 'removed' ? [] : [{ id, role: after.role, state: after.state }];
  });
  if (!members.some(({ role, state }) => role === 'owner' && state === 'active'))
    throw new DomainError(
      'impossible_transition',
      'A business needs an owner. Make somebody else one first.',
    );
  return { before, after, members };
}

/** Somebody new; null when they are there already. */
export function join(team: TeamDocument, id: string, role: StaffRole): readonly TeamMember[] | null {
  if (team.members.some((member) => member.id === id)) return null;
  return [...team.members, { id, role, state: 'active' }];
}
