import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Inject, Req, StreamableFile } from '@nestjs/common';
import type { Settings } from '../../config/env.js';
import { DomainError } from '../../contracts/errors.js';
import { Metrics } from '../metrics.js';
import { SETTINGS } from '../tokens.js';
import type { ServiceRequest } from './request.js';
import { Route } from './route.js';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The figures of this pod for Prometheus, for whoever has METRICS_TOKEN. METRICS_PORT serves them without one. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Route({
    method: 'GET',
    path: '',
    access: 'public',
    always: true,
    summary: 'Read the metrics of this pod',
    description: 'With METRICS_TOKEN as a bearer token; 404 when none is set.',
    file: METRICS_TYPE,
    errors: ['unauthenticated', 'not_found'],
  })
  async read(@Req() request: ServiceRequest): Promise<StreamableFile> {
    const { metricsToken } = this.settings;
    if (metricsToken === undefined) throw new DomainError('not_found', 'There is no such route.');
    if (!isSame(request.get('authorization') ?? '', `Bearer ${metricsToken}`))
      throw new DomainError('unauthenticated', 'Send the token of METRICS_TOKEN.');
    return new StreamableFile(Buffer.from(await this.metrics.registry.metrics()), { type: METRICS_TYPE });
  }
}

/** Takes as long whatever the difference is: both are hashed to one length first. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
