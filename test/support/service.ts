import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from '../../src/app.module.js';
import { readSettings, withSecret, type Settings } from '../../src/config/env.js';
import { closeApplication, createApplication, letIn } from '../../src/platform/http/application.js';
import { Door } from '../../src/platform/http/door.js';
import { DemoSeeds } from '../../src/platform/demo-seeds.js';
import type { Logger } from '../../src/platform/logging.js';
import { Database } from '../../src/platform/mongo/connection.js';
import type { PlatformOptions } from '../../src/platform/platform.module.js';
import { startTestDatabase } from './database.js';
import { keptLogger } from './kept-logs.js';

export interface ServiceOptions extends Partial<Pick<PlatformOptions, 'clock' | 'background' | 'retention'>> {
  /** Environment variables, as an operator would set them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Settings as the service sees them, over those of the environment. */
  readonly settings?: Partial<Settings>;
  /** An existing database, for a second pod or one that goes away; the caller closes it. */
  readonly databaseUri?: string;
  readonly pod?: string;
  /** Modules of the test beside the service's own. */
  readonly modules?: readonly ModuleImport[];
  readonly logger?: Logger;
}

type ModuleImport = NonNullable<DynamicModule['imports']>[number];

/** Holds the service and what a test adds to it. */
class TestRoot {}

export interface RunningService {
  /** For example http://127.0.0.1:41234 */
  readonly url: string;
  readonly app: NestExpressApplication;
  readonly settings: Settings;
  readonly databaseUri: string;
  close(): Promise<void>;
}

/** The whole service on a port of its own, over a database of its own. Not seeded, quiet, limits far away. */
export async function startService(options: ServiceOptions = {}): Promise<RunningService> {
  const own = options.databaseUri === undefined ? await startTestDatabase() : undefined;
  const databaseUri = options.databaseUri ?? own?.uri ?? '';
  const settings: Settings = {
    ...withSecret(
      readSettings({
        NODE_ENV: 'test',
        DEMO: '0',
        RATE_LIMIT_FACTOR: '10000',
        LOG_LEVEL: 'silent',
        ...options.environment,
      }),
      () => 'a secret of a test, with 32 bytes or more',
    ),
    ...options.settings,
  };
  const logger = options.logger ?? keptLogger(settings.logLevel);
  const database = await Database.connect(databaseUri);
  const door = new Door();
  const { port } = await door.open(0, '127.0.0.1');
  const letGo = async () => {
    await door.close(0);
    await database.close();
    await own?.close();
  };
  const service = AppModule.forRoot({ pod: 'test', ...options, settings, logger, database });
  const module = { module: TestRoot, imports: [service, ...(options.modules ?? [])] };
  const app = await createApplication(module, door, logger).catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  if (settings.demo) await app.get(DemoSeeds).run(logger);
  letIn(app, door);
  return {
    url: `http://127.0.0.1:${port}`,
    app,
    settings,
    databaseUri,
    close: async () => {
      await closeApplication(app, door);
      await letGo();
    },
  };
}
