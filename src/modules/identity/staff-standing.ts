import { Injectable, type OnModuleInit } from '@nestjs/common';
import { systemActor } from '../../platform/actor.js';
import { Standings, type Standing } from '../../platform/auth/standings.js';
import type { VerifiedToken } from '../../platform/auth/tokens.js';
import { BusinessService } from '../business/index.js';
import { SessionRepository } from './session.repository.js';
import { SessionService } from './session.service.js';
import { findBusiness } from './staff.js';
import { UserRepository } from './user.repository.js';

/** Tells the guard whether a token of the staff is still good. Read at most every few seconds for each session. */
@Injectable()
export class StaffStanding implements OnModuleInit {
  constructor(
    private readonly standings: Standings,
    private readonly users: UserRepository,
    private readonly sessions: SessionRepository,
    private readonly service: SessionService,
    private readonly businesses: BusinessService,
  ) {}

  onModuleInit(): void {
    this.standings.register('staff', (token) => this.read(token));
  }

  private async read(token: VerifiedToken): Promise<Standing> {
    const [user, session, business] = await Promise.all([
      this.users.find(token, token.id),
      this.sessions.find(token, token.session),
      findBusiness(this.businesses, systemActor(token.business)),
    ]);
    const refused = { code: 'unauthenticated' as const };
    if (user === null || session === null || business === null)
      return { version: -1, suspended: false, refused };
    const suspended = business.state === 'suspended';
    const standing = { version: user.version, suspended };
    if (user.state !== 'active')
      return { ...standing, refused: { ...refused, message: 'This account is switched off.' } };
    if (session.user !== user._id || !this.service.isOpen(session, user))
      return { ...standing, refused: { ...refused, message: 'This session is over. Sign in again.' } };
    return standing;
  }
}
