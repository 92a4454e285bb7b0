import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/actor.js';
import type { EventDraft } from '../../platform/events/draft.js';
import { TenantCollections } from '../../platform/events/tenant-collections.js';
import type { Change, NewDocument, TenantRepository } from '../../platform/events/tenant.repository.js';
import { bounded } from '../../platform/mongo/deadline.js';
import { unscoped } from '../../platform/mongo/unscoped.js';
import { userSchema, type UserDocument } from './user.schema.js';

@Injectable()
export class UserRepository {
  private readonly users: TenantRepository<UserDocument>;

  constructor(tenants: TenantCollections) {
    this.users = tenants.tenant('user', userSchema);
  }

  insert(
    actor: Actor,
    fields: NewDocument<UserDocument>,
    events: readonly EventDraft[],
  ): Promise<UserDocument> {
    return this.users.insert(actor, fields, events);
  }

  find(actor: Actor, id: string): Promise<UserDocument | null> {
    return this.users.findById(actor, id);
  }

  update(
    actor: Actor,
    id: string,
    decide: (current: UserDocument) => Change<UserDocument> | null,
  ): Promise<UserDocument> {
    return this.users.update(actor, id, decide);
  }

  /** In the order in which they came. Uses (business, _id). */
  list(actor: Actor, after: string | undefined, limit: number): Promise<UserDocument[]> {
    const filter = {
      state: { $ne: 'removed' as const },
      ...(after === undefined ? {} : { _id: { $gt: after } }),
    };
    return this.users.find(actor, filter, { sort: { _id: 1 }, limit });
  }

  /** Uses (email). */
  async findByEmail(email: string): Promise<UserDocument | null> {
    return bounded((maxTimeMS) =>
      unscoped(this.users.model, 'sign-in by e-mail')
        .findOne({ email })
        .maxTimeMS(maxTimeMS)
        .lean<UserDocument>(),
    );
  }

  /** Uses (reset_hash). */
  async findByResetHash(hash: string): Promise<UserDocument | null> {
    return bounded((maxTimeMS) =>
      unscoped(this.users.model, 'secret in hand')
        .findOne({ reset_hash: hash })
        .maxTimeMS(maxTimeMS)
        .lean<UserDocument>(),
    );
  }
}
