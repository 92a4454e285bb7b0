import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { permissions } from '../../contracts/audience.js';
import { DomainError } from '../../contracts/errors.js';
import type { Role } from '../../contracts/roles.js';
import type { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { can } from '../../platform/auth/can.js';
import { Passwords } from '../../platform/auth/passwords.js';
import { draft } from '../../platform/events/draft.js';
import { addressKey, RateLimits } from '../../platform/http/rate-limits.js';
import { BusinessService, type BusinessDocument } from '../business/index.js';
import type { LoginInput, meView, RegisterInput } from './identity.dto.js';
import { RegistrationService } from './registration.service.js';
import { SessionService } from './session.service.js';
import {
  findBusiness,
  requireUser,
  staffActor,
  toBusinessView,
  toUserView,
  type GrantView,
  type UserView,
} from './staff.js';
import { UserRepository } from './user.repository.js';
import type { UserDocument } from './user.schema.js';

/** Signing in and out, and who one is. */
@Injectable()
export class IdentityService {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: Passwords,
    private readonly sessions: SessionService,
    private readonly registrations: RegistrationService,
    private readonly businesses: BusinessService,
    private readonly limits: RateLimits,
  ) {}

  async register(input: RegisterInput, ip: string | null): Promise<{ grant: GrantView; repeated: boolean }> {
    const { owner, repeated } = await this.registrations.register(input, ip);
    return { grant: await this.admit(owner, ip), repeated };
  }

  /**
   * An unknown e-mail, a wrong password and somebody without one get the same answer in the same time: each runs
   * argon2 once. Twenty bad ones a minute of one address for one account, then nobody gets in there, right or wrong.
   */
  async login({ email, password }: LoginInput, ip: string | null): Promise<GrantView> {
    const key = attemptKey(email, ip);
    await this.limits.refuseAbove('login', key);
    const user = await this.users.findByEmail(email);
    if (!(await this.passwords.verify(user?.password_hash, password)) || user === null) {
      await this.limits.take('login', key);
      throw new DomainError('unauthenticated', 'E-mail or password is wrong.');
    }
    // Asked again: many at once would all have passed the first question.
    await this.limits.refuseAbove('login', key);
    return this.admit(user, ip);
  }

  /** Signs in a person who has shown who they are. */
  async admit(user: UserDocument, ip: string | null): Promise<GrantView> {
    if (user.state !== 'active') throw new DomainError('forbidden', 'This account is switched off.');
    const business = await this.businessOf(user, ip);
    const credentials = await this.sessions.begin(user, ip);
    return { ...credentials, user: toUserView(user), business: toBusinessView(business) };
  }

  async refresh(token: string | undefined, ip: string | null): Promise<GrantView> {
    if (token === undefined) throw new DomainError('unauthenticated', 'There is no refresh token.');
    const { credentials, user } = await this.sessions.refresh(token, ip);
    const business = await this.businessOf(user, ip);
    return { ...credentials, user: toUserView(user), business: toBusinessView(business) };
  }

  /** Ends whatever of the two is there; signing out twice is no mistake. */
  async logout(actor: Actor | undefined, token: string | undefined, ip: string | null): Promise<void> {
    if (actor !== undefined) await this.sessions.end(actor);
    if (token !== undefined) await this.sessions.endByToken(token, ip);
  }

  async me(actor: Actor): Promise<z.infer<typeof meView>> {
    const business = toBusinessView(await this.businesses.get(actor));
    const held = permissions.filter((permission) => can(actor, permission));
    const role = actor.role as Role;
    if (actor.session === undefined) {
      const key = { id: actor.id, scopes: [...(actor.scopes ?? [])] };
      return { user: null, key, role, permissions: held, business };
    }
    const user = await this.users.find(actor, actor.id);
    if (user === null) throw new DomainError('unauthenticated');
    return { user: toUserView(user), key: null, role, permissions: held, business };
  }

  async rename(actor: Actor, name: string): Promise<UserView> {
    const user = await this.users.update(actor, requireUser(actor), (current) => {
      if (current.name === name) return null;
      const { _id: id, rev, version, role } = current;
      const changed = draft(actor, 'user.changed', {
        data: { id, rev: rev + 1, version, role, cause: 'profile' },
        subjects: [{ kind: 'user', id }],
      });
      return { set: { name }, events: [changed] };
    });
    return toUserView(user);
  }

  /** The owner of a registration that stopped half-way finishes it by signing in, when the relay was not quicker. */
  private async businessOf(user: UserDocument, ip: string | null): Promise<BusinessDocument> {
    const actor = staffActor(user, ip);
    let business = await findBusiness(this.businesses, actor);
    if (business === null && user.founded !== undefined) {
      await this.registrations.found(actor, user.founded.business_name);
      business = await findBusiness(this.businesses, actor);
    }
    if (business === null) throw new DomainError('unauthenticated', 'This business was deleted.');
    return business;
  }
}

/** Counters may live in Redis: no e-mail goes there. */
export function attemptKey(account: string, ip: string | null): string {
  const hash = createHash('sha256').update(account).digest('base64url');
  return `${addressKey(ip ?? undefined)} ${hash}`;
}
