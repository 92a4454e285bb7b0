import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/mongo/connection.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { buildPod, type Pod } from '../support/pod-in-process.js';
import { Random } from '../support/random.js';
import { Schedule } from './model.js';
import { holds, judge } from './oracle.js';

let server: TestDatabase;
let database: Database;
let judgePod: Pod;

beforeAll(async () => {
  server = await startTestDatabase();
  database = await Database.connect(server.uri);
  judgePod = buildPod(database, 'judge');
  await judgePod.collections.ensureIndexes();
});
afterAll(async () => {
  await database.close();
  await server.close();
});

it('keeps every promise of the write path over 60 seeded schedules', async () => {
  const started = performance.now();
  for (let seed = 1; seed <= 60; seed += 1) {
    const schedule = new Schedule(database, `model-${seed}`, new Random(seed));
    await schedule.play();
    const verdict = await judge(judgePod, schedule.business, schedule.acknowledged);
    if (!holds(verdict)) throw new Error(`seed ${seed}: ${JSON.stringify(verdict)}`);
  }
  console.log((performance.now() - started) / 60, 'ms per schedule');
  expect(true).toBe(true);
}, 60_000);
