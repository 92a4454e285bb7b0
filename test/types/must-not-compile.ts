/**
 * What must not compile. Nothing here runs: `npm run check` type-checks this file, and a line that suddenly compiles
 * makes its `@ts-expect-error` an error.
 */
import type { Audience, Principal } from '../../src/contracts/audience.js';
import type { CommandPayload } from '../../src/contracts/commands.js';
import { DomainError } from '../../src/contracts/errors.js';
import type { DomainEvent, EventData } from '../../src/contracts/events.js';
import type { Actor } from '../../src/platform/actor.js';
import { On } from '../../src/platform/events/bus.js';
import { announce, draft } from '../../src/platform/events/draft.js';
import type {
  Change,
  TenantDocument,
  TenantRepository,
} from '../../src/platform/events/tenant.repository.js';

interface Note extends TenantDocument {
  readonly text: string;
}
declare const actor: Actor;
declare const repository: TenantRepository<Note>;
declare const changed: DomainEvent<'business.changed'>;

export function eventsNeedTheirBusiness(): void {
  // @ts-expect-error an actor without a business acts nowhere
  draft({ id: 'u', role: 'agent', ip: null }, 'business.created', { data: { id: 'b', name: 'n' } });
  // @ts-expect-error a query without an actor would see every business
  void repository.findById('id');
  // @ts-expect-error the business comes from the actor, never from the document
  void repository.insert(actor, { text: 'x', business: 'other' }, []);
}

export function eventsCarryTheirOwnData(): void {
  // @ts-expect-error there is no such event
  draft(actor, 'business.painted', { data: { id: 'b' } });
  // @ts-expect-error the data of another event
  draft(actor, 'business.created', { data: { resource: 'settings', id: 'b', action: 'updated' } });
  // @ts-expect-error a field is missing
  draft(actor, 'business.created', { data: { id: 'b' } });
  // @ts-expect-error listeners return client events only
  announce(changed, 'business.created', { data: { id: 'b', name: 'n' } });
  // @ts-expect-error an action that the catalogue does not know
  const data: EventData<'data.changed'> = { resource: 'settings', id: 'b', action: 'painted' };
  void data;
}

export function audiencesNameTheirPrincipals(): void {
  // @ts-expect-error the catalogue leaves the audience open: it must be given
  draft(actor, 'data.changed', { data: { resource: 'settings', id: 'b', action: 'updated' } });
  // @ts-expect-error the catalogue has fixed the audience: it must not be given
  draft(actor, 'business.created', { data: { id: 'b', name: 'n' }, audience: ['staff'] });
  // @ts-expect-error a user without an id is nobody
  const someone: Principal = 'user';
  // @ts-expect-error no role holds such a permission
  const permitted: Principal = 'staff:everything.do';
  // @ts-expect-error a conversation is not an audience
  const audience: Audience = ['room:1'];
  void [someone, permitted, audience];
}

export class Listeners {
  // @ts-expect-error handles another event than it subscribes to
  @On('business.created', { stage: 'reaction' })
  async handlesAnother(event: DomainEvent<'business.changed'>): Promise<void> {
    void event;
  }

  // @ts-expect-error subscribes to two and handles one of them
  @On(['business.created', 'business.changed'], { stage: 'reaction' })
  async handlesHalf(event: DomainEvent<'business.changed'>): Promise<void> {
    void event;
  }

  // @ts-expect-error there is no such event to listen to
  @On('business.painted', { stage: 'reaction' })
  async handlesNothing(event: DomainEvent): Promise<void> {
    void event;
  }
}

export function writesKeepTheirReservedFields(): void {
  // @ts-expect-error the revision is counted by the write path
  const change: Change<Note> = { set: { rev: 7 }, events: [] };
  // @ts-expect-error a document never moves to another business
  const move: Change<Note> = { set: { business: 'other' }, events: [] };
  void [change, move];
}

export function codesAndCommandsAreKnown(): DomainError {
  // @ts-expect-error a message belongs to a room
  const message: CommandPayload<'chat:send-message'> = { content: 'hi', clientMessageId: '1' };
  void message;
  // @ts-expect-error clients know only the codes of contracts/errors.ts
  return new DomainError('oops');
}
