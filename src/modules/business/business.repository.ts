import { Injectable } from '@nestjs/common';
import type { Model } from 'mongoose';
import type { Actor } from '../../platform/actor.js';
import type { DomainEvent } from '../../contracts/events.js';
import type { EventDraft } from '../../platform/events/draft.js';
import { insertOncePerEvent } from '../../platform/events/listener-writes.js';
import { TenantCollections } from '../../platform/events/tenant-collections.js';
import type { Change, TenantDocument, TenantRepository } from '../../platform/events/tenant.repository.js';
import { Collections } from '../../platform/mongo/collections.js';
import { bounded } from '../../platform/mongo/deadline.js';
import { unscoped } from '../../platform/mongo/unscoped.js';
import type { DueDocument } from '../../platform/timers/timers.js';
import {
  businessHistorySchema,
  businessSchema,
  type BusinessDocument,
  type BusinessHistoryEntry,
} from './business.schema.js';

type HistoryFields = Omit<BusinessHistoryEntry, '_id' | 'business'>;

@Injectable()
export class BusinessRepository {
  private readonly businesses: TenantRepository<BusinessDocument>;
  private readonly history: Model<BusinessHistoryEntry>;

  constructor(tenants: TenantCollections, collections: Collections) {
    this.businesses = tenants.tenant('business', businessSchema);
    this.history = collections.model('business_history', businessHistorySchema);
  }

  /** What the timers look through for deletions that become final. */
  get dueModel(): Model<DueDocument> {
    return this.businesses.model as unknown as Model<DueDocument>;
  }

  insert(
    actor: Actor,
    fields: Omit<BusinessDocument, keyof TenantDocument | 'dueAt'>,
    events: readonly EventDraft[],
  ): Promise<BusinessDocument> {
    return this.businesses.insert(actor, { ...fields, _id: actor.business, dueAt: null }, events);
  }

  find(actor: Actor): Promise<BusinessDocument | null> {
    return this.businesses.findById(actor, actor.business);
  }

  update(
    actor: Actor,
    decide: (current: BusinessDocument) => Change<BusinessDocument> | null,
  ): Promise<BusinessDocument> {
    return this.businesses.update(actor, actor.business, decide);
  }

  /** The business whose public widget key this is. Uses (widget.key), which is partial: hence $type. */
  findByWidgetKey(key: string): Promise<BusinessDocument | null> {
    return bounded((maxTimeMS) =>
      unscoped(this.businesses.model, 'widget key')
        .findOne({ 'widget.key': { $eq: key, $type: 'string' } })
        .maxTimeMS(maxTimeMS)
        .lean<BusinessDocument>(),
    );
  }

  /** Whether any business allows the origin. Uses (settings.allowed_origins). */
  async someAllow(origin: string): Promise<boolean> {
    const found = await bounded((maxTimeMS) =>
      unscoped(this.businesses.model, 'origin check')
        .exists({ 'settings.allowed_origins': origin })
        .maxTimeMS(maxTimeMS),
    );
    return found !== null;
  }

  recordHistory(event: DomainEvent, listener: string, fields: HistoryFields): Promise<boolean> {
    return insertOncePerEvent<BusinessHistoryEntry>(this.history, event, listener, fields);
  }

  /** Newest first, older than revision `before`. Uses (business, rev). */
  readHistory(actor: Actor, before: number, limit: number): Promise<BusinessHistoryEntry[]> {
    return bounded((maxTimeMS) =>
      this.history
        .find({ business: actor.business, rev: { $lt: before } })
        .sort({ rev: -1 })
        .limit(limit)
        .maxTimeMS(maxTimeMS)
        .lean<BusinessHistoryEntry[]>(),
    );
  }
}
