// needs: redis-server
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { limits } from '../../src/platform/http/limits.js';
import { addressKey } from '../../src/platform/http/rate-limits.js';
import { RedisConnection } from '../../src/platform/redis/connection.js';
import type { Counters } from '../../src/platform/redis/counters.js';
import { memoryCounters, RedisCounters } from '../../src/platform/redis/redis-counters.js';
import { COUNTERS } from '../../src/platform/tokens.js';
import { call, type Answer } from '../support/call.js';
import { TestRedis } from '../support/redis.js';
import { startService, type RunningService } from '../support/service.js';
import { until } from '../support/until.js';
import { ProbeModule } from './probe.js';

let redis: TestRedis;
const connections: RedisConnection[] = [];
const pods: RunningService[] = [];

beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(async () => {
  for (const pod of pods.reverse()) await pod.close();
  for (const connection of connections) connection.close();
  await redis.kill();
});

async function connected(): Promise<RedisConnection> {
  const connection = new RedisConnection(redis.url, pino({ level: 'silent' }));
  connections.push(connection);
  await connection.settled(5_000);
  return connection;
}

describe.each<[string, () => Promise<Counters>]>([
  ['in memory', async () => memoryCounters()],
  ['in Redis', async () => new RedisCounters(await connected())],
])('counters %s', (place, make) => {
  const limit = { points: 3, seconds: 60 };
  let counters: Counters;
  beforeAll(async () => {
    counters = await make();
  });

  it('allow so many and refuse the one too many', async () => {
    const counts = [];
    for (let n = 0; n < 5; n += 1) counts.push(await counters.take(place, limit, 'a'));
    expect(counts.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
    expect(counts.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
    for (const { resetMs } of counts) {
      expect(resetMs).toBeGreaterThan(50_000);
      expect(resetMs).toBeLessThanOrEqual(60_000);
    }
  });

  it('count each key and each name for itself', async () => {
    expect(await counters.take(place, limit, 'b')).toMatchObject({ allowed: true, remaining: 2 });
    expect(await counters.take(`${place} other`, limit, 'a')).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('look without counting', async () => {
    expect(await counters.look(place, limit, 'c')).toMatchObject({ allowed: true, remaining: 3 });
    await counters.take(place, limit, 'c', 2);
    for (let n = 0; n < 4; n += 1)
      expect(await counters.look(place, limit, 'c')).toMatchObject({ allowed: true, remaining: 1 });
    await counters.take(place, limit, 'c');
    expect(await counters.look(place, limit, 'c')).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('forget', async () => {
    await counters.take(place, limit, 'd', 5);
    await counters.forget(place, limit, 'd');
    expect(await counters.take(place, limit, 'd')).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('count right when many come at once', async () => {
    const hundred = { points: 100, seconds: 60 };
    const counts = await Promise.all(
      Array.from({ length: 150 }, () => counters.take(place, hundred, 'many')),
    );
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(100);
  });

  it('begin anew when the time is over', async () => {
    const short = { points: 1, seconds: 1 };
    await counters.take(place, short, 'e');
    const { allowed, resetMs } = await counters.take(place, short, 'e');
    expect(allowed).toBe(false);
    expect(resetMs).toBeLessThanOrEqual(1_000);
    await until('a new count', async () => (await counters.look(place, short, 'e')).allowed, 3_000);
  });
});

describe('addresses', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s are counted as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('two pods that share a Redis', () => {
  const limited = (pod: RunningService, address: string) =>
    call(pod, 'GET', '/api/v1/probe/limited', { headers: { 'x-forwarded-for': address } });
  const readiness = async (pod: RunningService) =>
    (await call(pod, 'GET', '/health/ready')).body.status as string;
  const pod = async (databaseUri?: string) => {
    const started = await startService({
      modules: [ProbeModule],
      background: false,
      environment: { REDIS_URL: redis.url, RATE_LIMIT_FACTOR: '1', TRUSTED_PROXIES: '127.0.0.1' },
      ...(databaseUri === undefined ? {} : { databaseUri }),
    });
    pods.push(started);
    return started;
  };
  const pair = () => [pods[0], pods[1]] as [RunningService, RunningService];
  beforeAll(async () => {
    const { databaseUri } = await pod();
    await pod(databaseUri);
  });

  it('count together, and say what is left', async () => {
    const answers: Answer[] = [];
    for (let n = 0; n < 22; n += 1) answers.push(await limited(pair()[n % 2] ?? pair()[0], '203.0.113.1'));
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(20).fill(200), 429, 429]);
    expect(answers.slice(0, 20).map(({ headers }) => Number(headers.get('ratelimit-remaining')))).toEqual(
      Array.from({ length: 20 }, (_, n) => 19 - n),
    );
    const refused = answers[20];
    expect(refused?.headers.get('ratelimit-limit')).toBe('20');
    const seconds = Number(refused?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused?.headers.get('ratelimit-reset')).toBe(String(seconds));
    expect(refused?.body.error).toMatchObject({ code: 'rate_limited', details: { retry_after: seconds } });
  });

  it('leave the others alone', async () => {
    expect((await limited(pair()[0], '203.0.113.2')).status).toBe(200);
  });

  it('refuse a flood from one address on any route, and still tell how they are', async () => {
    const flood = { 'x-forwarded-for': '203.0.113.3' };
    const ask = (path: string) => call(pair()[0], 'GET', path, { headers: flood });
    const { address } = limits;
    await pair()[1]
      .app.get<Counters>(COUNTERS)
      .take('address', address, '203.0.113.3', address.points - 5);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('/api/v1/nothing')));
    expect(answers.map(({ status }) => status).sort()).toEqual([404, 404, 404, 404, 404, 429, 429, 429]);
    expect((await ask('/health/live')).status).toBe(200);
  });

  it('go on alone while Redis is gone, say degraded, and count together again', async () => {
    const [one, two] = pair();
    expect(await readiness(one)).toBe('ok');
    await redis.kill();
    await until('degraded', async () => (await readiness(one)) === 'degraded');
    await until('degraded', async () => (await readiness(two)) === 'degraded');
    const alone = await Promise.all(Array.from({ length: 21 }, () => limited(one, '203.0.113.4')));
    expect(alone.filter(({ status }) => status === 200)).toHaveLength(20);
    expect((await limited(two, '203.0.113.4')).status).toBe(200);

    await redis.restart();
    for (const each of [one, two]) await until('ok again', async () => (await readiness(each)) === 'ok');
    const together = await Promise.all(
      Array.from({ length: 24 }, (_, n) => limited(n % 2 === 0 ? one : two, '203.0.113.5')),
    );
    expect(together.filter(({ status }) => status === 200)).toHaveLength(20);
  });

  it('wait for a Redis that does not answer once and not with every request', async () => {
    const [one] = pair();
    redis.pause();
    try {
      const first = performance.now();
      expect((await limited(one, '203.0.113.6')).status).toBe(200);
      expect(performance.now() - first).toBeLessThan(2_000);
      const rest = performance.now();
      for (let n = 0; n < 10; n += 1) expect((await limited(one, '203.0.113.6')).status).toBe(200);
      expect(performance.now() - rest).toBeLessThan(1_000);
      expect(await readiness(one)).toBe('degraded');
    } finally {
      redis.resume();
    }
    await until('ok again', async () => (await readiness(one)) === 'ok');
  });

  it('start without it, and find it when it comes', async () => {
    await redis.kill();
    const late = await pod(pair()[0].databaseUri);
    expect(await readiness(late)).toBe('degraded');
    expect((await limited(late, '203.0.113.7')).status).toBe(200);
    await redis.restart();
    await until('ok', async () => (await readiness(late)) === 'ok');
  });
});
