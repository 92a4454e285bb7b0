import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/actor.js';
import type { EventDraft } from '../../platform/events/draft.js';
import { TenantCollections } from '../../platform/events/tenant-collections.js';
import type {
  Change,
  Idempotency,
  NewDocument,
  TenantRepository,
} from '../../platform/events/tenant.repository.js';
import { bounded } from '../../platform/mongo/deadline.js';
import { isDuplicateKey } from '../../platform/mongo/failures.js';
import { unscoped } from '../../platform/mongo/unscoped.js';
import { inviteSchema, teamSchema, type InviteDocument, type TeamDocument } from './team.schema.js';

@Injectable()
export class TeamRepository {
  private readonly teams: TenantRepository<TeamDocument>;
  private readonly invites: TenantRepository<InviteDocument>;

  constructor(tenants: TenantCollections) {
    this.teams = tenants.tenant('team', teamSchema);
    this.invites = tenants.tenant('invite', inviteSchema);
  }

  /** The team of a new business; one that is there stays as it is. */
  async found(actor: Actor, members: TeamDocument['members']): Promise<void> {
    try {
      await this.teams.insert(actor, { _id: actor.business, members }, []);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  find(actor: Actor): Promise<TeamDocument | null> {
    return this.teams.findById(actor, actor.business);
  }

  update(
    actor: Actor,
    decide: (current: TeamDocument) => Change<TeamDocument> | null,
  ): Promise<TeamDocument> {
    return this.teams.update(actor, actor.business, decide);
  }

  createInvite(
    actor: Actor,
    fields: NewDocument<InviteDocument>,
    once: Idempotency | undefined,
    events: readonly EventDraft[],
  ): Promise<{ document: InviteDocument; repeated: boolean }> {
    return this.invites.create(actor, fields, once, events);
  }

  /** What was already made under this idempotency key: a repeat is answered whatever has changed since. */
  findRepeat(actor: Actor, { idempotencyKey }: Idempotency): Promise<InviteDocument | null> {
    return this.invites.findOne(actor, { idempotencyKey: { $eq: idempotencyKey, $type: 'string' } });
  }

  updateInvite(
    actor: Actor,
    id: string,
    decide: (current: InviteDocument) => Change<InviteDocument> | null,
  ): Promise<InviteDocument> {
    return this.invites.update(actor, id, decide);
  }

  /** Those that wait for an answer, expired ones included, oldest first. Uses (business, state, _id). */
  openInvites(actor: Actor, after: string | undefined, limit: number): Promise<InviteDocument[]> {
    const filter = { state: 'open' as const, ...(after === undefined ? {} : { _id: { $gt: after } }) };
    return this.invites.find(actor, filter, { sort: { _id: 1 }, limit });
  }

  /** Uses (token_hash). */
  async findInviteByHash(hash: string): Promise<InviteDocument | null> {
    return bounded((maxTimeMS) =>
      unscoped(this.invites.model, 'secret in hand')
        .findOne({ token_hash: hash })
        .maxTimeMS(maxTimeMS)
        .lean<InviteDocument>(),
    );
  }

  /** Of a business that is gone: they hold e-mails. */
  async forgetInvites(actor: Actor): Promise<void> {
    await bounded((maxTimeMS) =>
      this.invites.model.deleteMany({ business: actor.business }).maxTimeMS(maxTimeMS),
    );
  }
}
