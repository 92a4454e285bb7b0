import { Module } from '@nestjs/common';
import { BusinessModule } from '../business/index.js';
import { ApiKeyController } from './api-key.controller.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeyService } from './api-key.service.js';
import { AuthController } from './auth.controller.js';
import { IdentityDemo } from './demo.js';
import { IdentityListener } from './identity.listener.js';
import { IdentityService } from './identity.service.js';
import { InviteService } from './invite.service.js';
import { MailListener } from './mail.listener.js';
import { RecordedMail } from './mail.js';
import { PasswordService } from './password.service.js';
import { RegistrationService } from './registration.service.js';
import { SessionRepository } from './session.repository.js';
import { SessionService } from './session.service.js';
import { StaffStanding } from './staff-standing.js';
import { TeamController } from './team.controller.js';
import { TeamRepository } from './team.repository.js';
import { TeamService } from './team.service.js';
import { UserRepository } from './user.repository.js';

@Module({
  imports: [BusinessModule],
  controllers: [AuthController, TeamController, ApiKeyController],
  providers: [
    UserRepository,
    SessionRepository,
    TeamRepository,
    ApiKeyRepository,
    RegistrationService,
    SessionService,
    IdentityService,
    PasswordService,
    TeamService,
    InviteService,
    ApiKeyService,
    StaffStanding,
    IdentityListener,
    MailListener,
    RecordedMail,
    IdentityDemo,
  ],
  exports: [IdentityService, TeamService, IdentityDemo, RecordedMail],
})
export class IdentityModule {}
