import { describe, expect, it } from '@jest/globals';
import { PERSON, type DomainEvent } from '../../contracts/events.js';
import { toJournalEvent } from './listener-runner.js';
import { personsConcerned, personsOf } from './persons.js';

const event = (parts: Partial<DomainEvent>): DomainEvent => ({
  id: 'e',
  name: 'user.joined',
  business: 'b',
  at: new Date(0),
  actor: { id: 'agent', role: 'agent', ip: null },
  subjects: [
    { kind: PERSON, id: 'ada' },
    { kind: 'room', id: 'r' },
  ],
  audience: ['staff', 'user:bob'],
  data: {},
  ...parts,
});

describe('the persons of an event', () => {
  it('are its subjects; a copy of the whole concerns receivers and the customer who acted too', () => {
    expect(personsOf(event({}))).toEqual(['ada']);
    expect(personsConcerned(event({}))).toEqual(['ada', 'bob']);
    const acted = { actor: { id: 'eve', role: 'visitor', ip: '::1' } };
    expect(personsConcerned(event(acted))).toEqual(['ada', 'bob', 'eve']);
  });

  it('go into the journal with it, so that an erasure finds it', () => {
    expect(toJournalEvent(event({}))).toMatchObject({ persons: ['ada'] });
    expect(toJournalEvent(event({ subjects: [] }))).not.toHaveProperty('persons');
  });

  it('are none where there is nothing to erase: a deletion must still be told', () => {
    for (const name of ['customer.erased', 'data.changed'] as const) {
      expect(personsConcerned(event({ name }))).toEqual([]);
      expect(toJournalEvent(event({ name }))).not.toHaveProperty('persons');
    }
  });
});
