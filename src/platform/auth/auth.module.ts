import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Settings } from '../../config/env.js';
import type { Clock } from '../clock.js';
import { CLOCK, SETTINGS } from '../tokens.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { Passwords } from './passwords.js';
import { Standings } from './standings.js';
import { Tokens } from './tokens.js';

const tokens = {
  provide: Tokens,
  inject: [SETTINGS, CLOCK],
  useFactory: ({ jwtSecret, accessTokenSeconds }: Settings, clock: Clock) =>
    new Tokens(jwtSecret, accessTokenSeconds, clock),
};

/** Who somebody is and what they may do, for every feature and every transport. */
@Global()
@Module({
  providers: [tokens, Standings, Authenticator, Passwords, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [Tokens, Standings, Authenticator, Passwords],
})
export class AuthModule {}
