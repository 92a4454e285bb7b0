import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { startTestDatabase, type TestDatabase } from '../../../test/support/database.js';
import { until } from '../../../test/support/until.js';
import { Database } from './connection.js';
import { SecondPodRefused, SolePod } from './sole-pod.js';

let server: TestDatabase;
const databases: Database[] = [];
const pods: SolePod[] = [];
beforeAll(async () => {
  server = await startTestDatabase();
});
afterAll(async () => {
  for (const pod of pods) await pod.release();
  for (const database of databases) await database.close();
  await server.close();
});

async function pod(name: string) {
  const database = await Database.connect(server.uri);
  databases.push(database);
  const state = { replaced: false };
  const sole = new SolePod(
    database.requests,
    name,
    pino({ level: 'silent' }),
    () => {
      state.replaced = true;
    },
    { patienceMs: 400, beatMs: 50, lookMs: 20 },
  );
  pods.push(sole);
  return { sole, state, database };
}

describe('the only pod', () => {
  it('is refused a second, for as long as it beats', async () => {
    const one = await pod('one');
    await one.sole.claim();
    const two = await pod('two');
    await expect(two.sole.claim()).rejects.toThrow(SecondPodRefused);

    // In good order: the next one need not wait.
    await one.sole.release();
    const since = performance.now();
    await two.sole.claim();
    expect(performance.now() - since).toBeLessThan(300);
    await two.sole.release();
  });

  it('is replaced when it stands still, by one of two that wait', async () => {
    const still = await pod('still');
    await still.sole.claim();
    await still.database.close();
    const heirs = [await pod('heir a'), await pod('heir b')];
    const outcomes = await Promise.allSettled(heirs.map(({ sole }) => sole.claim()));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const { sole } of heirs) await sole.release();
  });

  it('says when another took its place while it was paused', async () => {
    const paused = await pod('paused');
    await paused.sole.claim();
    const { database } = await pod('other');
    await database.requests.collection('pods').updateOne({}, { $set: { pod: 'other' } });
    await until('the news', () => paused.state.replaced);
  });
});
