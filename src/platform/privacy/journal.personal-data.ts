import type { Model, mongo } from 'mongoose';
import { impersonalEvents } from '../../contracts/events.js';
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
    const chunks = this.journal.collection.find<JournalChunk>(chunksTelling(business, person), {
      sort: { first: 1 },
      batchSize: 20,
    });
    for await (const { first, events } of chunks) {
      for (const [place, event] of events.entries()) {
        const { id, name, at, data } = event;
        if (tells(event, person)) yield { seq: first + place, id, name, at, data };
      }
    }
  }

  async erase({ business }: Actor, person: Person): Promise<void> {
    const nothing = { name: 'journal.event-erased', wire: null, audience: ['pods'], data: {} };
    const set = Object.fromEntries(
      Object.entries(nothing).map(([key, value]) => [`events.$[told].${key}`, value]),
    );
    await withoutDeadline(() =>
      this.journal.collection.updateMany(
        chunksTelling(business, person),
        { $set: set, $unset: { 'events.$[told].persons': '' } },
        { arrayFilters: [telling(person, 'told.')] },
      ),
    );
  }
}

/** Asked of the driver: mongoose knows no fields of an event to cast. Uses (business, first). */
function chunksTelling(business: string, person: Person): mongo.Filter<mongo.Document> {
  return { business, events: { $elemMatch: telling(person, '') } };
}

/** The condition on one event, with a prefix where the operator wants one. */
function telling({ ids }: Person, prefix: string): Record<string, unknown> {
  return {
    [`${prefix}name`]: { $nin: impersonalEvents },
    $or: [
      { [`${prefix}audience`]: { $in: ids.map((id) => `user:${id}`) } },
      { [`${prefix}persons`]: { $in: [...ids] } },
    ],
  };
}

function tells({ name, audience, persons = [] }: JournalEvent, { ids }: Person): boolean {
  if ((impersonalEvents as readonly string[]).includes(name)) return false;
  return ids.some((id) => audience.includes(`user:${id}`) || persons.includes(id));
}
