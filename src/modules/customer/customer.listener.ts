import { Injectable } from '@nestjs/common';
import { PERSON, type DomainEvent } from '../../contracts/events.js';
import { On } from '../../platform/events/bus.js';
import { announce, type Returned } from '../../platform/events/draft.js';

type Action = 'created' | 'updated' | 'deleted';

/** Tells staff that a list of customers moved. It writes nothing, so it comes before the event is numbered. */
@Injectable()
export class CustomerListener {
  @On('customer.created', { stage: 'projection', resource: 'customers' })
  async announceWhenCustomerIsCreated(event: DomainEvent<'customer.created'>): Promise<Returned[]> {
    return [moved(event, event.data.id, 'created', event.data.rev)];
  }

  @On(['customer.changed', 'customer.described'], { stage: 'projection', resource: 'customers' })
  async announceWhenCustomerIsChanged(
    event: DomainEvent<'customer.changed' | 'customer.described'>,
  ): Promise<Returned[]> {
    return [moved(event, event.data.id, 'updated', event.data.rev)];
  }

  @On('customer.merged', { stage: 'projection', resource: 'customers' })
  async announceWhenVisitorIsMerged(event: DomainEvent<'customer.merged'>): Promise<Returned[]> {
    const { id, into, rev } = event.data;
    return [moved(event, id, 'deleted', rev), moved(event, into, 'updated')];
  }

  @On('customer.erased', { stage: 'projection', resource: 'customers' })
  async announceWhenCustomerIsErased(event: DomainEvent<'customer.erased'>): Promise<Returned[]> {
    return [moved(event, event.data.id, 'deleted', event.data.rev)];
  }
}

function moved(event: DomainEvent, id: string, action: Action, rev?: number): Returned {
  return announce(event, 'data.changed', {
    data: { resource: 'customers', id, action, ...(rev === undefined ? {} : { rev }) },
    audience: ['staff:customers.read'],
    subjects: [{ kind: PERSON, id }],
  });
}
