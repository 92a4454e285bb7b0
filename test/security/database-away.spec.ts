import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorMeanings, type ErrorCode } from '../../src/contracts/errors.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { Desk } from '../support/desk.js';
import { readApi, type ApiRoute } from '../support/openapi.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { startService, type RunningService } from '../support/service.js';
import { eventually } from '../support/wait.js';
import { METRICS_TOKEN, send, validRequest, type Request } from './factory.js';

/** Routes that are answered without the database, each with the reason. Every other one needs it. */
const needNone: Readonly<Record<string, string>> = {
  'GET /health/live': 'the process is alive',
  'GET /health/ready': 'says itself that the database is away',
  'GET /metrics': 'figures of the process',
  'POST /api/v1/auth/logout': 'there is no token, so there is no session to end',
};

let database: TestDatabase;
let proxy: Proxy;
let service: RunningService;
let desk: Desk;
let routes: ApiRoute[];
let requests: Request[];

beforeAll(async () => {
  database = await startTestDatabase();
  proxy = await Proxy.start(upstreamOf(database.uri));
  service = await startService({
    environment: { METRICS_TOKEN },
    databaseUri: uriThrough(database.uri, proxy),
  });
  desk = await Desk.found(service);
  routes = await readApi(service.url);
  requests = [];
  for (const route of routes) requests.push(await validRequest(route, desk));
}, 30_000);
afterAll(async () => {
  await service.close();
  await proxy.close();
  await database.close();
});

const ways: Readonly<Record<string, { away(): Promise<void> | void; back(): Promise<void> | void }>> = {
  'that was stopped': { away: () => proxy.stop(), back: () => proxy.resume() },
  'whose connections are reset': { away: () => proxy.set('reset'), back: () => proxy.set('pass') },
  'that does not answer': { away: () => proxy.set('blackhole'), back: () => proxy.set('pass') },
};

/**
 * How long as many requests at once take here when each of them needs nothing: what a busy machine adds to the 3 s, in
 * which this one process is every client and the service. Besides it may stand still for a while.
 */
async function burst(): Promise<number> {
  const since = performance.now();
  await Promise.all(routes.map(() => health('live')));
  return performance.now() - since;
}

interface Outcome {
  readonly route: string;
  readonly ms: number;
  readonly problem?: string;
}

async function ask(route: ApiRoute, request: Request): Promise<Outcome> {
  const since = performance.now();
  const { status, body, headers } = await send(route, desk, request);
  const outcome = { route: route.name, ms: performance.now() - since };
  if (needNone[route.name] !== undefined) return outcome;
  const code = body?.error?.code as ErrorCode | undefined;
  const refused = status === 503 && code !== undefined && errorMeanings[code].retryable;
  if (!refused) return { ...outcome, problem: `answers ${status} ${code ?? ''} without a database` };
  return headers.has('retry-after') ? outcome : { ...outcome, problem: 'does not say when to try again' };
}

const health = async (name: string) => (await desk.call('GET', `/health/${name}`)).status;

describe.each(Object.keys(ways))('with a database %s', (name) => {
  it('every route is answered within 3 s, readiness is red, and all is well again by itself', async () => {
    const way = ways[name];
    const before = await burst();
    const stalls = monitorEventLoopDelay({ resolution: 10 });
    await way?.away();
    stalls.enable();
    const asked = routes.map((route, at) => ask(route, requests[at] as Request));
    const [outcomes, ready, live] = await Promise.all([Promise.all(asked), health('ready'), health('live')]);
    stalls.disable();
    const patience = 3_000 + before + stalls.max / 1e6;
    expect(outcomes.filter(({ problem, ms }) => problem !== undefined || ms > patience)).toEqual([]);
    expect({ ready, live }).toEqual({ ready: 503, live: 200 });

    await way?.back();
    expect(await eventually(5_000, async () => (await health('ready')) === 200)).toBe(true);
    expect((await desk.call('GET', '/api/v1/business')).status).toBe(200);
    const renamed = await desk.call('PATCH', '/api/v1/business', { name: `Open again ${desk.marker}` });
    expect(renamed.status).toBe(200);
  });
});

describe('afterwards', () => {
  it('the exceptions are routes that there are', () => {
    const names = routes.map(({ name }) => name);
    expect(Object.keys(needNone).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('every route that reads answers as before', async () => {
    const reading = routes.filter(({ method }) => method === 'GET');
    const stillAway = await Promise.all(
      reading.map(async (route) => {
        const request = requests[routes.indexOf(route)] as Request;
        // What was under way when the database went may still be given up while an answer streams.
        const answers = async (): Promise<boolean> =>
          send(route, desk, request).then(
            ({ status }) => route.successes.includes(status),
            () => false,
          );
        return (await eventually(5_000, answers)) ? undefined : route.name;
      }),
    );
    expect(stillAway.filter((name) => name !== undefined)).toEqual([]);
  });
});
