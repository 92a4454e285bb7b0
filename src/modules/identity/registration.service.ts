import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '../../contracts/errors.js';
import type { StaffRole } from '../../contracts/roles.js';
import type { DomainEvent } from '../../contracts/events.js';
import type { Actor } from '../../platform/actor.js';
import { Passwords } from '../../platform/auth/passwords.js';
import type { Clock } from '../../platform/clock.js';
import { draft } from '../../platform/events/draft.js';
import type { NewDocument } from '../../platform/events/tenant.repository.js';
import { isDuplicateKey, isDuplicateOf } from '../../platform/mongo/failures.js';
import { newId } from '../../platform/mongo/ids.js';
import { CLOCK } from '../../platform/tokens.js';
import { BusinessService } from '../business/index.js';
import type { RegisterInput } from './identity.dto.js';
import { TeamRepository } from './team.repository.js';
import { UserRepository } from './user.repository.js';
import type { UserDocument } from './user.schema.js';

/** So long the same registration may be sent again and is answered as the first time. */
const REPEATABLE_MS = 24 * 3_600_000;

/**
 * A registration is one write: the owner, under an e-mail that exists once, with the event that says what else there
 * is to be. Business and team are made from that event, here at once and by the relay after a crash, under ids that
 * are known beforehand: whoever comes second finds them there.
 */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UserRepository,
    private readonly teams: TeamRepository,
    private readonly businesses: BusinessService,
    private readonly passwords: Passwords,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Answers the owner. The same three values again are the same registration; any other taken e-mail is refused. */
  async register(
    input: RegisterInput,
    ip: string | null,
  ): Promise<{ owner: UserDocument; repeated: boolean }> {
    const first = await this.insertOwner(input, ip);
    const owner = first ?? (await this.repeat(input));
    await this.found({ business: owner.business, id: owner._id, role: owner.role, ip }, input.business_name);
    return { owner, repeated: first === undefined };
  }

  /** What stands behind an owner: the business under the id that the owner names, and the team with nobody else. */
  async found(owner: Actor, businessName: string): Promise<void> {
    try {
      await this.businesses.create({ name: businessName }, owner, owner.business);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    await this.teams.found(owner, [{ id: owner.id, role: 'owner', state: 'active' }]);
  }

  finish(event: DomainEvent<'business.registered'>): Promise<void> {
    const { business, actor, data } = event;
    return this.found({ ...actor, business, id: data.owner, role: 'owner' }, data.name);
  }

  /** The fields of somebody who can sign in from now on. */
  async newUser(
    id: string,
    person: {
      readonly email: string;
      readonly name: string;
      readonly role: StaffRole;
      readonly password: string;
    },
  ): Promise<NewDocument<UserDocument>> {
    const { email, name, role, password } = person;
    return {
      _id: id,
      email,
      name,
      role,
      state: 'active',
      team_rev: 0,
      password_hash: await this.passwords.hash(password),
      version: 1,
      epoch: 1,
      created_at: this.clock.now(),
    };
  }

  /** Undefined when the e-mail is taken. */
  private async insertOwner(input: RegisterInput, ip: string | null): Promise<UserDocument | undefined> {
    const { business_name, email, password } = input;
    const name = input.name ?? email.slice(0, email.indexOf('@'));
    const id = newId();
    const actor: Actor = { business: newId(), id, role: 'owner', ip };
    const subjects = [{ kind: 'user', id }];
    const registered = draft(actor, 'business.registered', {
      data: { id: actor.business, name: business_name, owner: id },
      subjects: [{ kind: 'business', id: actor.business }, ...subjects],
    });
    const fields = await this.newUser(id, { email, name, role: 'owner', password });
    try {
      return await this.users.insert(actor, { ...fields, founded: { business_name } }, [registered]);
    } catch (error) {
      if (!isDuplicateOf(error, 'email')) throw error;
      return undefined;
    }
  }

  private async repeat(input: RegisterInput): Promise<UserDocument> {
    const user = await this.users.findByEmail(input.email);
    const since = this.clock.now().getTime() - REPEATABLE_MS;
    const same =
      user?.founded?.business_name === input.business_name &&
      user.state === 'active' &&
      user.created_at.getTime() > since;
    const right = await this.passwords.verify(user?.password_hash, input.password);
    if (user === null || !same || !right)
      throw new DomainError('conflict', 'This e-mail is registered already. Sign in, or reset the password.');
    return user;
  }
}
