import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Metrics } from '../../src/platform/metrics.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { bounded, onDatabaseFailure, withDeadline } from '../../src/platform/mongo/deadline.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { sweepTwice, writeThings } from '../support/listeners.js';
import { buildPod } from '../support/pod-in-process.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  database = await Database.connect(server.uri);
});
afterAll(async () => {
  await database.close();
  await server.close();
});

/** Every sample of a registry, as a scraper reads it. */
async function samples(metrics: Metrics): Promise<Map<string, number>> {
  const text = await metrics.registry.metrics();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

describe('the metrics', () => {
  it('are each moved by something: one that nothing moves would say that all is well', () => {
    const src = fileURLToPath(new URL('../../src', import.meta.url));
    const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter(
        (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !name.endsWith('platform/metrics.ts'),
      )
      .map((name) => readFileSync(join(src, name), 'utf8'))
      .join('\n');
    const names = Object.keys(new Metrics()).filter((name) => name !== 'registry');
    expect(names.length).toBeGreaterThan(8);
    const moved = (name: string) =>
      new RegExp(`\\b${name}\\s*\\.(inc|set|observe|startTimer|labels)\\b`).test(sources);
    expect(names.filter((name) => !moved(name))).toEqual([]);
  });

  it('count what the write path did, and name no business', async () => {
    const [writer, other] = [buildPod(database, 'writer'), buildPod(database, 'other')];
    await writer.collections.ensureIndexes();
    await writeThings(writer, 'counted-business', ['a', 'b']);
    await writer.relay.idle();
    await writeThings(other, 'counted-business', ['c']);
    await other.relay.idle();
    // The writer believes in its head, and meets a newer one.
    await writeThings(writer, 'counted-business', ['d']);
    await writer.relay.idle();
    await sweepTwice(writer);
    const seen = await samples(writer.metrics);
    expect(Object.fromEntries(seen)).toMatchObject({
      deskwire_journal_events_total: 3,
      deskwire_journal_conflicts_total: 1,
      deskwire_write_to_journal_seconds_count: 2,
      deskwire_relay_swept_total: 0,
      deskwire_relay_failures_total: 0,
    });
    expect(seen.get('deskwire_write_to_journal_seconds_sum')).toBeGreaterThan(0);
    expect([...seen.keys()].join()).not.toContain('counted-business');
  });

  it('count what the database did not answer, once each, and nothing else', async () => {
    let failures = 0;
    const stop = onDatabaseFailure(() => (failures += 1));
    const never = () => new Promise<void>(() => undefined);
    await expect(withDeadline(10, () => bounded(never))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(bounded(() => Promise.reject(new Error('a mistake of ours')))).rejects.toThrow('a mistake');
    await bounded(async () => undefined);
    stop();
    await expect(withDeadline(10, () => bounded(never))).rejects.toMatchObject({ code: 'unavailable' });
    expect(failures).toBe(1);
  });

  it('of two pods in one process are apart', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    one.swept.inc(3);
    expect([
      (await samples(one)).get('deskwire_relay_swept_total'),
      (await samples(two)).get('deskwire_relay_swept_total'),
    ]).toEqual([3, 0]);
  });
});
