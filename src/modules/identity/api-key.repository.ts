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
import { unscoped } from '../../platform/mongo/unscoped.js';
import { apiKeySchema, type ApiKeyDocument } from './api-key.schema.js';

@Injectable()
export class ApiKeyRepository {
  private readonly keys: TenantRepository<ApiKeyDocument>;

  constructor(tenants: TenantCollections) {
    this.keys = tenants.tenant('api_key', apiKeySchema);
  }

  create(
    actor: Actor,
    fields: NewDocument<ApiKeyDocument>,
    once: Idempotency | undefined,
    events: readonly EventDraft[],
  ): Promise<{ document: ApiKeyDocument; repeated: boolean }> {
    return this.keys.create(actor, fields, once, events);
  }

  update(
    actor: Actor,
    id: string,
    decide: (current: ApiKeyDocument) => Change<ApiKeyDocument> | null,
  ): Promise<ApiKeyDocument> {
    return this.keys.update(actor, id, decide);
  }

  /** Those that are good, oldest first. Uses (business, revoked_at, _id). */
  list(actor: Actor, after: string | undefined, limit: number): Promise<ApiKeyDocument[]> {
    const filter = { revoked_at: null, ...(after === undefined ? {} : { _id: { $gt: after } }) };
    return this.keys.find(actor, filter, { sort: { _id: 1 }, limit });
  }

  async findForSignIn(id: string): Promise<ApiKeyDocument | null> {
    return bounded((maxTimeMS) =>
      unscoped(this.keys.model, 'API key').findOne({ _id: id }).maxTimeMS(maxTimeMS).lean<ApiKeyDocument>(),
    );
  }

  /** No new revision and no event: nobody decides by it. An older time never replaces a newer one. */
  async noteUse(business: string, id: string, at: Date): Promise<void> {
    await bounded((maxTimeMS) =>
      this.keys.model.updateOne({ _id: id, business }, { $max: { last_used_at: at } }).maxTimeMS(maxTimeMS),
    );
  }
}
