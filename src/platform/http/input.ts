import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '../actor.js';
import type { Idempotency } from '../events/tenant.repository.js';
import type { ParsedInput, ServiceRequest } from './request.js';

export type { Idempotency };

/** What a handler's parameters can be; the route's definition says what is in them. */

/** Who acts. Not for a public route, where nobody need be signed in. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = requestOf(context);
  if (actor === undefined) throw new Error('This route lets in callers without an actor: use @MaybeActor().');
  return actor;
});

/** Whoever acts on a public route, if anybody does. */
export const MaybeActor = createParamDecorator(
  (_: unknown, context: ExecutionContext): Actor | undefined => requestOf(context).actor,
);

/** The body, the query or the path's parameters, parsed by the route's schema: type it as `z.infer` of that. */
export const Input = createParamDecorator((part: keyof ParsedInput, context: ExecutionContext): unknown => {
  const { input } = requestOf(context);
  return input?.[part];
});

/** Key and hash of an `Idempotency-Key`, or undefined when the client sent none; goes to the service as it is. */
export const Idempotent = createParamDecorator(
  (_: unknown, context: ExecutionContext): Idempotency | undefined => requestOf(context).idempotency,
);

/** The caller's address, as the trusted proxies tell it: for the audit of callers who are nobody yet. */
export const ClientAddress = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => requestOf(context).ip ?? 'unknown',
);

function requestOf(context: ExecutionContext): ServiceRequest {
  return context.switchToHttp().getRequest<ServiceRequest>();
}
