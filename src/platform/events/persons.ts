import { PERSON, type DomainEvent, type Subject } from '../../contracts/events.js';

/** The customers whom an event names as its subjects. */
export function personsOf(subjects: readonly Subject[]): string[] {
  return subjects.filter(({ kind }) => kind === PERSON).map(({ id }) => id);
}

/** Everybody whose data a copy of the whole event may hold: whom it tells of, who gets it, and the customer who acted. */
export function personsConcerned({ subjects, audience, actor }: DomainEvent): string[] {
  const receivers = audience.flatMap((principal) =>
    principal.startsWith('user:') ? [principal.slice('user:'.length)] : [],
  );
  const acted = actor.role === 'customer' || actor.role === 'visitor' ? [actor.id] : [];
  return [...new Set([...personsOf(subjects), ...receivers, ...acted])];
}
