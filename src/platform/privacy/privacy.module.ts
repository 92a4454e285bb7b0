import { Global, Module } from '@nestjs/common';
import type { Clock } from '../clock.js';
import { deliverySchema } from '../deliveries/delivery.schema.js';
import { deadLetterSchema } from '../events/dead-letters.js';
import { JOURNAL, journalSchema } from '../journal/journal.schema.js';
import { Collections } from '../mongo/collections.js';
import { CLOCK } from '../tokens.js';
import { DeadLettersPersonalData } from './dead-letters.personal-data.js';
import { DeliveriesPersonalData } from './deliveries.personal-data.js';
import { JournalPersonalData } from './journal.personal-data.js';
import { PersonalDataRegistry } from './personal-data.js';

const registry = {
  provide: PersonalDataRegistry,
  inject: [Collections, CLOCK],
  useFactory: (collections: Collections, clock: Clock): PersonalDataRegistry => {
    const owners = new PersonalDataRegistry();
    owners.register(new JournalPersonalData(collections.patient(JOURNAL, journalSchema)));
    owners.register(new DeliveriesPersonalData(collections.patient('deliveries', deliverySchema), clock));
    owners.register(new DeadLettersPersonalData(collections.patient('dead_letters', deadLetterSchema)));
    return owners;
  },
};

/** Who keeps something of persons. The platform's own collections are in it; features add theirs. */
@Global()
@Module({ providers: [registry], exports: [PersonalDataRegistry] })
export class PrivacyModule {}
