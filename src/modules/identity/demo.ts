import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { StaffRole } from '../../contracts/roles.js';
import { systemActor } from '../../platform/actor.js';
import { DemoSeeds } from '../../platform/demo-seeds.js';
import { draft } from '../../platform/events/draft.js';
import { isDuplicateOf } from '../../platform/mongo/failures.js';
import { newId } from '../../platform/mongo/ids.js';
import { RegistrationService } from './registration.service.js';
import { TeamService } from './team.service.js';
import { UserRepository } from './user.repository.js';

const BUSINESS = 'Deskwire Demo';
const owner = { email: 'owner@demo.test', name: 'Olivia Owner', password: 'deskwire-demo' };
const others: readonly { email: string; name: string; password: string; role: StaffRole }[] = [
  { email: 'agent@demo.test', name: 'Adam Agent', password: 'deskwire-demo', role: 'agent' },
  { email: 'freshuser@test.com', name: 'Fresh User', password: 'Test123!', role: 'admin' },
];

/** The people of the demo business. Whoever is there stays as they are, with the password that they chose since. */
@Injectable()
export class IdentityDemo implements OnModuleInit {
  constructor(
    private readonly seeds: DemoSeeds,
    private readonly registrations: RegistrationService,
    private readonly users: UserRepository,
    private readonly team: TeamService,
  ) {}

  onModuleInit(): void {
    this.seeds.add('people', () => this.seedDemo().then(() => undefined), [owner, ...others]);
  }

  /** Answers the demo business. Run again, by any pod, it finds everybody there. */
  async seedDemo(): Promise<string> {
    const known = await this.users.findByEmail(owner.email);
    const { business } = known ?? (await this.registerOwner());
    for (const person of others) {
      const there = await this.users.findByEmail(person.email);
      if (there === null) await this.addPerson(business, person);
    }
    return business;
  }

  private async registerOwner(): Promise<{ business: string }> {
    const input = { ...owner, business_name: BUSINESS };
    return (await this.registrations.register(input, null)).owner;
  }

  private async addPerson(business: string, person: (typeof others)[number]): Promise<void> {
    const actor = systemActor(business, 'demo');
    const id = newId();
    const joined = draft(actor, 'user.joined', {
      data: { id, role: person.role, invite: null },
      subjects: [{ kind: 'user', id }],
    });
    try {
      await this.users.insert(actor, await this.registrations.newUser(id, person), [joined]);
    } catch (error) {
      if (!isDuplicateOf(error, 'email')) throw error;
      return;
    }
    await this.team.add(actor, id, person.role);
  }
}
