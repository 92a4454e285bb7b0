import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Settings } from '../../config/env.js';
import { createLogger, type Logger } from '../logging.js';
import { Database } from '../mongo/connection.js';
import { openApiDocument } from './openapi.js';
import { RouteTable } from './route-table.js';

interface Described {
  readonly settings: Settings;
  readonly database: Database;
  readonly logger: Logger;
  readonly pod: string;
}

/** The OpenAPI document of the application, which is put together and neither started nor connected to anything. */
export async function describeRoutes(
  settings: Settings,
  module: (options: Described) => DynamicModule,
): Promise<ReturnType<typeof openApiDocument>> {
  const database = Database.unconnected();
  const options = { settings, database, logger: createLogger('silent'), pod: 'described' };
  const app = await NestFactory.create(module(options), { logger: false, abortOnError: false });
  return openApiDocument(app.get(RouteTable).all());
}
