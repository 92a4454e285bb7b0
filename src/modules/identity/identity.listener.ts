import { Injectable } from '@nestjs/common';
import type { DomainEvent } from '../../contracts/events.js';
import { isStaffRole } from '../../contracts/roles.js';
import { On } from '../../platform/events/bus.js';
import { announce, type Returned } from '../../platform/events/draft.js';
import { RegistrationService } from './registration.service.js';
import { TeamService } from './team.service.js';

/**
 * Finishes what services do in two writes, after a crash between them, and keeps the lists on the settings page
 * fresh. The writes are the services' own: inserts under ids that are known beforehand, and a `$set` guarded by the
 * team's rising `rev`, so that they can run twice, late and on two pods.
 */
@Injectable()
export class IdentityListener {
  constructor(
    private readonly registrations: RegistrationService,
    private readonly team: TeamService,
  ) {}

  @On('business.registered', { stage: 'projection' })
  async foundBusinessWhenRegistered(event: DomainEvent<'business.registered'>): Promise<void> {
    await this.registrations.finish(event);
  }

  @On('business.changed', { stage: 'reaction' })
  async dissolveTeamWhenBusinessIsDeleted(event: DomainEvent<'business.changed'>): Promise<void> {
    if (event.data.changes['state']?.new !== 'deleted') return;
    await this.team.dissolve({ ...event.actor, business: event.business });
  }

  @On('user.joined', { stage: 'projection', resource: 'team' })
  async addToTeamWhenUserJoins(event: DomainEvent<'user.joined'>): Promise<Returned[]> {
    const { id, role } = event.data;
    if (isStaffRole(role)) await this.team.add({ ...event.actor, business: event.business }, id, role);
    return [tell(event, 'team', id, 'created')];
  }

  @On('team.changed', { stage: 'projection', resource: 'team' })
  async enforceWhenTeamChanges(event: DomainEvent<'team.changed'>): Promise<void> {
    await this.team.repeat(event);
  }

  @On('user.changed', { stage: 'projection', resource: 'team' })
  async tellStaffWhenUserChanges(event: DomainEvent<'user.changed'>): Promise<Returned[]> {
    const { id, rev, cause } = event.data;
    if (cause === 'password') return [];
    return [tell(event, 'team', id, cause === 'removed' ? 'deleted' : 'updated', rev)];
  }

  @On('invite.changed', { stage: 'projection', resource: 'invites' })
  async tellStaffWhenInviteChanges(event: DomainEvent<'invite.changed'>): Promise<Returned[]> {
    const { id, rev, state } = event.data;
    return [tell(event, 'invites', id, state === 'open' ? 'created' : 'updated', rev)];
  }

  @On(['key.created', 'key.revoked'], { stage: 'projection', resource: 'api_keys' })
  async tellStaffWhenKeyChanges(event: DomainEvent<'key.created' | 'key.revoked'>): Promise<Returned[]> {
    return [tell(event, 'api_keys', event.data.id, event.name === 'key.created' ? 'created' : 'deleted')];
  }
}

function tell(
  event: DomainEvent,
  resource: 'team' | 'invites' | 'api_keys',
  id: string,
  action: 'created' | 'updated' | 'deleted',
  rev?: number,
): Returned {
  const permission = resource === 'api_keys' ? 'keys.manage' : 'team.read';
  return announce(event, 'data.changed', {
    data: { resource, id, action, ...(rev === undefined ? {} : { rev }) },
    audience: [`staff:${permission}`],
    subjects: event.subjects,
  });
}
