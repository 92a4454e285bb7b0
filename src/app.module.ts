import { Module, type DynamicModule } from '@nestjs/common';
import type { Settings } from './config/env.js';
import { BusinessModule } from './modules/business/index.js';
import { CustomerModule } from './modules/customer/index.js';
import { IdentityModule } from './modules/identity/index.js';
import { OperationsModule } from './modules/operations/index.js';
import { AuthModule } from './platform/auth/auth.module.js';
import { HttpModule } from './platform/http/http.module.js';
import { PrivacyModule } from './platform/privacy/privacy.module.js';
import { RedisModule } from './platform/redis/redis.module.js';
import { PlatformModule, type PlatformOptions } from './platform/platform.module.js';

export interface AppOptions extends PlatformOptions {
  readonly settings: Settings;
}

/** Every module of the service: the floor, the edge, then the features from the bottom up. */
@Module({})
export class AppModule {
  static forRoot(options: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(options),
        HttpModule.forRoot(options.settings),
        RedisModule.forRoot(),
        PrivacyModule,
        AuthModule,
        BusinessModule,
        IdentityModule,
        CustomerModule,
        OperationsModule,
      ],
    };
  }
}
