import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { startEmbeddedMongo, withDatabase } from 'embedded-mongo';
import { AppModule } from './app.module.js';
import { demoSecret } from './config/demo-secret.js';
import { processSettings } from './config/env.js';
import { createApplication } from './platform/http/application.js';
import { createLogger } from './platform/logging.js';
import { Database } from './platform/mongo/connection.js';

const settings = processSettings(demoSecret);
const logger = createLogger(settings.logLevel);
const embedded =
  settings.mongodbUri === undefined ? await startEmbeddedMongo({ dir: settings.dataDir }) : undefined;
const uri = settings.mongodbUri ?? withDatabase(embedded?.uri ?? '', 'deskwire');
const database = await Database.connect(uri);
const pod = randomBytes(4).toString('hex');
const app = await createApplication(AppModule.forRoot({ settings, database, logger, pod }), {
  settings,
  logger,
});
await app.listen(settings.port, settings.host);
