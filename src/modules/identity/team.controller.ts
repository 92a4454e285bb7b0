import { Controller } from '@nestjs/common';
import { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { CurrentActor, Idempotent, Input, type Idempotency } from '../../platform/http/input.js';
import {
  byId,
  decodeCursor,
  pageOf,
  pageQuery,
  toPage,
  type ById,
  type PageQuery,
} from '../../platform/http/pagination.js';
import { reply } from '../../platform/http/reply.js';
import { Route } from '../../platform/http/route.js';
import { userView } from './identity.dto.js';
import { InviteService } from './invite.service.js';
import { toUserView } from './staff.js';
import {
  changeRoleInput,
  createdInviteView,
  inviteInput,
  inviteView,
  type ChangeRoleInput,
  type InviteInput,
} from './team.dto.js';
import { TeamService } from './team.service.js';

const position = z.tuple([z.string()]);

@Controller('api/v1/team')
export class TeamController {
  constructor(
    private readonly team: TeamService,
    private readonly invites: InviteService,
  ) {}

  @Route({
    method: 'GET',
    path: '',
    access: 'team.read',
    summary: 'List the team',
    query: pageQuery,
    answer: pageOf(userView),
  })
  async list(@CurrentActor() actor: Actor, @Input('query') { cursor, limit }: PageQuery) {
    const [after] = decodeCursor(cursor, position) ?? [];
    const rows = await this.team.list(actor, after, limit + 1);
    return toPage(rows, limit, { position: ({ _id }) => [_id], view: toUserView });
  }

  @Route({
    method: 'GET',
    path: 'invites',
    access: 'team.manage',
    summary: 'List the invitations that nobody has answered',
    query: pageQuery,
    answer: pageOf(inviteView),
  })
  async listInvites(@CurrentActor() actor: Actor, @Input('query') { cursor, limit }: PageQuery) {
    const [after] = decodeCursor(cursor, position) ?? [];
    const rows = await this.invites.list(actor, after, limit + 1);
    return toPage(rows, limit, { position: ({ _id }) => [_id], view: (row) => this.invites.view(row) });
  }

  @Route({
    method: 'POST',
    path: 'invites',
    access: 'team.manage',
    summary: 'Invite somebody to the team',
    description: 'The link is shown once and is good for 7 days. Nobody invites above their own role.',
    body: inviteInput,
    answer: createdInviteView,
    idempotent: true,
    errors: ['conflict'],
  })
  async invite(
    @CurrentActor() actor: Actor,
    @Input('body') input: InviteInput,
    @Idempotent() once: Idempotency | undefined,
  ) {
    const { invite, link, repeated } = await this.invites.invite(actor, input, once);
    const view = this.invites.view(invite);
    return reply(link === undefined ? view : { ...view, link }, { repeated });
  }

  @Route({
    method: 'DELETE',
    path: 'invites/:id',
    access: 'team.manage',
    summary: 'Take back an invitation',
    params: byId,
    errors: ['impossible_transition'],
  })
  async revokeInvite(@CurrentActor() actor: Actor, @Input('params') { id }: ById): Promise<void> {
    await this.invites.revoke(actor, id);
  }

  @Route({
    method: 'GET',
    path: ':id',
    access: 'team.read',
    summary: 'Show one of the team',
    params: byId,
    answer: userView,
  })
  get(@CurrentActor() actor: Actor, @Input('params') { id }: ById) {
    return this.team.get(actor, id);
  }

  @Route({
    method: 'PATCH',
    path: ':id',
    access: 'team.manage',
    summary: 'Change the role of somebody',
    description: 'In force on every pod within 5 s. A business always has an owner.',
    params: byId,
    body: changeRoleInput,
    answer: userView,
    errors: ['impossible_transition'],
  })
  changeRole(
    @CurrentActor() actor: Actor,
    @Input('params') { id }: ById,
    @Input('body') { role }: ChangeRoleInput,
  ) {
    return this.team.decide(actor, id, { role });
  }

  @Route({
    method: 'POST',
    path: ':id/disable',
    access: 'team.manage',
    summary: 'Switch off an account',
    description: 'Ends its sessions on every pod within 5 s.',
    params: byId,
    answer: userView,
    errors: ['impossible_transition'],
  })
  disable(@CurrentActor() actor: Actor, @Input('params') { id }: ById) {
    return this.team.decide(actor, id, { state: 'disabled' });
  }

  @Route({
    method: 'POST',
    path: ':id/enable',
    access: 'team.manage',
    summary: 'Switch an account on again',
    params: byId,
    answer: userView,
  })
  enable(@CurrentActor() actor: Actor, @Input('params') { id }: ById) {
    return this.team.decide(actor, id, { state: 'active' });
  }

  @Route({
    method: 'DELETE',
    path: ':id',
    access: 'team.manage',
    summary: 'Remove somebody from the team, or leave it',
    description: 'The e-mail can be used again. The last owner cannot leave.',
    params: byId,
    errors: ['impossible_transition'],
  })
  async remove(@CurrentActor() actor: Actor, @Input('params') { id }: ById): Promise<void> {
    await this.team.decide(actor, id, { state: 'removed' });
  }
}
