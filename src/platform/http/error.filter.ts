import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError } from '../../contracts/errors.js';
import type { Logger } from '../logging.js';
import { LOGGER } from '../tokens.js';
import { httpStatus, toBody, toDomainError } from './errors.js';
import type { ServiceRequest } from './request.js';
import { RouteTable } from './route-table.js';

/** Turns whatever was thrown into the one error shape. What a client may not see goes to the log only. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly routes: RouteTable,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<ServiceRequest>();
    this.send(this.refine(toDomainError(thrown), thrown, request, http.getResponse<Response>()), http);
  }

  /** A path that is served with other methods is not unknown. */
  private refine(
    error: DomainError,
    thrown: unknown,
    request: ServiceRequest,
    response: Response,
  ): DomainError {
    if (error.code !== 'not_found' || thrown instanceof DomainError) return error;
    const allowed = this.routes.methodsOf(request.path);
    if (allowed.length === 0) return new DomainError('not_found', 'There is no such route.');
    response.setHeader('Allow', allowed.join(', '));
    return new DomainError('method_not_allowed');
  }

  private send(error: DomainError, http: ReturnType<ArgumentsHost['switchToHttp']>): void {
    const request = http.getRequest<ServiceRequest>();
    const response = http.getResponse<Response>();
    const requestId = request.requestId ?? 'unknown';
    if (error.code === 'internal')
      this.logger.error({ err: error.cause, request_id: requestId }, 'A request failed by our mistake');
    else if (error.code === 'unavailable')
      this.logger.warn({ err: error.cause, request_id: requestId }, 'The database did not answer a request');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // A body that nobody will read: the connection cannot be used for another request.
    if (!request.complete) response.setHeader('Connection', 'close');
    const retryAfter = error.details?.['retry_after'] ?? (error.retryable ? 1 : undefined);
    if (typeof retryAfter === 'number') response.setHeader('Retry-After', retryAfter);
    response.status(httpStatus(error)).json(toBody(error, requestId));
  }
}
