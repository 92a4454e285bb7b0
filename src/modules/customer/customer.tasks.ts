import { Injectable, type OnModuleInit } from '@nestjs/common';
import { systemActor } from '../../platform/actor.js';
import { Timers, type DueDocument } from '../../platform/timers/timers.js';
import { CustomerRepository } from './customer.repository.js';
import { ErasureService } from './erasure.service.js';
import { MergeService } from './merge.service.js';

/** What is due for a customer: a merge that its pod did not finish, or the next round of an erasure. */
@Injectable()
export class CustomerTasks implements OnModuleInit {
  constructor(
    private readonly timers: Timers,
    private readonly repository: CustomerRepository,
    private readonly merges: MergeService,
    private readonly erasures: ErasureService,
  ) {}

  onModuleInit(): void {
    this.timers.register({
      name: 'customers',
      model: this.repository.dueModel,
      handle: (due) => this.handle(due),
    });
  }

  private async handle({ business, _id }: DueDocument): Promise<void> {
    const customer = await this.repository.find(systemActor(business, 'timer'), _id);
    if (customer?.kind === 'merged') await this.merges.resume(customer);
    else if (customer?.kind === 'erased') await this.erasures.resume(customer);
  }
}
