import type { Schema } from 'mongoose';
import type { Clock } from '../clock.js';
import type { Collections } from '../mongo/collections.js';
import type { Relay } from './relay.js';
import type { Sweep, SweptSource } from './sweep.js';
import { TenantRepository, type TenantDocument, type WritePath } from './tenant.repository.js';

/** Gives a feature its collection with the write path on it; the sweep watches it from then on. */
export class TenantCollections {
  private readonly path: WritePath;

  constructor(
    private readonly collections: Collections,
    relay: Relay,
    private readonly sweep: Sweep,
    clock: Clock,
  ) {
    this.path = { clock, pod: relay.pod, handOver: (handover) => relay.handOver(handover) };
  }

  /** For documents that cause events: `schema` has `outboxField` and `indexOutbox`. */
  tenant<T extends TenantDocument>(
    name: string,
    schema: Schema<T>,
    options: { readonly grouped?: boolean } = {},
  ): TenantRepository<T> {
    const repository = new TenantRepository<T>(this.collections.model(name, schema), this.path, options);
    this.sweep.watch(repository as unknown as SweptSource);
    return repository;
  }
}
