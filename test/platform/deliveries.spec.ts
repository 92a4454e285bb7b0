// also runs on: mongodb
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Model } from 'mongoose';
import { pino } from 'pino';
import type { DomainEvent } from '../../src/contracts/events.js';
import {
  Deliveries,
  PermanentFailure,
  defaultDeliveryRules,
  type DeliveryRules,
} from '../../src/platform/deliveries/deliveries.js';
import { deliverySchema, type Delivery } from '../../src/platform/deliveries/delivery.schema.js';
import { armFaults } from '../../src/platform/faults.js';
import { Metrics } from '../../src/platform/metrics.js';
import { Collections } from '../../src/platform/mongo/collections.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { thing } from '../support/listeners.js';
import { MovableClock } from '../support/pod-in-process.js';
import { eventually, gate } from '../support/wait.js';

let server: TestDatabase;
let database: Database;
let model: Model<Delivery>;

beforeAll(async () => {
  server = await startTestDatabase();
  database = await Database.connect(server.uri);
  const collections = new Collections(database);
  model = collections.model('deliveries', deliverySchema);
  await collections.ensureIndexes();
});
afterEach(async () => {
  armFaults(undefined);
  await model.deleteMany({});
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const clock = new MovableClock();
const logger = pino({ level: 'silent' });
const rules: DeliveryRules = { ...defaultDeliveryRules, backoffMs: (attempts) => attempts * 10_000 };
const event = (id: string): DomainEvent => ({
  ...thing('b', id),
  id,
  at: new Date(),
});

/** A pod that sends `post` deliveries by `send`. */
function sendingPod(
  name: string,
  send: (delivery: Delivery) => Promise<void>,
  more: Partial<DeliveryRules> = {},
) {
  const metrics = new Metrics();
  const deliveries = new Deliveries({
    model,
    clock,
    metrics,
    logger,
    pod: name,
    rules: { ...rules, ...more },
  });
  deliveries.register({ kind: 'post', send });
  return { deliveries, metrics };
}
const request = (deliveries: Deliveries, id = 'e1', payload: unknown = { n: 1 }) =>
  deliveries.request(event(id), 'postWhenSomethingChanges', 'post', payload);
const stored = (id = 'e1') => model.findById(`${id}/postWhenSomethingChanges`).lean<Delivery>();

describe('a delivery', () => {
  it('is asked for once per event and listener, and sent once when it works', async () => {
    const sent: string[] = [];
    const { deliveries, metrics } = sendingPod('works', async ({ _id, payload, attempts }) => {
      sent.push(`${_id} ${JSON.stringify(payload)} ${attempts}`);
    });
    expect([await request(deliveries), await request(deliveries, 'e1', { n: 2 })]).toEqual([true, false]);
    expect([await deliveries.run(), await deliveries.run()]).toEqual([1, 0]);
    expect(sent).toEqual(['e1/postWhenSomethingChanges {"n":1} 1']);
    expect(await stored()).toMatchObject({
      business: 'b',
      state: 'sent',
      attempts: 1,
      lease: null,
      nextAt: null,
      error: null,
    });
    expect((await stored())?.finishedAt).toBeInstanceOf(Date);
    expect((await metrics.deliveries.get()).values).toEqual([
      { labels: { kind: 'post', outcome: 'sent' }, value: 1 },
    ]);
  });

  it('is claimed by one of several pods, and many are sent side by side', async () => {
    const sent: string[] = [];
    let [running, most] = [0, 0];
    const send = async ({ _id }: Delivery): Promise<void> => {
      sent.push(_id);
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 10));
      running -= 1;
    };
    const pods = ['a', 'b', 'c'].map((name) => sendingPod(name, send).deliveries);
    const [first] = pods as [Deliveries];
    for (let at = 0; at < 30; at += 1) await request(first, `many-${at}`);
    let made = 0;
    for (let round = 0; round < 3; round += 1)
      for (const count of await Promise.all(pods.map((pod) => pod.run()))) made += count;
    expect([made, sent.length, new Set(sent).size, most > 1]).toEqual([30, 30, 30, true]);
  });

  it('is left to pods that know how to send it, and two senders of a kind stop the start', async () => {
    const { deliveries } = sendingPod('knows', async () => undefined);
    await deliveries.request(event('other'), 'callWhenSomethingChanges', 'call', {});
    expect(await deliveries.run()).toBe(0);
    expect(() => deliveries.register({ kind: 'post', send: async () => undefined })).toThrow('Two senders');
  });
});

describe('a delivery that fails', () => {
  it('is tried again later and later, and given up after so many attempts', async () => {
    const { deliveries, metrics } = sendingPod(
      'fails',
      async () => Promise.reject(new Error('502 from there')),
      { mostAttempts: 3 },
    );
    await request(deliveries);
    for (const attempts of [1, 2]) {
      expect(await deliveries.run()).toBe(1);
      const { nextAt, ...delivery } = (await stored()) ?? { nextAt: null };
      expect(delivery).toMatchObject({
        state: 'waiting',
        attempts,
        lease: null,
        error: '502 from there',
        finishedAt: null,
      });
      expect(Math.abs((nextAt?.getTime() ?? 0) - clock.now().getTime() - attempts * 10_000)).toBeLessThan(
        2_000,
      );
      clock.advance(attempts * 10_000 - 3_000);
      expect(await deliveries.run()).toBe(0);
      clock.advance(5_000);
    }
    expect(await deliveries.run()).toBe(1);
    expect(await stored()).toMatchObject({ state: 'failed', attempts: 3, nextAt: null });
    clock.advance(3_600_000);
    expect(await deliveries.run()).toBe(0);
    const outcomes = (await metrics.deliveries.get()).values.map(({ labels, value }) => [
      labels.outcome,
      value,
    ]);
    expect(Object.fromEntries(outcomes)).toEqual({ retried: 2, failed: 1 });
  });

  it('for good is not tried again, until somebody replays it', async () => {
    let works = false;
    const { deliveries } = sendingPod('permanent', async () => {
      if (!works) throw new PermanentFailure('no such number');
    });
    await request(deliveries);
    await deliveries.run();
    expect(await stored()).toMatchObject({ state: 'failed', attempts: 1, error: 'no such number' });
    works = true;
    const id = 'e1/postWhenSomethingChanges';
    expect(await deliveries.replay('stranger', id)).toBe(false);
    expect(await deliveries.run()).toBe(0);
    expect(await deliveries.replay('b', id)).toBe(true);
    expect(await deliveries.run()).toBe(1);
    expect(await stored()).toMatchObject({ state: 'sent', attempts: 1, error: null });
  });

  it('to answer is given up after its time', async () => {
    const { deliveries } = sendingPod('hangs', () => new Promise(() => undefined), { callMs: 30 });
    await request(deliveries);
    await deliveries.run();
    expect(await stored()).toMatchObject({ state: 'waiting', error: 'No answer within 30 ms' });
  });

  it('or hangs does not hold up the others, of its kind or of another one', async () => {
    const held = gate();
    const sent: string[] = [];
    let hanging = 0;
    const { deliveries } = sendingPod('slow', async ({ _id }) => {
      if (_id.startsWith('slow')) {
        hanging += 1;
        await held.opened;
      }
      sent.push(_id.split('/')[0] ?? '');
    });
    deliveries.register({ kind: 'call', send: async ({ _id }) => void sent.push(_id.split('/')[0] ?? '') });
    for (let at = 0; at < 19; at += 1) await request(deliveries, `slow-${at}`);
    await deliveries.begin();
    await request(deliveries, 'quick');
    await deliveries.begin();
    expect(await eventually(2_000, async () => sent.includes('quick'))).toBe(true);
    expect([hanging, sent]).toEqual([19, ['quick']]);
    // All that a kind may have at once hangs: the next one of it waits in the database, another kind does not.
    await request(deliveries, 'slow-too');
    await deliveries.begin();
    await request(deliveries, 'waits');
    await deliveries.request(event('called'), 'callWhenSomethingChanges', 'call', {});
    await deliveries.begin();
    expect(await eventually(2_000, async () => sent.includes('called'))).toBe(true);
    expect([hanging, sent]).toEqual([20, ['quick', 'called']]);
    expect(await stored('waits')).toMatchObject({ state: 'waiting', attempts: 0 });
    held.open();
    await deliveries.idle();
    expect(sent).toHaveLength(22);
    expect(await deliveries.run()).toBe(1);
  });
});

describe('a pod that dies or stands still', () => {
  it('after the call leaves the lease to run out, and another one calls again', async () => {
    const calls: string[] = [];
    const dead = sendingPod('dead', async ({ _id }) => void calls.push(`dead ${_id}`)).deliveries;
    const heir = sendingPod('heir', async ({ _id }) => void calls.push(`heir ${_id}`)).deliveries;
    const called = gate();
    armFaults((point, pod) => {
      if (point !== 'delivery.after-call' || pod !== 'dead') return undefined;
      called.open();
      return new Promise(() => undefined);
    });
    await request(dead);
    void dead.run();
    await called.opened;
    expect(await heir.run()).toBe(0);
    clock.advance(rules.leaseMs + 1);
    expect(await heir.run()).toBe(1);
    // The same id both times, so that the other side can tell.
    expect(calls).toEqual(['dead e1/postWhenSomethingChanges', 'heir e1/postWhenSomethingChanges']);
    expect(await stored()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  it('does not overwrite what its successor wrote', async () => {
    const [paused, held] = [gate(), gate()];
    const still = sendingPod('still', async () =>
      Promise.reject(new PermanentFailure('seen too late')),
    ).deliveries;
    const heir = sendingPod('heir', async () => undefined).deliveries;
    armFaults((point, pod) => {
      if (point !== 'delivery.after-call' || pod !== 'still') return undefined;
      paused.open();
      return held.opened;
    });
    await request(still);
    const standing = still.run();
    await paused.opened;
    clock.advance(rules.leaseMs + 1);
    expect(await heir.run()).toBe(1);
    const after = await stored();
    expect(after).toMatchObject({ state: 'sent', attempts: 2 });
    held.open();
    await standing;
    expect(await stored()).toEqual(after);
  });
});
