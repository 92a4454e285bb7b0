export { IdentityModule } from './identity.module.js';
export { IdentityDemo } from './demo.js';
export { RecordedMail, type Mail } from './mail.js';
export { TeamService } from './team.service.js';
