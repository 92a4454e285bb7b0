import { Injectable } from '@nestjs/common';
import type { Model, QueryFilter } from 'mongoose';
import type { Actor } from '../../platform/actor.js';
import type { EventDraft } from '../../platform/events/draft.js';
import { TenantCollections } from '../../platform/events/tenant-collections.js';
import type {
  Change,
  Idempotency,
  NewDocument,
  TenantRepository,
} from '../../platform/events/tenant.repository.js';
import { isDuplicateOf } from '../../platform/mongo/failures.js';
import type { DueDocument } from '../../platform/timers/timers.js';
import { customerSchema, type CustomerDocument, type CustomerKind } from './customer.schema.js';

/** By what a known customer is the only one of a business. */
export type UniqueField = 'phone_number' | 'external_id';

export interface ListFilter {
  readonly kind?: 'customer' | 'visitor' | undefined;
  /** All of them; none lists everybody. */
  readonly words: readonly string[];
  /** Behind this one, in the order newest first. */
  readonly before?: { readonly created_at: Date; readonly id: string } | undefined;
}

const TOMBSTONES: readonly CustomerKind[] = ['merged', 'erased'];

@Injectable()
export class CustomerRepository {
  private readonly customers: TenantRepository<CustomerDocument>;

  constructor(tenants: TenantCollections) {
    this.customers = tenants.tenant('customers', customerSchema);
  }

  /** What the timers look through for merges and erasures that go on. */
  get dueModel(): Model<DueDocument> {
    return this.customers.model as unknown as Model<DueDocument>;
  }

  create(
    actor: Actor,
    fields: NewDocument<CustomerDocument>,
    once: Idempotency | undefined,
    events: readonly EventDraft[],
  ): Promise<{ document: CustomerDocument; repeated: boolean }> {
    return this.customers.create(actor, fields, once, events);
  }

  /** The unique field whose value another customer has, when that is why a write was refused. */
  takenField(error: unknown): UniqueField | undefined {
    return (['phone_number', 'external_id'] as const).find((field) =>
      isDuplicateOf(error, 'business', field),
    );
  }

  find(actor: Actor, id: string): Promise<CustomerDocument | null> {
    return this.customers.findById(actor, id);
  }

  /** Uses (business, phone_number), (business, external_id) or (business, visitor_token), which are partial: hence $type. */
  findBy(
    actor: Actor,
    field: UniqueField | 'visitor_token',
    value: string,
  ): Promise<CustomerDocument | null> {
    const filter = { [field]: { $eq: value, $type: 'string' } } as QueryFilter<CustomerDocument>;
    return this.customers.findOne(actor, filter);
  }

  /**
   * Newest first, tombstones left out. Uses (business, created_at, _id), with `kind` or the first of the words in
   * between when there are any. `created_at` bounds the index: only those of the same millisecond are passed over.
   */
  list(actor: Actor, { kind, words, before }: ListFilter, limit: number): Promise<CustomerDocument[]> {
    const filter = {
      // What is left out bounds no index: the one that has the order is used.
      kind: kind ?? { $nin: TOMBSTONES },
      ...(words.length === 0 ? {} : { words: { $all: [...words] } }),
      ...(before === undefined
        ? {}
        : {
            created_at: { $lte: before.created_at },
            $or: [{ created_at: { $lt: before.created_at } }, { _id: { $lt: before.id } }],
          }),
    } as QueryFilter<CustomerDocument>;
    return this.customers.find(actor, filter, { sort: { created_at: -1, _id: -1 }, limit });
  }

  /** The visitors who turned out to be this customer, from `after` on. Uses (business, merged_into, _id). */
  mergedInto(actor: Actor, id: string, after: string, limit: number): Promise<CustomerDocument[]> {
    const filter = { merged_into: { $eq: id, $type: 'string' }, _id: { $gt: after } };
    return this.customers.find(actor, filter as QueryFilter<CustomerDocument>, { sort: { _id: 1 }, limit });
  }

  update(
    actor: Actor,
    id: string,
    decide: (current: CustomerDocument) => Change<CustomerDocument> | null,
  ): Promise<CustomerDocument> {
    return this.customers.update(actor, id, decide);
  }
}
