import { Injectable, type OnModuleInit } from '@nestjs/common';
import { systemActor } from '../../platform/actor.js';
import { Standings, type Standing } from '../../platform/auth/standings.js';
import type { VerifiedToken } from '../../platform/auth/tokens.js';
import { BusinessDirectory } from '../business/index.js';
import { CustomerRepository } from './customer.repository.js';

/** Customers have no passwords and sessions to end: their tokens stand while they and their business do. */
export const STANDING_VERSION = 1;

/** Tells the guard whether a token of a customer or a visitor is still good. */
@Injectable()
export class CustomerStanding implements OnModuleInit {
  constructor(
    private readonly standings: Standings,
    private readonly repository: CustomerRepository,
    private readonly directory: BusinessDirectory,
  ) {}

  onModuleInit(): void {
    this.standings.register('customer', (token) => this.read(token));
  }

  private async read({ business, id, role }: VerifiedToken): Promise<Standing> {
    const [customer, entry] = await Promise.all([
      this.repository.find(systemActor(business), id),
      this.directory.entry(business),
    ]);
    const suspended = entry?.state === 'suspended';
    // A merged visitor is told to open a new session; who they are now they have to prove.
    if (entry === undefined || customer === null || customer.kind !== role)
      return { version: STANDING_VERSION, suspended, refused: { code: 'unauthenticated' } };
    return { version: STANDING_VERSION, suspended };
  }
}
