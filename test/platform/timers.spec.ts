// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Schema, type Model } from 'mongoose';
import { systemActor } from '../../src/platform/actor.js';
import { indexOutbox, outboxField } from '../../src/platform/events/outbox.js';
import type { TenantDocument } from '../../src/platform/events/tenant.repository.js';
import { createLogger } from '../../src/platform/logging.js';
import { Loops } from '../../src/platform/loops.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { indexDue, Timers, type DueDocument } from '../../src/platform/timers/timers.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { journalOf, thing } from '../support/listeners.js';
import { buildPod, MovableClock } from '../support/pod-in-process.js';
import { eventually } from '../support/wait.js';

interface Reminder extends TenantDocument {
  readonly state: 'waiting' | 'rung';
  readonly dueAt: Date | null;
}

const reminderSchema = new Schema<Reminder>(
  {
    _id: { type: String, required: true },
    business: { type: String, required: true },
    rev: { type: Number, required: true },
    state: { type: String, required: true },
    dueAt: { type: Date, default: null },
    ...outboxField,
  },
  { collection: 'reminders', versionKey: false, autoIndex: false },
);
indexOutbox(reminderSchema);
indexDue(reminderSchema);

const HOUR = 3_600_000;
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

/** A pod whose reminders ring: the guarded write with its event, as a feature makes it. */
async function ringingPod(name: string, clock: MovableClock, fails: (id: string) => boolean = () => false) {
  const pod = buildPod(database, name, clock);
  const reminders = pod.tenants.tenant('reminders', reminderSchema);
  await pod.collections.ensureIndexes();
  const timers = new Timers(clock, createLogger('silent'));
  const rung: string[] = [];
  timers.register({
    name: 'ring',
    model: reminders.model as unknown as Model<DueDocument>,
    handle: async ({ _id, business }) => {
      if (fails(_id)) throw new Error('as the test wished');
      await reminders.update(systemActor(business, 'timer'), _id, (current) => {
        if (current.state !== 'waiting' || current.dueAt === null || current.dueAt > clock.now()) return null;
        return { set: { state: 'rung', dueAt: null }, events: [thing(business, _id)] };
      });
      rung.push(_id);
    },
  });
  const remind = (business: string, _id: string, inMs: number) =>
    reminders.insert(
      systemActor(business),
      { _id, state: 'waiting', dueAt: new Date(clock.now().getTime() + inMs) },
      [],
    );
  return { pod, reminders, timers, rung, remind };
}

describe('what falls due', () => {
  it('is handled when its time has come, oldest first, and once', async () => {
    const clock = new MovableClock();
    const { pod, timers, rung, remind, reminders } = await ringingPod('due', clock);
    await remind('due', 'later', 2 * HOUR);
    await remind('due', 'second', 20_000);
    await remind('due-too', 'first', 10_000);
    await reminders.insert(systemActor('due'), { _id: 'never', state: 'waiting', dueAt: null }, []);
    expect([await timers.run(), rung]).toEqual([0, []]);
    clock.advance(HOUR);
    expect([await timers.run(), rung]).toEqual([2, ['first', 'second']]);
    expect([await timers.run(), rung]).toEqual([0, ['first', 'second']]);
    clock.advance(2 * HOUR);
    expect([await timers.run(), rung]).toEqual([1, ['first', 'second', 'later']]);
    await pod.relay.idle();
    expect([await journalOf(pod, 'due'), await journalOf(pod, 'due-too')]).toEqual([
      ['things second', 'things later'],
      ['things first'],
    ]);
  });

  it('is written by one of two pods that see it at once, with its event once', async () => {
    const clock = new MovableClock();
    const [one, two] = [await ringingPod('one', clock), await ringingPod('two', clock)];
    const ids = Array.from({ length: 20 }, (_, at) => `both-${at}`);
    for (const id of ids) await one.remind('both', id, 1_000);
    clock.advance(HOUR);
    await Promise.all([one.timers.run(), two.timers.run(), two.timers.run()]);
    await Promise.all([one.pod.relay.idle(), two.pod.relay.idle()]);
    const journal = await journalOf(one.pod, 'both');
    expect([journal.length, new Set(journal).size]).toEqual([20, 20]);
    for (const id of ids)
      expect(await one.reminders.findById(systemActor('both'), id)).toMatchObject({
        rev: 2,
        state: 'rung',
        dueAt: null,
      });
  });

  it('does not hold up the others when it fails, and is tried again', async () => {
    const clock = new MovableClock();
    let fails = true;
    const { timers, rung, remind } = await ringingPod('failing', clock, (id) => fails && id === 'fails');
    await remind('failing', 'fails', 1_000);
    await remind('failing', 'works', 2_000);
    clock.advance(HOUR);
    expect([await timers.run(), rung]).toEqual([1, ['works']]);
    fails = false;
    expect([await timers.run(), rung]).toEqual([1, ['works', 'fails']]);
  });

  it('gets through behind more failing ones than a round takes', async () => {
    const clock = new MovableClock();
    const { timers, rung, remind, reminders } = await ringingPod('behind', clock, (id) =>
      id.startsWith('bad'),
    );
    for (let at = 0; at < 250; at += 1) await remind('behind', `bad-${at}`, 1_000 + at);
    await remind('behind', 'good', 10_000);
    clock.advance(HOUR);
    for (let round = 0; round < 3 && rung.length === 0; round += 1) await timers.run();
    expect(rung).toEqual(['good']);
    await reminders.model.deleteMany({ business: 'behind' });
  });
});

describe('a loop', () => {
  it('repeats its work, never twice at once, survives an error, and ends when the round is over', async () => {
    const loops = new Loops(createLogger('silent'));
    let [running, most, rounds] = [0, 0, 0];
    loops.every(5, 'test', async () => {
      running += 1;
      most = Math.max(most, running);
      rounds += 1;
      await new Promise((resolve) => setTimeout(resolve, 15));
      running -= 1;
      if (rounds === 1) throw new Error('once');
    });
    expect(await eventually(5_000, async () => rounds >= 3)).toBe(true);
    await loops.stop();
    const after = rounds;
    expect([running, most]).toEqual([0, 1]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(rounds).toBe(after);
  });
});
