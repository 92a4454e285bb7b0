import type { Collection, Model, mongo, QueryFilter } from 'mongoose';
import { DomainError } from '../../contracts/errors.js';
import type { Actor } from '../actor.js';
import type { Clock } from '../clock.js';
import { crashPoint, isOn } from '../faults.js';
import { newId } from '../mongo/ids.js';
import { bounded } from '../mongo/deadline.js';
import { isDuplicateKey } from '../mongo/failures.js';
import type { Batcher } from '../mongo/batcher.js';
import { insertGroup } from '../mongo/insert-group.js';
import type { OutboxSource } from './clearing.js';
import type { EventDraft } from './draft.js';
import { MAX_OUTBOX, toEntry, type OutboxEntry } from './outbox.js';
import type { Handover } from './relay.js';

/** What every document of a business has. `rev` rises with each update; clients ignore what is older. */
export interface TenantDocument {
  readonly _id: string;
  readonly business: string;
  readonly rev: number;
}

/** Makes a repeated create harmless: the same key finds the first document, with another body it is a mistake. */
export interface Idempotency {
  readonly idempotencyKey: string;
  readonly idempotencyHash: string;
}

export type NewDocument<T extends TenantDocument> = Omit<T, 'business' | 'rev' | '_id'> & {
  readonly _id?: string;
};

/** What a decision changes, with the events that tell of it. */
export interface Change<T extends TenantDocument> {
  readonly set?: Partial<Omit<T, keyof TenantDocument>>;
  readonly unset?: readonly Exclude<keyof T & string, keyof TenantDocument>[];
  readonly events: readonly EventDraft[];
}

/** What the repositories of one pod share. */
export interface WritePath {
  readonly clock: Clock;
  readonly pod: string;
  handOver(handover: Handover): void;
}

const ATTEMPTS = 5;

/**
 * The write path of one collection: a document and the events that it causes are one write of one document, every
 * filter names the actor's business, and nothing is acknowledged before that write is. Repositories own one of these
 * and add their queries to it.
 */
export class TenantRepository<T extends TenantDocument> implements OutboxSource {
  readonly name: string;
  private readonly group: Batcher<mongo.Document> | undefined;

  constructor(
    readonly model: Model<T>,
    private readonly path: WritePath,
    options: { readonly grouped?: boolean } = {},
  ) {
    this.name = model.collection.collectionName;
    this.group = options.grouped === true ? insertGroup(() => this.collection()) : undefined;
  }

  collection(): Collection {
    return this.model.collection;
  }

  /** Stores a new document. A unique key that is taken passes through as the driver's error (see `isDuplicateOf`). */
  async insert(actor: Actor, fields: NewDocument<T>, events: readonly EventDraft[]): Promise<T> {
    const { document, entries } = this.prepare(actor, fields, events);
    const stored = entries.length === 0 ? document : { ...document, outbox: entries };
    await crashPoint('write.before', this.path.pod);
    const { group } = this;
    // The group has a deadline of its own; whoever waits for it keeps to theirs.
    if (group !== undefined) await bounded(() => group.add(stored));
    else {
      await bounded((maxTimeMS) =>
        this.collection().insertOne(stored as unknown as mongo.OptionalId<mongo.Document>, { maxTimeMS }),
      );
    }
    await crashPoint('write.after', this.path.pod);
    this.handOver(document._id, actor.business, 1, entries);
    return document;
  }

  /** `insert` under an idempotency key: a repeat answers the document as it now is, another body is refused. */
  async insertOnce(
    actor: Actor,
    fields: NewDocument<T> & Idempotency,
    events: readonly EventDraft[],
  ): Promise<{ document: T; repeated: boolean }> {
    try {
      return { document: await this.insert(actor, fields, events), repeated: false };
    } catch (error) {
      // A repeat collides with its first document on every unique key, and a server names any one of them.
      const first = isDuplicateKey(error) ? await this.findRepeat(actor, fields) : null;
      if (first === null) throw error;
      return { document: first, repeated: true };
    }
  }

  /** What an earlier request created under this key, as it now is: for rules that would refuse its repeat. */
  async findRepeat(actor: Actor, once: Idempotency): Promise<T | null> {
    // The index is partial: a server uses it only for a condition that says so.
    const filter = {
      idempotencyKey: { $eq: once.idempotencyKey, $type: 'string' },
    } as unknown as QueryFilter<T>;
    const first = await this.findOne(actor, filter);
    if (first === null) return null;
    const { idempotencyHash } = first as unknown as Idempotency;
    if (idempotencyHash !== once.idempotencyHash) throw new DomainError('idempotency_mismatch');
    return first;
  }

  /** What a creating request calls: `insertOnce` when it came with an idempotency key, else a plain insert. */
  async create(
    actor: Actor,
    fields: NewDocument<T>,
    once: Idempotency | undefined,
    events: readonly EventDraft[],
  ): Promise<{ document: T; repeated: boolean }> {
    return once === undefined
      ? { document: await this.insert(actor, fields, events), repeated: false }
      : this.insertOnce(actor, { ...fields, ...once }, events);
  }

  async findById(actor: Actor, id: string): Promise<T | null> {
    return this.findOne(actor, { _id: id });
  }

  async findOne(actor: Actor, filter: QueryFilter<T>): Promise<T | null> {
    return bounded((maxTimeMS) =>
      this.model.findOne(this.scoped(actor, filter)).maxTimeMS(maxTimeMS).lean<T>(),
    );
  }

  async find(
    actor: Actor,
    filter: QueryFilter<T>,
    options: { readonly sort: Readonly<Record<string, 1 | -1>>; readonly limit: number },
  ): Promise<T[]> {
    return bounded((maxTimeMS) =>
      this.model
        .find(this.scoped(actor, filter))
        .sort(options.sort)
        .limit(options.limit)
        .maxTimeMS(maxTimeMS)
        .lean<T[]>(),
    );
  }

  /**
   * Read, decide, write where nobody was faster; a miss decides again on what is there now. `decide` may refuse by
   * throwing, or answer null when there is nothing to change: then nothing is written and nothing is emitted.
   */
  async update(actor: Actor, id: string, decide: (current: T) => Change<T> | null): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const current = await this.findById(actor, id);
      if (current === null) throw new DomainError('not_found');
      const change = decide(current);
      if (change === null) return current;
      const updated = await this.write(actor, current, change);
      if (updated !== null) return updated;
    }
    throw new DomainError('busy');
  }

  private async write(actor: Actor, current: T, change: Change<T>): Promise<T | null> {
    const entries = this.entriesOf(change.events);
    const guard = isOn('revision guard') ? { rev: current.rev } : {};
    // A full outbox misses like a newer revision does, and ends as the same retryable error.
    const room =
      entries.length === 0 ? {} : { [`outbox.${MAX_OUTBOX - entries.length}`]: { $exists: false } };
    const filter = { _id: current._id, business: actor.business, ...guard, ...room };
    const update = {
      $inc: { rev: 1 },
      ...(change.set === undefined ? {} : { $set: change.set }),
      ...(change.unset === undefined
        ? {}
        : { $unset: Object.fromEntries(change.unset.map((field) => [field, ''])) }),
      ...(entries.length === 0 ? {} : { $push: { outbox: { $each: entries } } }),
    };
    await crashPoint('write.before', this.path.pod);
    const stored = await bounded((maxTimeMS) =>
      this.collection().findOneAndUpdate(
        filter as unknown as mongo.Filter<mongo.Document>,
        update as unknown as mongo.UpdateFilter<mongo.Document>,
        { returnDocument: 'after', maxTimeMS },
      ),
    );
    if (stored === null) return null;
    await crashPoint('write.after', this.path.pod);
    const { outbox, ...document } = stored as unknown as T & { outbox?: OutboxEntry[] };
    // The whole outbox in its order: what an earlier writer left behind goes first.
    this.handOver(current._id, actor.business, document.rev, outbox ?? []);
    return document as unknown as T;
  }

  private prepare(
    actor: Actor,
    fields: NewDocument<T>,
    events: readonly EventDraft[],
  ): { document: T; entries: OutboxEntry[] } {
    const _id = fields._id ?? newId();
    const document = { ...fields, _id, business: actor.business, rev: 1 } as unknown as T;
    return { document, entries: this.entriesOf(events) };
  }

  private entriesOf(events: readonly EventDraft[]): OutboxEntry[] {
    if (events.length > MAX_OUTBOX)
      throw new Error(`One write causes ${events.length} events, ${MAX_OUTBOX} at most.`);
    const at = this.path.clock.now();
    return events.map((event) => toEntry(event, at));
  }

  private scoped(actor: Actor, filter: QueryFilter<T>): QueryFilter<T> {
    return { ...filter, business: actor.business };
  }

  private handOver(id: string, business: string, rev: number, entries: readonly OutboxEntry[]): void {
    this.path.handOver({ source: this, id, business, rev, entries });
  }
}
