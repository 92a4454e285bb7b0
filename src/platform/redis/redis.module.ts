import { Inject, Module, Optional, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Settings } from '../../config/env.js';
import type { Logger } from '../logging.js';
import { COUNTERS, LOGGER, SETTINGS } from '../tokens.js';
import { RedisConnection } from './connection.js';
import { memoryCounters, RedisCounters } from './redis-counters.js';

/** What pods share beside the database: hints that may be lost. Without REDIS_URL the same in memory, for one pod. */
@Module({})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Optional() @Inject(RedisConnection) private readonly connection: RedisConnection | null) {}

  static forRoot(): DynamicModule {
    return {
      module: RedisModule,
      global: true,
      providers: [
        {
          provide: RedisConnection,
          inject: [SETTINGS, LOGGER],
          useFactory: async ({ redisUrl }: Settings, logger: Logger) => {
            if (redisUrl === undefined) return null;
            const connection = new RedisConnection(redisUrl, logger);
            await connection.settled(1_000);
            return connection;
          },
        },
        {
          provide: COUNTERS,
          inject: [RedisConnection],
          useFactory: (connection: RedisConnection | null) =>
            connection === null ? memoryCounters() : new RedisCounters(connection),
        },
      ],
      exports: [RedisConnection, COUNTERS],
    };
  }

  onApplicationShutdown(): void {
    this.connection?.close();
  }
}
