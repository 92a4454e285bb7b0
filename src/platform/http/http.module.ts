import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import type { Settings } from '../../config/env.js';
import { SETTINGS } from '../tokens.js';
import { ConventionsInterceptor } from './conventions.interceptor.js';
import { ErrorFilter } from './error.filter.js';
import { HealthController } from './health.controller.js';
import { Health } from './health.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsServer } from './metrics.server.js';
import { Origins } from './origins.js';
import { PodState } from './pod-state.js';
import { RateLimits } from './rate-limits.js';
import { RouteTable } from './route-table.js';

/** The edge: what every route has in common. */
@Module({})
export class HttpModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      imports: [DiscoveryModule],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: SETTINGS, useValue: settings },
        RouteTable,
        RateLimits,
        Origins,
        PodState,
        Health,
        MetricsServer,
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_INTERCEPTOR, useClass: ConventionsInterceptor },
      ],
      exports: [SETTINGS, RouteTable, RateLimits, Origins, PodState],
    };
  }
}
