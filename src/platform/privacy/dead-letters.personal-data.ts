import type { Model } from 'mongoose';
import type { Actor } from '../actor.js';
import { impersonalEvents, PERSON } from '../../contracts/events.js';
import type { DeadLetter } from '../events/dead-letters.js';
import { withoutDeadline } from '../mongo/deadline.js';
import type { PersonalData, Person } from './personal-data.js';

/**
 * A dead letter holds the whole event that a listener failed with. Those that tell of an erased person go; impersonal
 * ones stay, since other modules clean up behind them, without the address of whoever acted.
 */
export class DeadLettersPersonalData implements PersonalData {
  readonly name = 'dead_letters';

  constructor(private readonly letters: Model<DeadLetter>) {}

  async *export({ business }: Actor, person: Person): AsyncIterable<unknown> {
    const found = this.letters
      .find({ business, $or: tellingOf(person) })
      .sort({ _id: 1 })
      .lean<DeadLetter[]>()
      .cursor({ batchSize: 100 });
    for await (const { event, createdAt } of found as AsyncIterable<DeadLetter>)
      yield { name: event.name, at: event.at, data: event.data, created_at: createdAt };
  }

  async erase({ business }: Actor, person: Person): Promise<void> {
    const those = { business, $or: tellingOf(person) };
    const told = { ...those, 'event.name': { $nin: impersonalEvents } };
    await withoutDeadline(() => this.letters.deleteMany(told));
    await withoutDeadline(() => this.letters.updateMany(those, { $set: { 'event.actor.ip': null } }));
  }
}

function tellingOf({ ids }: Person): Record<string, unknown>[] {
  return [
    { 'event.audience': { $in: ids.map((id) => `user:${id}`) } },
    { 'event.subjects': { $elemMatch: { kind: PERSON, id: { $in: [...ids] } } } },
    { 'event.actor.id': { $in: [...ids] } },
  ];
}
