import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/actor.js';
import type { EventDraft } from '../../platform/events/draft.js';
import { TenantCollections } from '../../platform/events/tenant-collections.js';
import type { Change, NewDocument, TenantRepository } from '../../platform/events/tenant.repository.js';
import { bounded } from '../../platform/mongo/deadline.js';
import { unscoped } from '../../platform/mongo/unscoped.js';
import { sessionSchema, type SessionDocument } from './session.schema.js';

@Injectable()
export class SessionRepository {
  private readonly sessions: TenantRepository<SessionDocument>;

  constructor(tenants: TenantCollections) {
    this.sessions = tenants.tenant('session', sessionSchema);
  }

  insert(
    actor: Actor,
    fields: NewDocument<SessionDocument>,
    events: readonly EventDraft[],
  ): Promise<SessionDocument> {
    return this.sessions.insert(actor, fields, events);
  }

  find(actor: Actor, id: string): Promise<SessionDocument | null> {
    return this.sessions.findById(actor, id);
  }

  update(
    actor: Actor,
    id: string,
    decide: (current: SessionDocument) => Change<SessionDocument> | null,
  ): Promise<SessionDocument> {
    return this.sessions.update(actor, id, decide);
  }

  /** Uses (family_hash). */
  async findByFamily(hash: string): Promise<SessionDocument | null> {
    return bounded((maxTimeMS) =>
      unscoped(this.sessions.model, 'secret in hand')
        .findOne({ family_hash: hash })
        .maxTimeMS(maxTimeMS)
        .lean<SessionDocument>(),
    );
  }
}
