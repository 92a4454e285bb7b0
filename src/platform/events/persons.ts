import { impersonalEvents, PERSON, type DomainEvent, type Subject } from '../../contracts/events.js';

/** The customers whom an event tells something of: it names them as its subjects. */
export function personsOf({ name, subjects }: Pick<DomainEvent, 'name' | 'subjects'>): string[] {
  if (impersonalEvents.includes(name)) return [];
  return idsOf(subjects);
}

/** Everybody whose data a copy of the whole event may hold: whom it tells of, who gets it, and the customer who acted. */
export function personsConcerned({ name, subjects, audience, actor }: DomainEvent): string[] {
  if (impersonalEvents.includes(name)) return [];
  const receivers = audience.flatMap((principal) =>
    principal.startsWith('user:') ? [principal.slice('user:'.length)] : [],
  );
  const acted = actor.role === 'customer' || actor.role === 'visitor' ? [actor.id] : [];
  return [...new Set([...idsOf(subjects), ...receivers, ...acted])];
}

function idsOf(subjects: readonly Subject[]): string[] {
  return subjects.filter(({ kind }) => kind === PERSON).map(({ id }) => id);
}
