// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { AppModule } from '../../src/app.module.js';
import { closeApplication, createApplication, letIn } from '../../src/platform/http/application.js';
import { Door } from '../../src/platform/http/door.js';
import { createLogger } from '../../src/platform/logging.js';
import { Collections } from '../../src/platform/mongo/collections.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { newId } from '../../src/platform/mongo/ids.js';
import { METRICS_TOKEN } from '../security/factory.js';
import { Commands } from '../support/commands.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { MovableClock } from '../support/pod-in-process.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';
import { fill, planOf, type QueryPlan } from './query-plans.js';
import { shapesOf } from './query-shapes.js';
import { QuerySites } from './query-sites.js';
import { exceptions, queryTable } from './query-table.js';
import { walk } from './query-walk.js';

let server: TestDatabase;
let service: RunningService;
let hands: Database;
let commands: Commands;
let sites: { known: number; idle: string[] };
const plans = new Map<string, QueryPlan>();

beforeAll(async () => {
  const watched = await QuerySites.watch();
  server = await startTestDatabase();
  hands = await Database.connect(server.uri);
  const clock = new MovableClock();
  service = await startService({
    clock,
    databaseUri: `${server.uri}${server.uri.includes('?') ? '&' : '?'}monitorCommands=true`,
    environment: { METRICS_TOKEN },
    retention: { maxAgeMs: 0, minAgeMs: 0, maxEvents: 1, maxBytes: 1 },
  });
  commands = new Commands(service.app.get(Database));
  await walk({ service, clock, hands: hands.requests });
  sites = await watched.idle();
  await watched.close();
  const shapes = shapesOf(commands.sent);
  await fill(hands.requests, new Set(shapes.map(({ collection }) => collection)));
  for (const shape of shapes) plans.set(shape.name, await planOf(hands.requests, shape));
}, 60_000);
afterAll(async () => {
  await service?.close();
  await hands?.close();
  await server?.close();
});

/** The line of the table for a query: its own, or the one for every collection. */
function lineFor(name: string): string {
  const common = name.replace(/^\S+/, '*');
  return Object.hasOwn(queryTable, name) || !Object.hasOwn(queryTable, common) ? name : common;
}

describe('every query of the service', () => {
  it('is made by the walk, wherever it stands in src/', () => {
    expect(sites.known).toBeGreaterThan(50);
    // A place named here was not reached: add what reaches it to query-walk.ts.
    expect(sites.idle).toEqual([]);
  });

  it('stands in the table with the index that answers it, and the table holds no other', () => {
    const asked = new Map([...plans].map(([name, { indexes }]) => [lineFor(name), indexes.join(' ')]));
    const missing = [...asked].filter(([line]) => !Object.hasOwn(queryTable, line));
    // Paste the lines that are missing into query-table.ts, once their indexes are the right ones.
    expect(missing.map(([line, index]) => `'${line}': '${index}',`)).toEqual([]);
    expect(Object.keys(queryTable).filter((line) => !asked.has(line))).toEqual([]);
    // Between two that serve equally well a MongoDB may choose the other one.
    if (process.env['MONGODB_URI'] === undefined) expect(Object.fromEntries(asked)).toEqual(queryTable);
  });

  it('reads no whole collection and sorts nothing that grows, but for those with a reason', () => {
    const costly = [...plans].filter(
      ([, { scans, sorts, indexes }]) => scans || sorts || indexes.length === 0,
    );
    const names = costly.map(([name]) => name);
    expect(names.filter((name) => !Object.hasOwn(exceptions, name))).toEqual([]);
    if (process.env['MONGODB_URI'] === undefined)
      expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('that may take longer than a request goes by the patient connection', () => {
    const trims = commands.sent.filter(
      ({ name, collection, body }) =>
        name === 'delete' && collection === 'journal' && body['deletes']?.[0]?.q?.first,
    );
    expect(new Set(trims.map(({ via }) => via))).toEqual(new Set(['maintenance']));
  });
});

interface Index {
  readonly key: object;
  readonly unique?: boolean;
  readonly partialFilterExpression?: object;
}

/** What the schemas want and the database does not have, as sentences. */
async function missingIndexes(collections: Collections, connection: Connection): Promise<string[]> {
  const missing: string[] = [];
  for (const { schema, collection } of collections.all()) {
    const name = collection.collectionName;
    const there = (await connection
      .collection(name)
      .listIndexes()
      .toArray()
      .catch(() => [])) as Index[];
    for (const [key, options] of schema.indexes()) {
      const found = there.find((index) => JSON.stringify(index.key) === JSON.stringify(key));
      const { unique = false, partialFilterExpression } = options as Partial<Index>;
      if (found === undefined) missing.push(`${name} has no ${JSON.stringify(key)}`);
      else
        expect({ name, key, unique: found.unique ?? false, partial: found.partialFilterExpression }).toEqual({
          name,
          key,
          unique,
          partial: partialFilterExpression,
        });
    }
  }
  return missing;
}

describe('a pod that starts', () => {
  it('answers nothing but that it lives until every index exists', async () => {
    const own = await startTestDatabase();
    const proxy = await Proxy.start(upstreamOf(own.uri));
    const direct = await Database.connect(own.uri);
    const database = await Database.connect(uriThrough(own.uri, proxy));
    const door = new Door();
    const { port } = await door.open(0, '127.0.0.1');
    const logger = createLogger('silent');
    const register = async () => {
      const marker = newId();
      const body = JSON.stringify({
        business_name: 'New',
        name: 'New',
        email: `new@${marker}.test`,
        password: `secret of ${marker}`,
      });
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/auth/register`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      return answer.status;
    };
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    try {
      proxy.delay(40);
      const module = AppModule.forRoot({ settings: service.settings, database, logger, pod: 'starting' });
      const creating = createApplication(module, door, logger);
      const began = await eventually(
        10_000,
        async () => (await direct.requests.db?.listCollections().toArray())?.length !== 0,
      );
      expect(began).toBe(true);
      expect([await register(), await status('/health/live'), await status('/health/ready')]).toEqual([
        503, 200, 503,
      ]);
      proxy.delay(0);
      const app = await creating;
      expect(await missingIndexes(app.get(Collections), direct.requests)).toEqual([]);
      letIn(app, door);
      expect([await register(), await status('/health/live'), await status('/health/ready')]).toEqual([
        201, 200, 200,
      ]);
      await closeApplication(app, door);
    } finally {
      await Promise.all([database.close(), direct.close()]);
      await proxy.close();
      await own.close();
    }
  });

  it('makes an index again that somebody dropped, and does not start when one cannot be', async () => {
    const { requests } = hands;
    const collections = service.app.get(Collections);
    expect(await missingIndexes(collections, requests)).toEqual([]);
    await requests.collection('journal').dropIndex('business_1_first_1');
    await requests.collection('sessions').dropIndex('outbox.at_1');
    expect(await missingIndexes(collections, requests)).toEqual([
      'journal has no {"business":1,"first":1}',
      'sessions has no {"outbox.at":1}',
    ]);
    await collections.ensureIndexes();
    expect(await missingIndexes(collections, requests)).toEqual([]);
    await requests.collection('journal').dropIndex('business_1_first_1');
    await requests
      .collection('journal')
      .insertMany(['x', 'y'].map((id) => ({ business: 'twice', first: 1, events: [{ id }] })));
    await expect(collections.ensureIndexes()).rejects.toThrow(/E11000|duplicate key|could not be built/);
  });
});
