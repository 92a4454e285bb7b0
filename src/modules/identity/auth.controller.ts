import { Controller, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Actor } from '../../platform/actor.js';
import { ClientAddress, CurrentActor, Input, MaybeActor } from '../../platform/http/input.js';
import { reply } from '../../platform/http/reply.js';
import { Route } from '../../platform/http/route.js';
import {
  acceptInviteInput,
  changeMeInput,
  changePasswordInput,
  confirmResetInput,
  grantView,
  loginInput,
  meView,
  refreshInput,
  registerInput,
  requestResetInput,
  userView,
  type AcceptInviteInput,
  type ChangePasswordInput,
  type ConfirmResetInput,
  type LoginInput,
  type RefreshInput,
  type RegisterInput,
} from './identity.dto.js';
import { IdentityService } from './identity.service.js';
import { InviteService } from './invite.service.js';
import { PasswordService } from './password.service.js';
import { clearRefreshCookie, readRefreshCookie, setRefreshCookie } from './refresh-cookie.js';
import type { GrantView } from './staff.js';

@Controller('api/v1/auth')
export class AuthController {
  constructor(
    private readonly identity: IdentityService,
    private readonly passwords: PasswordService,
    private readonly invites: InviteService,
  ) {}

  @Route({
    method: 'POST',
    path: 'register',
    access: 'public',
    summary: 'Create a business and its owner',
    description:
      'An e-mail belongs to one user of one business. The same three values again within a day are the same registration.',
    body: registerInput,
    answer: grantView,
    status: 201,
    limit: 'register',
    errors: ['conflict', 'busy'],
  })
  async register(
    @Input('body') input: RegisterInput,
    @ClientAddress() ip: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { grant, repeated } = await this.identity.register(input, ip);
    return reply(withCookie(response, grant), { repeated });
  }

  @Route({
    method: 'POST',
    path: 'login',
    access: 'public',
    summary: 'Sign in',
    description: 'Twenty wrong answers a minute from one address for one account, then 429.',
    body: loginInput,
    answer: grantView,
    errors: ['unauthenticated', 'forbidden', 'rate_limited', 'busy'],
  })
  async login(
    @Input('body') input: LoginInput,
    @ClientAddress() ip: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withCookie(response, await this.identity.login(input, ip));
  }

  @Route({
    method: 'POST',
    path: 'refresh',
    access: 'public',
    summary: 'Exchange a refresh token for a fresh pair',
    description:
      'From the body, else from the cookie. Each one is good once: used a second time it ends the session for everybody.',
    body: refreshInput,
    answer: grantView,
    errors: ['unauthenticated'],
  })
  async refresh(
    @Input('body') input: RefreshInput,
    @ClientAddress() ip: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const token = input?.refresh_token ?? readRefreshCookie(request);
    return withCookie(response, await this.identity.refresh(token, ip));
  }

  @Route({
    method: 'POST',
    path: 'logout',
    access: 'public',
    summary: 'Sign out',
    description:
      'Ends the session of the access token and that of the refresh token, on every pod within 5 s.',
    body: refreshInput,
  })
  async logout(
    @MaybeActor() actor: Actor | undefined,
    @Input('body') input: RefreshInput,
    @ClientAddress() ip: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.identity.logout(actor, input?.refresh_token ?? readRefreshCookie(request), ip);
    clearRefreshCookie(response);
  }

  @Route({
    method: 'GET',
    path: 'me',
    access: 'signed-in',
    summary: 'Show who you are and what you may do',
    answer: meView,
  })
  me(@CurrentActor() actor: Actor) {
    return this.identity.me(actor);
  }

  @Route({
    method: 'PATCH',
    path: 'me',
    access: 'signed-in',
    summary: 'Change your name',
    body: changeMeInput,
    answer: userView,
  })
  changeMe(@CurrentActor() actor: Actor, @Input('body') { name }: z.infer<typeof changeMeInput>) {
    return this.identity.rename(actor, name);
  }

  @Route({
    method: 'POST',
    path: 'password',
    access: 'signed-in',
    summary: 'Change your password',
    description: 'Ends all your sessions and answers a new one.',
    body: changePasswordInput,
    answer: grantView,
    errors: ['conflict', 'busy'],
  })
  async changePassword(
    @CurrentActor() actor: Actor,
    @Input('body') input: ChangePasswordInput,
    @Res({ passthrough: true }) response: Response,
  ) {
    const user = await this.passwords.change(actor, input);
    return withCookie(response, await this.identity.admit(user, actor.ip));
  }

  @Route({
    method: 'POST',
    path: 'password/reset',
    access: 'public',
    summary: 'Ask for a link to choose a new password',
    description:
      'Answers 202 whether or not somebody has this e-mail. The link is good once, for 30 minutes.',
    body: requestResetInput,
    status: 202,
    limit: 'password-reset',
  })
  async requestReset(
    @Input('body') { email }: z.infer<typeof requestResetInput>,
    @ClientAddress() ip: string,
  ): Promise<void> {
    await this.passwords.requestReset(email, ip);
  }

  @Route({
    method: 'POST',
    path: 'password/reset/confirm',
    access: 'public',
    summary: 'Choose a new password with the token of the link',
    description: 'Ends all sessions of the user.',
    body: confirmResetInput,
    limit: 'password-reset',
    errors: ['gone', 'busy'],
  })
  async confirmReset(@Input('body') input: ConfirmResetInput, @ClientAddress() ip: string): Promise<void> {
    await this.passwords.confirmReset(input, ip);
  }

  @Route({
    method: 'POST',
    path: 'invites/accept',
    access: 'public',
    summary: 'Join a team with the token of an invitation',
    body: acceptInviteInput,
    answer: grantView,
    status: 201,
    limit: 'register',
    errors: ['gone', 'conflict', 'busy'],
  })
  async acceptInvite(
    @Input('body') input: AcceptInviteInput,
    @ClientAddress() ip: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const user = await this.invites.accept(input, ip);
    return withCookie(response, await this.identity.admit(user, ip));
  }
}

function withCookie(response: Response, grant: GrantView): GrantView {
  setRefreshCookie(response, grant.refresh_token);
  return grant;
}
