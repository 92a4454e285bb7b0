import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import { systemActor, type Actor } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/mongo/ids.js';
import { draft } from '../../platform/events/draft.js';
import type { Change } from '../../platform/events/tenant.repository.js';
import { Timers } from '../../platform/timers/timers.js';
import { CLOCK } from '../../platform/tokens.js';
import { defaultSettings, type ChangeBusinessInput, type CreateBusinessInput } from './business.dto.js';
import { BusinessRepository } from './business.repository.js';
import type {
  BusinessDocument,
  BusinessHistoryEntry,
  BusinessSettings,
  BusinessState,
} from './business.schema.js';

/** A deletion can be taken back for so long. */
export const DELETION_GRACE_MS = 14 * 24 * 3_600_000;

interface FieldChange {
  readonly old: string | string[];
  readonly new: string | string[];
}

@Injectable()
export class BusinessService implements OnModuleInit {
  constructor(
    private readonly repository: BusinessRepository,
    private readonly timers: Timers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.timers.register({
      name: 'business deletion',
      model: this.repository.dueModel,
      handle: async ({ business }) => this.finishDeletion(systemActor(business, 'timer')),
    });
  }

  /** A new business; whoever registers it becomes the actor of its first event. With an `id`, it is made once. */
  async create(
    input: CreateBusinessInput,
    founder?: Omit<Actor, 'business'>,
    id = newId(),
  ): Promise<BusinessDocument> {
    const actor: Actor = { ...(founder ?? systemActor(id)), business: id };
    const settings = { ...defaultSettings, ...defined(input.settings ?? {}) };
    const event = draft(actor, 'business.created', {
      data: { id, name: input.name },
      subjects: [{ kind: 'business', id }],
    });
    const fields = { name: input.name, state: 'active' as const, settings, created_at: this.clock.now() };
    return this.repository.insert(actor, fields, [event]);
  }

  async get(actor: Actor): Promise<BusinessDocument> {
    const business = await this.repository.find(actor);
    if (business === null || business.state === 'deleted') throw new DomainError('not_found');
    return business;
  }

  /** Renames it, changes its settings, or both. What already is so changes and emits nothing. */
  change(actor: Actor, input: ChangeBusinessInput): Promise<BusinessDocument> {
    return this.repository.update(actor, (current) => {
      if (current.state === 'deleted') throw new DomainError('not_found');
      const settings: BusinessSettings = { ...current.settings, ...defined(input.settings ?? {}) };
      const name = input.name ?? current.name;
      return this.changed(actor, current, { name, settings }, differences(current, name, settings));
    });
  }

  suspend(actor: Actor): Promise<BusinessDocument> {
    return this.moveTo(actor, 'suspended', ['active']);
  }

  resume(actor: Actor): Promise<BusinessDocument> {
    return this.moveTo(actor, 'active', ['suspended']);
  }

  /** Final after the grace period; until then `keep` takes it back. */
  requestDeletion(actor: Actor): Promise<BusinessDocument> {
    const dueAt = new Date(this.clock.now().getTime() + DELETION_GRACE_MS);
    return this.moveTo(actor, 'deleting', ['active', 'suspended'], { dueAt });
  }

  keep(actor: Actor): Promise<BusinessDocument> {
    return this.moveTo(actor, 'active', ['deleting'], { dueAt: null });
  }

  /** Newest change first. */
  history(actor: Actor, before: number, limit: number): Promise<BusinessHistoryEntry[]> {
    return this.repository.readHistory(actor, before, limit);
  }

  /** The tombstone stays: its id is never used again, its name is gone. */
  private async finishDeletion(actor: Actor): Promise<void> {
    await this.repository.update(actor, (current) => {
      const due = current.dueAt !== null && current.dueAt <= this.clock.now();
      if (current.state !== 'deleting' || !due) return null;
      const fields = { state: 'deleted' as const, name: '', settings: defaultSettings, dueAt: null };
      return this.changed(actor, current, fields, { state: { old: current.state, new: 'deleted' } });
    });
  }

  private moveTo(
    actor: Actor,
    state: BusinessState,
    from: readonly BusinessState[],
    fields: Partial<Pick<BusinessDocument, 'dueAt'>> = {},
  ): Promise<BusinessDocument> {
    return this.repository.update(actor, (current) => {
      if (current.state === state) return null;
      if (!from.includes(current.state)) {
        throw new DomainError(
          'impossible_transition',
          `A business that is ${current.state} cannot become ${state}.`,
        );
      }
      return this.changed(
        actor,
        current,
        { ...fields, state },
        { state: { old: current.state, new: state } },
      );
    });
  }

  private changed(
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
}

function differences(
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

/** Absent fields of a partial input are absent, not undefined: they must not overwrite what is there. */
function defined<T extends object>(partial: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined)) as never;
}
