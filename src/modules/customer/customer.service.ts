import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import { PERSON } from '../../contracts/events.js';
import type { Actor } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import type { Idempotency } from '../../platform/events/tenant.repository.js';
import { newId } from '../../platform/mongo/ids.js';
import { CLOCK } from '../../platform/tokens.js';
import type { ChangeCustomerInput, CreateCustomerInput } from './customer.dto.js';
import { changeTo, hear, noProfile, unused, type Profile, type Said } from './customer.fields.js';
import { CustomerRepository, type ListFilter, type UniqueField } from './customer.repository.js';
import type { CustomerDocument } from './customer.schema.js';
import { searchedWords, searchWords } from './search-words.js';

@Injectable()
export class CustomerService {
  constructor(
    private readonly repository: CustomerRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest first. A query without a word in it finds nobody. */
  async list(
    actor: Actor,
    { q, ...filter }: Omit<ListFilter, 'words'> & { readonly q?: string | undefined },
    limit: number,
  ): Promise<CustomerDocument[]> {
    const words = q === undefined ? [] : searchedWords(q);
    if (q !== undefined && words.length === 0) return [];
    return this.repository.list(actor, { ...filter, words }, limit);
  }

  /** A visitor who turned out to be a known customer answers that customer; an erased one is gone. */
  async get(actor: Actor, id: string): Promise<CustomerDocument> {
    const found = await this.repository.find(actor, id);
    const customer =
      found?.merged_into == null ? found : await this.repository.find(actor, found.merged_into);
    if (customer === null) throw new DomainError('not_found');
    if (customer.kind === 'erased') throw new DomainError('gone', 'This customer was erased.');
    return customer;
  }

  /** A customer whom staff or a program knows. */
  async create(
    actor: Actor,
    input: CreateCustomerInput,
    once: Idempotency | undefined,
  ): Promise<{ document: CustomerDocument; repeated: boolean }> {
    try {
      return await this.insertKnown(actor, hear(noProfile, input, 'verified'), once);
    } catch (error) {
      throw this.refusal(error);
    }
  }

  /** What is named is changed, the rest stays. */
  async change(actor: Actor, id: string, input: ChangeCustomerInput): Promise<CustomerDocument> {
    const { _id } = await this.get(actor, id);
    try {
      return await this.repository.update(actor, _id, (current) => {
        refuseTombstone(current);
        const next = hear(current, input, 'verified');
        if (current.kind === 'visitor' && (next.phone_number !== null || next.external_id !== null))
          throw new DomainError(
            'conflict',
            'A visitor is whoever has the browser. Create a customer with this number or id, then merge the visitor into it.',
          );
        return changeTo(actor, current, next);
      });
    } catch (error) {
      throw this.refusal(error);
    }
  }

  /** The known customer with this phone number or external id; there is one from now on. */
  async known(actor: Actor, field: UniqueField, value: string, said: Said = {}): Promise<CustomerDocument> {
    const found = await this.repository.findBy(actor, field, value);
    if (found !== null) return found;
    try {
      const profile = hear(noProfile, { ...said, [field]: value }, 'verified');
      return (await this.insertKnown(actor, profile, undefined)).document;
    } catch (error) {
      // Somebody else was faster with the same person.
      if (this.repository.takenField(error) !== field) throw error;
      const there = await this.repository.findBy(actor, field, value);
      if (there === null) throw new DomainError('busy');
      return there;
    }
  }

  private insertKnown(
    actor: Actor,
    profile: Profile,
    once: Idempotency | undefined,
  ): Promise<{ document: CustomerDocument; repeated: boolean }> {
    const _id = newId();
    const created = draft(actor, 'customer.created', {
      data: { id: _id, rev: 1 },
      subjects: [{ kind: PERSON, id: _id }],
    });
    const fields = { ...unused(this.clock.now()), ...profile, _id, kind: 'customer' as const };
    return this.repository.create(actor, { ...fields, words: searchWords(profile) }, once, [created]);
  }

  private refusal(error: unknown): unknown {
    const field = this.repository.takenField(error);
    return field === undefined
      ? error
      : new DomainError('conflict', `Another customer has this ${field}.`, { field });
  }
}

/** It became one between the look at it and the write. */
export function refuseTombstone({ kind }: CustomerDocument): void {
  if (kind === 'merged' || kind === 'erased') throw new DomainError('busy');
}
