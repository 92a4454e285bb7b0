import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Settings } from '../../config/env.js';
import type { Clock } from '../clock.js';
import { CLOCK, SETTINGS } from '../tokens.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { Passwords } from './passwords.js';
import { Sealing } from './sealing.js';
import { Standings } from './standings.js';
import { Tokens } from './tokens.js';

const tokens = {
  provide: Tokens,
  inject: [SETTINGS, CLOCK],
  useFactory: ({ jwtSecret, accessTokenSeconds }: Settings, clock: Clock) =>
    new Tokens(jwtSecret, accessTokenSeconds, clock),
};
const sealing = {
  provide: Sealing,
  inject: [SETTINGS],
  useFactory: ({ jwtSecret }: Settings) => new Sealing(jwtSecret),
};

/** Who somebody is and what they may do, for every feature and every transport. */
@Global()
@Module({
  providers: [
    tokens,
    sealing,
    Standings,
    Authenticator,
    Passwords,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [Tokens, Sealing, Standings, Authenticator, Passwords],
})
export class AuthModule {}
