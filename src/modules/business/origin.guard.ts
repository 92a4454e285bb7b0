import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Origins } from '../../platform/http/origins.js';
import type { ServiceRequest } from '../../platform/http/request.js';
import { BusinessDirectory } from './business.directory.js';

/**
 * Once it is known who calls: does their business allow the page that they call from? At the door it was only known
 * that some business does. Whether the business is there and works is part of everybody's standing.
 */
@Injectable()
export class OriginGuard implements CanActivate {
  constructor(
    private readonly origins: Origins,
    directory: BusinessDirectory,
  ) {
    origins.use(directory);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { actor, headers } = context.switchToHttp().getRequest<ServiceRequest>();
    if (actor !== undefined) await this.origins.admitTo(actor.business, headers.origin, headers.host);
    return true;
  }
}
