import { Schema, type Model } from 'mongoose';
import type { DomainEvent } from '../../src/contracts/events.js';
import type { Actor } from '../../src/platform/actor.js';
import { announce, draft, type Returned } from '../../src/platform/events/draft.js';
import { newId } from '../../src/platform/mongo/ids.js';
import { insertOncePerEvent, setIfNewer } from '../../src/platform/events/listener-writes.js';
import { indexOutbox, outboxField } from '../../src/platform/events/outbox.js';
import type { TenantDocument, TenantRepository } from '../../src/platform/events/tenant.repository.js';
import type { Listener } from '../../src/platform/events/bus.js';

/** The feature that fault tests write with: it uses the write path in every way that it can be used. */
export interface Item extends TenantDocument {
  readonly text: string;
  readonly idempotencyKey: string;
  readonly idempotencyHash: string;
}
export interface ItemView {
  readonly _id: string;
  readonly business: string;
  readonly source_rev?: number;
}
export interface ItemReaction {
  readonly _id: string;
  readonly business: string;
  readonly item: string;
}

const key = { _id: { type: String, required: true }, business: { type: String, required: true } } as const;

export const itemSchema = new Schema<Item>(
  {
    ...key,
    rev: { type: Number, required: true },
    text: { type: String, required: true },
    idempotencyKey: { type: String, required: true },
    idempotencyHash: { type: String, required: true },
    ...outboxField,
  },
  { collection: 'items', versionKey: false, autoIndex: false },
);
itemSchema.index(
  { business: 1, idempotencyKey: 1 },
  { unique: true, partialFilterExpression: { idempotencyKey: { $type: 'string' } } },
);
indexOutbox(itemSchema);

export const itemViewSchema = new Schema<ItemView>(
  { ...key, source_rev: Number },
  { collection: 'item_views', versionKey: false, autoIndex: false },
);
itemViewSchema.index({ business: 1 });

export const itemReactionSchema = new Schema<ItemReaction>(
  { ...key, item: { type: String, required: true } },
  { collection: 'item_reactions', versionKey: false, autoIndex: false },
);
itemReactionSchema.index({ business: 1 });

export class Items {
  constructor(readonly repository: TenantRepository<Item>) {}

  async create(actor: Actor, idempotencyKey: string, text: string): Promise<Item> {
    const id = newId();
    const { document } = await this.repository.insertOnce(
      actor,
      { _id: id, text, idempotencyKey, idempotencyHash: text },
      [changed(actor, id, 'created', 1)],
    );
    return document;
  }

  rewrite(actor: Actor, id: string, text: string): Promise<Item> {
    return this.repository.update(actor, id, (current) => ({
      set: { text },
      events: [changed(actor, id, 'updated', current.rev + 1)],
    }));
  }
}

function changed(actor: Actor, id: string, action: 'created' | 'updated', rev: number) {
  return draft(actor, 'data.changed', {
    data: { resource: 'items', id, action, rev },
    audience: ['staff'],
    subjects: [{ kind: 'item', id }],
  });
}

/** A projection that keeps the newest revision, and a reaction that notes each event and tells the clients of it. */
export function itemListeners(views: Model<ItemView>, reactions: Model<ItemReaction>): Listener[] {
  const isItem = (event: DomainEvent): event is DomainEvent<'data.changed'> =>
    event.name === 'data.changed' && (event as DomainEvent<'data.changed'>).data.resource === 'items';
  return [
    {
      name: 'keepViewWhenItemChanges',
      stage: 'projection',
      resource: 'items',
      handle: async (event) => {
        if (!isItem(event)) return;
        const { id, rev = 0 } = event.data;
        await setIfNewer(
          views,
          { _id: id, business: event.business },
          { field: 'source_rev', number: rev },
          {},
        );
      },
    },
    {
      name: 'noteWhenItemChanges',
      stage: 'reaction',
      resource: 'items',
      handle: async (event): Promise<Returned[]> => {
        if (!isItem(event)) return [];
        await insertOncePerEvent(reactions, event, 'noteWhenItemChanges', { item: event.data.id });
        const { id, rev = 0 } = event.data;
        const data = { resource: 'notes', id, action: 'created', rev } as const;
        return [announce(event, 'data.changed', { data, audience: ['staff'] })];
      },
    },
  ];
}
