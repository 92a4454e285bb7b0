import { Injectable } from '@nestjs/common';
import type { DomainEvent } from '../../contracts/events.js';
import { On } from '../../platform/events/bus.js';
import { announce, type Returned } from '../../platform/events/draft.js';
import { BusinessRepository } from './business.repository.js';

@Injectable()
export class BusinessListener {
  constructor(private readonly repository: BusinessRepository) {}

  @On('business.changed', { stage: 'projection', resource: 'settings' })
  async recordHistoryWhenBusinessChanges(event: DomainEvent<'business.changed'>): Promise<Returned[]> {
    const { rev, changes, id } = event.data;
    const { at, actor } = event;
    await this.repository.recordHistory(event, 'recordHistoryWhenBusinessChanges', {
      rev,
      at,
      actor,
      changes,
    });
    return [
      announce(event, 'data.changed', {
        data: { resource: 'settings', id, action: 'updated', rev },
        audience: ['staff'],
        subjects: event.subjects,
      }),
    ];
  }
}
