import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { systemActor } from '../../platform/actor.js';
import { FreshCache } from '../../platform/auth/fresh-cache.js';
import type { Clock } from '../../platform/clock.js';
import { Origins, type OriginLists } from '../../platform/http/origins.js';
import { CLOCK } from '../../platform/tokens.js';
import { BusinessRepository } from './business.repository.js';
import type { BusinessState } from './business.schema.js';

/** What every request asks of its business. */
export interface Entry {
  readonly state: BusinessState;
  readonly allowed_origins: readonly string[];
}

/** As old as the standing of a person may be: a suspension is in force on every pod within 5 s. */
const MAX_AGE_MS = 4_000;
const MOST_ENTRIES = 20_000;

/** The state of businesses and the origins that they allow, remembered for moments. */
@Injectable()
export class BusinessDirectory implements OriginLists, OnModuleInit {
  private readonly entries: FreshCache<Entry | undefined>;

  constructor(
    private readonly repository: BusinessRepository,
    private readonly origins: Origins,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.entries = new FreshCache(clock, MAX_AGE_MS, MOST_ENTRIES);
  }

  onModuleInit(): void {
    this.origins.use(this);
  }

  /** Undefined for a business that is not there, or not any more. */
  entry(business: string): Promise<Entry | undefined> {
    return this.entries.get(business, async () => {
      const found = await this.repository.find(systemActor(business));
      if (found === null || found.state === 'deleted') return undefined;
      return { state: found.state, allowed_origins: found.settings.allowed_origins };
    });
  }

  /** This pod sees its own writes at once; the others follow within 5 s. */
  forget(business: string): void {
    this.entries.forgetAll(business);
  }

  isAllowedSomewhere(origin: string): Promise<boolean> {
    return this.repository.someAllow(origin);
  }

  async isAllowedBy(business: string, origin: string): Promise<boolean> {
    return (await this.entry(business))?.allowed_origins.includes(origin) ?? false;
  }
}
