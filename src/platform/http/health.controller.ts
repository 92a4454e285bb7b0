import { Controller, Inject, Req } from '@nestjs/common';
import { z } from 'zod';
import type { Actor } from '../actor.js';
import { can } from '../auth/can.js';
import { Health } from './health.js';
import { MaybeActor } from './input.js';
import { reply } from './reply.js';
import type { ServiceRequest } from './request.js';
import { Route } from './route.js';

const parts = z.strictObject({
  database: z.enum(['ok', 'away']),
  redis: z.enum(['ok', 'away', 'none']),
  leaving: z.boolean(),
  pod: z.string(),
  uptime_seconds: z.int(),
});
const readiness = z
  .strictObject({ status: z.enum(['ok', 'degraded', 'unavailable']), details: parts.optional() })
  .meta({ id: 'Readiness' });
const liveness = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Liveness' });

/** For whoever watches the pods. Details are for admins and for the machine itself. */
@Controller('health')
export class HealthController {
  constructor(@Inject(Health) private readonly health: Health) {}

  @Route({
    method: 'GET',
    path: 'live',
    access: 'public',
    always: true,
    summary: 'Tell whether the process is alive',
    answer: liveness,
  })
  live() {
    return { status: 'ok' as const };
  }

  @Route({
    method: 'GET',
    path: 'ready',
    access: 'public',
    always: true,
    summary: 'Tell whether the pod takes requests',
    description:
      '200 with `ok`, or with `degraded` while Redis is away; 503 with `unavailable` while the database is away ' +
      'or the pod is leaving. Details for an admin and on the loopback.',
    answer: readiness,
    otherStatuses: { 503: readiness },
  })
  async ready(@MaybeActor() actor: Actor | undefined, @Req() request: ServiceRequest) {
    const { status, details } = await this.health.look();
    const mayKnow = isOnTheMachine(request) || (actor !== undefined && can(actor, 'operations.read'));
    return reply(mayKnow ? { status, details } : { status }, {
      status: status === 'unavailable' ? 503 : 200,
    });
  }
}

/** A proxy on the same machine that is not a trusted one must not make everybody local. */
function isOnTheMachine(request: ServiceRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return isLoopback && request.get('x-forwarded-for') === undefined && request.get('forwarded') === undefined;
}
