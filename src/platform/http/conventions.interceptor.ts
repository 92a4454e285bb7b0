import {
  Inject,
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { Settings } from '../../config/env.js';
import type { Clock } from '../clock.js';
import { REQUEST_DEADLINE_MS, asRequest, withoutDeadline } from '../mongo/deadline.js';
import { CLOCK, SETTINGS } from '../tokens.js';
import { readJsonBody } from './body.js';
import { readIdempotency } from './idempotency.js';
import { Origins } from './origins.js';
import { addressKey, RateLimits } from './rate-limits.js';
import { Reply } from './reply.js';
import type { ServiceRequest } from './request.js';
import { ROUTE, type RouteDefinition } from './route.js';
import { parseInput } from './validate.js';

/** What every route has in common, read from its definition, between the guards and the handler. */
@Injectable()
export class ConventionsInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly limits: RateLimits,
    private readonly origins: Origins,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = this.reflector.get<RouteDefinition | undefined>(ROUTE, context.getHandler());
    if (route === undefined) return next.handle();
    const http = context.switchToHttp();
    return from(this.run(route, http.getRequest<ServiceRequest>(), http.getResponse<Response>(), next));
  }

  private async run(
    route: RouteDefinition,
    request: ServiceRequest,
    response: Response,
    next: CallHandler,
  ): Promise<unknown> {
    await this.admit(route, request, response);
    const usedMs = this.clock.monotonic() - (request.arrivedAt ?? this.clock.monotonic());
    const body = await readJsonBody(request, this.settings.maxBodyBytes);
    request.input = parseInput(route, { body, query: request.query, params: request.params });
    const idempotency = route.idempotent === true ? readIdempotency(request, body) : undefined;
    if (idempotency !== undefined) request.idempotency = idempotency;
    const handle = () => lastValueFrom<unknown>(next.handle());
    // The guards' share is gone; what the client took to send its body is not the handler's fault.
    const result: unknown =
      route.always === true
        ? await handle()
        : await withoutDeadline(() => asRequest(handle, REQUEST_DEADLINE_MS - usedMs));
    return this.answer(route, result, response);
  }

  /** What can be told only now that the caller is known. */
  private async admit(
    { limit }: RouteDefinition,
    request: ServiceRequest,
    response: Response,
  ): Promise<void> {
    const { actor } = request;
    const who = actor === undefined ? addressKey(request.ip) : `${actor.business} ${actor.id}`;
    if (actor !== undefined) {
      await this.origins.admitTo(actor.business, request.get('origin'), request.get('host'));
      await this.limits.take('actor', who, response);
    }
    if (limit !== undefined) await this.limits.take(limit, who, response);
  }

  private answer(route: RouteDefinition, result: unknown, response: Response): unknown {
    const replied: Reply<unknown> = result instanceof Reply ? result : new Reply<unknown>(result, {});
    const value: unknown = replied.value;
    if (replied.options.status !== undefined) response.status(replied.options.status);
    if (replied.options.repeated === true) response.setHeader('Idempotent-Replayed', 'true');
    if (route.answer === undefined) return value instanceof StreamableFile ? value : undefined;
    // Parsed, so that nothing leaves that the schema does not show.
    return route.answer.parse(value);
  }
}
