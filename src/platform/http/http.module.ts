import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import type { Settings } from '../../config/env.js';
import { SETTINGS } from '../tokens.js';
import { ConventionsInterceptor } from './conventions.interceptor.js';
import { ErrorFilter } from './error.filter.js';
import { RouteTable } from './route-table.js';

/** The edge: what every route has in common. */
@Module({})
export class HttpModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        { provide: SETTINGS, useValue: settings },
        RouteTable,
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_INTERCEPTOR, useClass: ConventionsInterceptor },
      ],
      exports: [SETTINGS, RouteTable],
    };
  }
}
