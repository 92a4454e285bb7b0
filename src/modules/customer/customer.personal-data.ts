import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from '../../platform/actor.js';
import {
  PersonalDataRegistry,
  type PersonalData,
  type Person,
} from '../../platform/privacy/personal-data.js';
import { noProfile } from './customer.fields.js';
import { CustomerRepository } from './customer.repository.js';
import type { CustomerDocument } from './customer.schema.js';

const PAGE = 100;

/** A customer and the visitors who turned out to be it. */
export async function personOf(repository: CustomerRepository, actor: Actor, id: string): Promise<Person> {
  const ids = [id];
  for await (const { _id } of mergedInto(repository, actor, id)) ids.push(_id);
  return { id, ids };
}

async function* mergedInto(
  repository: CustomerRepository,
  actor: Actor,
  id: string,
): AsyncGenerator<CustomerDocument> {
  let after = '';
  for (;;) {
    const page = await repository.mergedInto(actor, id, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last._id;
  }
}

/** What this module keeps of persons itself. */
@Injectable()
export class CustomerPersonalData implements PersonalData, OnModuleInit {
  readonly name = 'customers';

  constructor(
    private readonly repository: CustomerRepository,
    private readonly registry: PersonalDataRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** As stored, but for what is made from the rest and for the token's hash. */
  async *export(actor: Actor, { ids }: Person): AsyncIterable<unknown> {
    for (const id of ids) {
      const found = await this.repository.find(actor, id);
      if (found === null) continue;
      const { words: _words, visitor_token: _token, business: _business, dueAt: _dueAt, ...shown } = found;
      yield shown;
    }
  }

  /** The customer itself was emptied when it was erased; a merged visitor may have kept what it was to hand over. */
  async erase(actor: Actor, { id, ids }: Person): Promise<void> {
    for (const merged of ids) {
      if (merged === id) continue;
      await this.repository.update(actor, merged, (current) => {
        const empty = current.visitor_token === null && current.dueAt === null;
        if (current.kind !== 'merged' || empty) return null;
        const set = { ...noProfile, words: [], visitor_token: null, last_seen_at: null, dueAt: null };
        return { set, events: [] };
      });
    }
  }
}
