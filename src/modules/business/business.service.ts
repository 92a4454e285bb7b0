import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import { systemActor, type Actor } from '../../platform/actor.js';
import { Standings } from '../../platform/auth/standings.js';
import type { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/mongo/ids.js';
import { draft } from '../../platform/events/draft.js';
import type { Change } from '../../platform/events/tenant.repository.js';
import { Timers } from '../../platform/timers/timers.js';
import { CLOCK } from '../../platform/tokens.js';
import { changeOf, differences, movedTo } from './business.changes.js';
import { BusinessDirectory } from './business.directory.js';
import type { BusinessHours } from './business-hours.js';
import { defaultHours, describeHours } from './business-hours.dto.js';
import { defaultSettings, type ChangeBusinessInput, type CreateBusinessInput } from './business.dto.js';
import { BusinessRepository } from './business.repository.js';
import { newWidget } from './widget-settings.js';
import type {
  BusinessDocument,
  BusinessHistoryEntry,
  BusinessSettings,
  BusinessState,
} from './business.schema.js';

/** A deletion can be taken back for so long. */
export const DELETION_GRACE_MS = 14 * 24 * 3_600_000;

@Injectable()
export class BusinessService implements OnModuleInit {
  constructor(
    private readonly repository: BusinessRepository,
    private readonly directory: BusinessDirectory,
    private readonly standings: Standings,
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
    const fields = {
      name: input.name,
      state: 'active' as const,
      settings,
      hours: defaultHours,
      widget: newWidget(),
      created_at: this.clock.now(),
    };
    return this.repository.insert(actor, fields, [event]);
  }

  async get(actor: Actor): Promise<BusinessDocument> {
    const business = await this.repository.find(actor);
    if (business === null) throw new DomainError('not_found');
    refuseDeleted(business);
    return business;
  }

  /** Renames it, changes its settings, or both. What already is so changes and emits nothing. */
  change(actor: Actor, input: ChangeBusinessInput): Promise<BusinessDocument> {
    return this.update(actor, (current) => {
      refuseDeleted(current);
      const settings: BusinessSettings = { ...current.settings, ...defined(input.settings ?? {}) };
      const name = input.name ?? current.name;
      return changeOf(actor, current, { name, settings }, differences(current, name, settings));
    });
  }

  /** Replaces its hours as a whole. */
  changeHours(actor: Actor, hours: BusinessHours): Promise<BusinessDocument> {
    return this.update(actor, (current) => {
      refuseDeleted(current);
      const [before, after] = [describeHours(current.hours), describeHours(hours)];
      const same = before.join('\n') === after.join('\n');
      return changeOf(actor, current, { hours }, same ? {} : { hours: { old: before, new: after } });
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
    await this.move(actor, (current) => {
      const due = current.dueAt !== null && current.dueAt <= this.clock.now();
      if (current.state !== 'deleting' || !due) return null;
      const fields = {
        name: '',
        settings: defaultSettings,
        hours: defaultHours,
        widget: null,
        dueAt: null,
      };
      return movedTo(actor, current, 'deleted', fields);
    });
  }

  private moveTo(
    actor: Actor,
    state: BusinessState,
    from: readonly BusinessState[],
    fields: Partial<Pick<BusinessDocument, 'dueAt'>> = {},
  ): Promise<BusinessDocument> {
    return this.move(actor, (current) => {
      if (current.state === state) return null;
      if (!from.includes(current.state)) {
        throw new DomainError(
          'impossible_transition',
          `A business that is ${current.state} cannot become ${state}.`,
        );
      }
      return movedTo(actor, current, state, fields);
    });
  }

  private async update(
    actor: Actor,
    decide: (current: BusinessDocument) => Change<BusinessDocument> | null,
  ): Promise<BusinessDocument> {
    try {
      return await this.repository.update(actor, decide);
    } finally {
      // Also after an unknown outcome: it may have been written.
      this.directory.forget(actor.business);
    }
  }

  /** Whoever is signed in stands on the state of the business too. */
  private async move(
    actor: Actor,
    decide: (current: BusinessDocument) => Change<BusinessDocument> | null,
  ): Promise<BusinessDocument> {
    try {
      return await this.update(actor, decide);
    } finally {
      this.standings.forgetEverybody();
    }
  }
}

function refuseDeleted({ state }: BusinessDocument): void {
  if (state === 'deleted') throw new DomainError('not_found');
}

/** Absent fields of a partial input are absent, not undefined: they must not overwrite what is there. */
function defined<T extends object>(partial: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined)) as never;
}
