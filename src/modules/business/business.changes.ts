import type { Actor } from '../../platform/actor.js';
import { draft } from '../../platform/events/draft.js';
import type { Change } from '../../platform/events/tenant.repository.js';
import type { BusinessDocument, BusinessSettings, BusinessState } from './business.schema.js';

/** What the history shows of a field: texts only, and of a secret its hint at most. */
export interface FieldChange {
  readonly old: string | string[];
  readonly new: string | string[];
}

/** A write with the event that tells of it, or null when nothing is different. */
export function changeOf(
  actor: Actor,
  current: BusinessDocument,
  set: NonNullable<Change<BusinessDocument>['set']>,
  changes: Readonly<Record<string, FieldChange>>,
): Change<BusinessDocument> | null {
  if (Object.keys(changes).length === 0) return null;
  const event = draft(actor, 'business.changed', {
    data: { id: current._id, rev: current.rev + 1, changes },
    subjects: [{ kind: 'business', id: current._id }],
  });
  return { set, events: [event] };
}

/** Another state, told to the hubs besides: a suspended business has nobody on its sockets. */
export function movedTo(
  actor: Actor,
  current: BusinessDocument,
  state: BusinessState,
  fields: Partial<BusinessDocument>,
): Change<BusinessDocument> {
  const changes = { state: { old: current.state, new: state } };
  const { set, events } = changeOf(actor, current, { ...fields, state }, changes) ?? { events: [] };
  const moved = draft(actor, 'business.state-changed', {
    data: { id: current._id, rev: current.rev + 1, state },
    subjects: [{ kind: 'business', id: current._id }],
  });
  return { ...(set && { set }), events: [...events, moved] };
}

export function differences(
  current: BusinessDocument,
  name: string,
  settings: BusinessSettings,
): Record<string, FieldChange> {
  const before: Record<string, string | readonly string[]> = { name: current.name, ...current.settings };
  const after: Record<string, string | readonly string[]> = { name, ...settings };
  const changed = Object.keys(after).filter((field) => String(before[field]) !== String(after[field]));
  return Object.fromEntries(
    changed.map((field) => [field, { old: copy(before[field]), new: copy(after[field]) }] as const),
  );
}

function copy(value: string | readonly string[] | undefined): string | string[] {
  return typeof value === 'object' ? [...value] : (value ?? '');
}
