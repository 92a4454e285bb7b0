import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { demoSecret } from './config/demo-secret.js';
import { processSettings, withSecret, type FirstSettings, type Settings } from './config/env.js';
import { DemoSeeds } from './platform/demo-seeds.js';
import { closeApplication, createApplication, letIn } from './platform/http/application.js';
import { Door } from './platform/http/door.js';
import { summary } from './platform/http/summary.js';
import { createLogger } from './platform/logging.js';
import { Metrics } from './platform/metrics.js';
import { Database } from './platform/mongo/connection.js';
import { reachDatabase, whenTheDatabaseAnswers, type ReachableDatabase } from './platform/mongo/reach.js';
import { SecondPodRefused, SolePod } from './platform/mongo/sole-pod.js';

/** The whole stop takes no longer than this; an orchestrator kills soon after. */
const STOP_MS = 10_000;

const first = settingsOrEnd();
const pod = randomBytes(4).toString('hex');
const logger = createLogger(first.logLevel).child({ pod });
const stopping = new AbortController();
const ends: (() => Promise<void>)[] = [];
let metrics: Metrics | undefined;

process.on('SIGTERM', () => void stop(0));
process.on('SIGINT', () => void stop(0));
// A mistake of ours somewhere must not take everybody's connections along.
process.on('unhandledRejection', (error) => {
  metrics?.unhandledRejections.inc();
  logger.error({ err: error }, 'A rejection that nobody handled');
});
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'Something threw where nobody listens: this pod ends');
  void stop(1);
});

try {
  const reached = await reachDatabase(first.mongodbUri, first.dataDir);
  const settings = withSecret(first, demoSecret);
  ends.unshift(() => reached.close());
  void reached.died.then((error) => {
    logger.fatal({ err: error }, 'The embedded database is gone: this pod ends');
    process.exit(1);
  });

  const door = new Door();
  const address = await door.open(settings.port, settings.host);
  ends.unshift(() => door.close(0));

  const app = await whenTheDatabaseAnswers(() => build(settings, reached, door), {
    logger,
    signal: stopping.signal,
  });
  metrics = app.get(Metrics);
  app.get(Metrics).collectProcess();
  if (!stopping.signal.aborted) {
    letIn(app, door);
    logger.info({ port: address.port }, 'Ready');
    console.log(summary(settings, address, settings.demo ? app.get(DemoSeeds).logins : []));
  }
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    // A refusal of ours is a sentence; whatever else went wrong is looked for with its stack.
    if (!(error instanceof Error && [Error, SecondPodRefused].includes(error.constructor as typeof Error)))
      logger.fatal({ err: error }, 'The start failed');
    await stop(1);
  }
}

/** What an operator has mistyped is told in sentences, without a stack. */
function settingsOrEnd(): FirstSettings {
  try {
    return processSettings();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** Everything that needs the database to answer; when it goes away half-way, this is done again from the beginning. */
async function build(
  settings: Settings,
  { uri, embedded }: ReachableDatabase,
  door: Door,
): Promise<NestExpressApplication> {
  const undo: (() => Promise<void>)[] = [];
  try {
    const database = await Database.connect(uri);
    undo.unshift(() => database.close());
    // The embedded database lets in its own process only, so there the question does not arise.
    if (settings.redisUrl === undefined && !embedded) {
      const sole = new SolePod(database.requests, pod, logger, () => void stop(1));
      await sole.claim();
      undo.unshift(() => sole.release());
    }
    const module = AppModule.forRoot({ settings, database, logger, pod });
    const app = await createApplication(module, door, logger);
    undo.unshift(() => app.close());
    if (settings.demo) await app.get(DemoSeeds).run(logger);
    ends.unshift(() => closeApplication(app, door), ...undo.slice(1));
    return app;
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** In the opposite order of the start: the application, the door, the connections, the database. */
async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  setTimeout(() => {
    logger.error('The stop took too long: ending at once');
    process.exit(1);
  }, STOP_MS).unref();
  for (const end of ends) {
    await end().catch((error: unknown) => logger.error({ err: error }, 'A part did not end well'));
  }
  process.exit(code);
}
