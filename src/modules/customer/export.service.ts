import { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { PERSON } from '../../contracts/events.js';
import type { Actor } from '../../platform/actor.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import { withoutDeadline } from '../../platform/mongo/deadline.js';
import { PersonalDataRegistry, type Person } from '../../platform/privacy/personal-data.js';
import { CLOCK } from '../../platform/tokens.js';
import { personOf } from './customer.personal-data.js';
import { CustomerRepository } from './customer.repository.js';
import { CustomerService } from './customer.service.js';

/** Everything that is stored of a person, by whoever stores it, as one JSON document that is never whole in memory. */
@Injectable()
export class ExportService {
  constructor(
    private readonly customers: CustomerService,
    private readonly repository: CustomerRepository,
    private readonly registry: PersonalDataRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** That it was asked for is an event of the customer, since it is audited. */
  async open(actor: Actor, id: string): Promise<Readable> {
    const { _id } = await this.customers.get(actor, id);
    await this.repository.update(actor, _id, ({ rev }) => ({
      events: [
        draft(actor, 'customer.exported', {
          data: { id: _id, rev: rev + 1 },
          subjects: [{ kind: PERSON, id: _id }],
        }),
      ],
    }));
    const person = await personOf(this.repository, actor, _id);
    return Readable.from(unhurried(this.write(actor, person)));
  }

  /** A line a record: an owner with much of a person is read a record at a time. */
  private async *write(actor: Actor, person: Person): AsyncGenerator<string> {
    const head = { customer: person.id, also_known_as: person.ids.slice(1), exported_at: this.clock.now() };
    yield `${JSON.stringify(head).slice(0, -1)},"data":{`;
    let owners = 0;
    for (const owner of this.registry.all()) {
      yield `${owners === 0 ? '' : ','}\n${JSON.stringify(owner.name)}:[`;
      owners += 1;
      let records = 0;
      for await (const record of owner.export(actor, person)) {
        yield `${records === 0 ? '' : ','}\n${JSON.stringify(record)}`;
        records += 1;
      }
      yield ']';
    }
    yield '}}\n';
  }
}

/** A reader may take longer than a request has: each step leaves the deadline of whoever asks for it. */
function unhurried<T>(source: AsyncGenerator<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => withoutDeadline(() => source.next()),
      return: (value: unknown) => withoutDeadline(() => source.return(value)),
    }),
  };
}
