import type { RequestListener } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Settings } from '../../config/env.js';
import type { Logger } from '../logging.js';
import { SETTINGS } from '../tokens.js';
import { serveDocs } from './docs.js';
import { DoorAdapter, type Door } from './door.js';
import { installEntrance } from './entrance.js';
import { NestLogger } from './nest-logger.js';
import { PodState } from './pod-state.js';
import { RouteTable } from './route-table.js';

/** Builds the application behind an open door: every index exists and every hook has run, and nobody is let in yet. */
export async function createApplication(
  module: DynamicModule,
  door: Door,
  logger: Logger,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, new DoorAdapter(door), {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  try {
    app.set('trust proxy', [...app.get<Settings>(SETTINGS).trustedProxies]);
    // Keys stay as they are written: `status[$gt]` is one unknown name, never an object.
    app.set('query parser', 'simple');
    app.disable('x-powered-by');
    installEntrance(app);
    // Throws for a route that nobody declared, before anything is served.
    const routes = app.get(RouteTable).all();
    serveDocs(app, routes);
    await app.init();
    return app;
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}

export function letIn(app: NestExpressApplication, door: Door): void {
  door.serve(app.getHttpAdapter().getInstance() as RequestListener);
}

/** Readiness goes red first, then the door closes behind the requests at hand, then loops and listeners end. */
export async function closeApplication(app: NestExpressApplication, door: Door): Promise<void> {
  app.get(PodState).startLeaving();
  await door.close(REQUESTS_MS);
  await app.close();
}

/** The longest that a request may take, and a little. */
const REQUESTS_MS = 4_000;
