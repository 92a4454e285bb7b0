import type { Model } from 'mongoose';
import type { Actor } from '../actor.js';
import type { JournalChunk, JournalEvent } from '../journal/journal.schema.js';
import { withoutDeadline } from '../mongo/deadline.js';
import type { PersonalData, Person } from './personal-data.js';

/** The journal keeps a day of events. One that told of an erased person leaves its number and nothing else. */
export class JournalPersonalData implements PersonalData {
  readonly name = 'journal';

  /** `journal` without a request's time limit: the whole day of the business is looked through. */
  constructor(private readonly journal: Model<JournalChunk>) {}

  async *export({ business }: Actor, person: Person): AsyncIterable<unknown> {
    const chunks = this.journal
      .find({ business, $or: tellingOf(person, 'events.') })
      .sort({ first: 1 })
      .lean<JournalChunk[]>()
      .cursor({ batchSize: 20 });
    for await (const { first, events } of chunks as AsyncIterable<JournalChunk>) {
      for (const [place, event] of events.entries()) {
        const { id, name, at, data } = event;
        if (concerns(event, person)) yield { seq: first + place, id, name, at, data };
      }
    }
  }

  async erase({ business }: Actor, person: Person): Promise<void> {
    await withoutDeadline(() =>
      this.journal.updateMany(
        { business, $or: tellingOf(person, 'events.') },
        {
          $set: {
            'events.$[told].name': 'journal.event-erased',
            'events.$[told].wire': null,
            'events.$[told].audience': ['pods'],
            'events.$[told].data': {},
          },
          $unset: { 'events.$[told].persons': '' },
        },
        { arrayFilters: [{ $or: tellingOf(person, 'told.') }] },
      ),
    );
  }
}

function tellingOf({ ids }: Person, prefix: string): Record<string, { $in: string[] }>[] {
  return [
    { [`${prefix}audience`]: { $in: ids.map((id) => `user:${id}`) } },
    { [`${prefix}persons`]: { $in: [...ids] } },
  ];
}

function concerns({ audience, persons = [] }: JournalEvent, { ids }: Person): boolean {
  return ids.some((id) => audience.includes(`user:${id}`) || persons.includes(id));
}
