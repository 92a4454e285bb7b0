import { randomBytes } from 'node:crypto';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';
import type { Settings } from '../../config/env.js';
import type { Logger } from '../logging.js';
import { REQUEST_DEADLINE_MS, withDeadline } from '../mongo/deadline.js';
import { NestLogger } from './nest-logger.js';
import type { ServiceRequest } from './request.js';
import { RouteTable } from './route-table.js';

/** Builds the Nest application with all that stands before its routes; it does not listen yet. */
export async function createApplication(
  module: DynamicModule,
  { settings, logger }: { readonly settings: Settings; readonly logger: Logger },
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.set('trust proxy', [...settings.trustedProxies]);
  // Keys stay as they are written: `status[$gt]` is one unknown name, never an object.
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.use((request: ServiceRequest, _response: Response, next: NextFunction) => {
    request.requestId = randomBytes(9).toString('base64url');
    request.arrivedAt = performance.now();
    void withDeadline(REQUEST_DEADLINE_MS, async () => next());
  });
  // Throws for a route that nobody declared, before anything is served.
  app.get(RouteTable).all();
  return app;
}
