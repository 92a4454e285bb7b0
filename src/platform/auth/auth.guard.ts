import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../../contracts/errors.js';
import { isStaffRole } from '../../contracts/roles.js';
import type { Actor } from '../actor.js';
import type { Logger } from '../logging.js';
import { LOGGER } from '../tokens.js';
import { ACCESS, WHILE_SUSPENDED, type Access, type AuthenticatedRequest } from './access.js';
import { Authenticator, type Authenticated } from './authenticator.js';
import { can } from './can.js';

/** What the guard reads of a request: Express has it all. */
interface GuardedRequest extends AuthenticatedRequest {
  readonly headers: { readonly authorization?: string };
  readonly ip?: string;
  readonly method: string;
  readonly route?: { readonly path?: string };
}

/** Whether the actor may call a route of this access. Refuses by default. */
export function allows(access: Access, actor: Actor): boolean {
  if (access === 'public') return true;
  if (access === 'signed-in') return isStaffRole(actor.role) || actor.role === 'integrator';
  if (access === 'customer') return actor.role === 'customer' || actor.role === 'visitor';
  return can(actor, access);
}

/** Before every route: who is it, and may they? The decision is by the access that the route declares. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<Access | undefined>(ACCESS, context.getHandler());
    if (access === undefined) throw new DomainError('forbidden');
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    if (access === 'public') {
      await this.recognise(request);
      return true;
    }
    const { actor, suspended } = await this.authenticate(request);
    request.actor = actor;
    const route = `${request.method} ${request.route?.path ?? ''}`;
    if (!allows(access, actor)) this.refused(actor, access, route);
    if (suspended && access !== 'signed-in' && !this.worksSuspended(context, actor, request.method))
      throw new DomainError('business_suspended');
    return true;
  }

  /** A suspended business is read by its staff, and its owner can resume it. */
  private worksSuspended(context: ExecutionContext, { role }: Actor, method: string): boolean {
    const flagged = this.reflector.get<boolean | undefined>(WHILE_SUSPENDED, context.getHandler());
    return isStaffRole(role) && (method === 'GET' || method === 'HEAD' || flagged === true);
  }

  /** A public route is open with whatever is in the header: a stale token must not keep anybody from signing in. */
  private async recognise(request: GuardedRequest): Promise<void> {
    if (request.headers.authorization === undefined) return;
    try {
      request.actor = (await this.authenticate(request)).actor;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }

  private authenticate({ headers, ip }: GuardedRequest): Promise<Authenticated> {
    return this.authenticator.fromHeader(headers.authorization, ip ?? null);
  }

  /** The one place where a known actor is turned away: what is to be told of it is told here, with ids only. */
  private refused(actor: Actor, permission: Access, route: string): never {
    const { business, id, role } = actor;
    this.logger.warn({ business, actor: id, role, permission, route }, 'Access refused');
    throw new DomainError('forbidden');
  }
}
