// also runs on: mongodb
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '../../src/contracts/events.js';
import { systemActor } from '../../src/platform/actor.js';
import type { DeadLetter } from '../../src/platform/events/dead-letters.js';
import { draft } from '../../src/platform/events/draft.js';
import { HangingListener } from '../../src/platform/events/hung-listeners.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { journalOf, listen, outboxOf, thing, thingOf, told, writeThings } from '../support/listeners.js';
import { buildPod, MovableClock, type Pod } from '../support/pod-in-process.js';
import { eventually, gate } from '../support/wait.js';

const HOUR = 3_600_000;
let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  database = await Database.connect(server.uri);
  await buildPod(database, 'first').collections.ensureIndexes();
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const letters = (pod: Pod, business: string): Promise<DeadLetter[]> =>
  pod.letters.find({ business }).sort({ _id: 1 }).lean<DeadLetter[]>();

/** A pod with a clock of its own and one listener that fails until it is told to work. */
function failing(name: string, stage: 'projection' | 'reaction' = 'reaction') {
  const clock = new MovableClock();
  const pod = buildPod(database, name, clock);
  const state = { works: false, calls: 0, thrown: new Error('as the test wished') };
  const listenerName = `${name}Fails`;
  listen(pod, listenerName, stage, async () => {
    state.calls += 1;
    if (!state.works) throw state.thrown;
  });
  return { pod, clock, state, listenerName };
}

describe('a listener that fails', () => {
  it('becomes a letter, and delays neither the journal nor other listeners nor later events', async () => {
    const { pod, state, listenerName } = failing('delays');
    const seen: string[] = [];
    listen(pod, 'hearAllTheSame', 'reaction', async (event) => void seen.push(thingOf(event)));
    const { _id } = await writeThings(pod, 'delays', ['a', 'b']);
    await pod.relay.idle();
    expect([seen, await journalOf(pod, 'delays'), await outboxOf(pod, _id)]).toEqual([
      ['a', 'b'],
      ['things a', 'things b'],
      [],
    ]);
    const [event] = await pod.reader.read('delays', 0);
    const [letter, ...more] = await letters(pod, 'delays');
    expect(more).toHaveLength(1);
    expect(letter).toMatchObject({
      _id: `${event?.id}/${listenerName}`,
      listener: listenerName,
      attempts: 1,
      error: 'Error: as the test wished',
      event: {
        id: event?.id,
        name: 'data.changed',
        business: 'delays',
        data: { id: 'a' },
        subjects: [{ id: 'a' }],
      },
    });
    expect(state.calls).toBe(2);
    const counted = await pod.metrics.deadLetters.get();
    expect(counted.values).toEqual([{ labels: { listener: listenerName }, value: 2 }]);
    expect(await pod.deadLetters.countWaiting()).toBe(2);
    expect((await pod.metrics.deadLettersWaiting.get()).values[0]?.value).toBe(2);
  });

  it('is retried alone, later and later, until it works', async () => {
    const { pod, clock, state } = failing('retried');
    await writeThings(pod, 'retried', ['a']);
    await pod.relay.idle();
    expect(await pod.deadLetters.retryDue()).toBe(0);
    expect(state.calls).toBe(1);
    for (const attempts of [1, 2, 3]) {
      const [letter] = await letters(pod, 'retried');
      expect(letter?.attempts).toBe(attempts);
      const wait = (letter?.dueAt?.getTime() ?? 0) - clock.now().getTime();
      expect(wait).toBeLessThan(1_200 * 2 ** attempts);
      expect(wait).toBeGreaterThan(800 * 2 ** attempts - 500);
      clock.advance(wait + 1);
      expect(await pod.deadLetters.retryDue()).toBe(0);
      expect(state.calls).toBe(attempts + 1);
    }
    state.works = true;
    clock.advance(HOUR);
    expect(await pod.deadLetters.retryDue()).toBe(1);
    expect([await letters(pod, 'retried'), await journalOf(pod, 'retried')]).toEqual([[], ['things a']]);
  });

  it('is parked after 20 attempts, and tried again when a person wishes', async () => {
    const { pod, clock, state } = failing('parked');
    await writeThings(pod, 'parked', ['a']);
    await pod.relay.idle();
    for (let attempts = 1; attempts < 25; attempts += 1) {
      clock.advance(2 * HOUR);
      await pod.deadLetters.retryDue();
    }
    expect(state.calls).toBe(20);
    const [letter] = await letters(pod, 'parked');
    expect(letter).toMatchObject({ attempts: 20, dueAt: null });
    const id = letter?._id ?? '';
    state.thrown = new Error('still');
    expect(await pod.deadLetters.replay(systemActor('parked'), id)).toBe(false);
    expect(await letters(pod, 'parked')).toMatchObject([
      { attempts: 21, dueAt: null, error: 'Error: still' },
    ]);
    state.works = true;
    expect(await pod.deadLetters.replay(systemActor('parked'), id)).toBe(true);
    expect(await letters(pod, 'parked')).toEqual([]);
    await expect(pod.deadLetters.replay(systemActor('parked'), id)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('is run by one of several pods', async () => {
    const { pod, clock } = failing('shared');
    await writeThings(pod, 'shared', ['a', 'b', 'c', 'd']);
    await pod.relay.idle();
    clock.advance(HOUR);
    const runs: string[] = [];
    const others = ['shared-1', 'shared-2'].map((name) => {
      const other = buildPod(database, name, clock);
      listen(other, 'sharedFails', 'reaction', async (event) => void runs.push(thingOf(event)));
      return other;
    });
    const done = await Promise.all(others.map((other) => other.deadLetters.retryDue()));
    expect([done.reduce((sum, one) => sum + one, 0), runs.sort()]).toEqual([4, ['a', 'b', 'c', 'd']]);
    expect(await letters(pod, 'shared')).toEqual([]);
  });

  it('is held by a lease that outlives its run, whatever ran before it in the same round', async () => {
    const { pod, clock } = failing('leased');
    await writeThings(pod, 'leased', ['a', 'b', 'c']);
    await pod.relay.idle();
    clock.advance(HOUR);
    const leases: number[] = [];
    const slow = buildPod(database, 'leased-slow', clock);
    listen(slow, 'leasedFails', 'reaction', async ({ id }) => {
      const letter = await pod.letters.findById(`${id}/leasedFails`).lean<DeadLetter>();
      leases.push((letter?.dueAt?.getTime() ?? 0) - clock.now().getTime());
      clock.advance(9_000);
      throw new Error('slow, and in vain');
    });
    const began = clock.now().getTime();
    await slow.deadLetters.retryDue();
    expect(leases).toHaveLength(3);
    expect(Math.min(...leases)).toBeGreaterThan(10_000);
    // The wait begins when the attempt is over, else a slow one would be due again at once.
    const dueAts = (await letters(pod, 'leased')).map(({ dueAt }) => (dueAt?.getTime() ?? 0) - began);
    expect(Math.max(...dueAts)).toBeGreaterThan(27_000 + 3_000);
  });

  it('waits for a build that has the listener', async () => {
    const { pod, clock, state } = failing('unknown');
    await writeThings(pod, 'unknown', ['a']);
    await pod.relay.idle();
    clock.advance(HOUR);
    const older = buildPod(database, 'unknown-older', clock);
    expect(await older.deadLetters.retryDue()).toBe(0);
    const [letter] = await letters(pod, 'unknown');
    const replaying = older.deadLetters.replay(systemActor('unknown'), letter?._id ?? '');
    await expect(replaying).rejects.toMatchObject({ code: 'conflict' });
    state.works = true;
    expect(await pod.deadLetters.retryDue()).toBe(1);
  });

  it('stays a letter when what it returns cannot be journalled', async () => {
    const pod = buildPod(database, 'nine');
    const handle = (count: number) => async (event: Parameters<typeof told>[0]) =>
      told(event, ...Array.from({ length: count }, (_, at) => `t${at}`));
    listen(pod, 'returnNine', 'reaction', handle(9));
    listen(pod, 'returnEight', 'reaction', handle(8));
    await writeThings(pod, 'nine', ['a']);
    await pod.relay.idle();
    expect(await letters(pod, 'nine')).toMatchObject([
      { listener: 'returnNine', error: 'Error: returned 9 events, 8 at most' },
    ]);
    expect(await journalOf(pod, 'nine')).toHaveLength(1 + 8);
  });
});

describe('a listener that hangs', () => {
  it('holds up neither the journal nor other listeners, however many events it has', async () => {
    const pod = buildPod(database, 'hangs');
    const held = gate();
    const heard: string[] = [];
    listen(pod, 'hangsUntilTheEnd', 'reaction', () => held.opened);
    const handle = async (event: DomainEvent): Promise<void> => void heard.push(event.name);
    pod.bus.subscribe(['business.created'], {
      name: 'hearsOfOthers',
      stage: 'reaction',
      resource: '',
      handle,
    });
    const names = Array.from({ length: 150 }, (_, at) => `n${at}`);
    await Promise.all(names.map((name) => writeThings(pod, 'hangs', [name])));
    try {
      expect(await eventually(3_000, async () => (await journalOf(pod, 'hangs')).length === 150)).toBe(true);
      const actor = systemActor('hangs');
      const event = draft(actor, 'business.created', { data: { id: 'x', name: 'x' } });
      const fields = { text: '', idempotencyKey: 'other', idempotencyHash: '' };
      const { _id } = await pod.items.repository.insert(actor, fields, [event]);
      expect(await eventually(3_000, async () => (await outboxOf(pod, _id)).length === 0)).toBe(true);
      expect(heard).toEqual(['business.created']);
    } finally {
      held.open();
      await pod.relay.idle();
    }
  });

  it('is left alone for a minute: its events become letters at once, other letters are tried', async () => {
    const { pod, clock, state } = failing('works');
    let calls = 0;
    const hanging = listen(pod, 'hangsAgain', 'reaction', async () => {
      calls += 1;
    });
    await pod.deadLetters.add(
      hanging,
      { ...thing('left', 'x'), at: clock.now() },
      new HangingListener(10_000),
    );
    await writeThings(pod, 'left', ['a', 'b']);
    await pod.relay.idle();
    expect([calls, state.calls]).toEqual([0, 2]);
    const found = (await letters(pod, 'left')).map(({ listener, error }) => `${listener} ${error}`);
    expect(found.filter((one) => one.includes('was not called'))).toHaveLength(2);
    state.works = true;
    clock.advance(30_000);
    expect([await pod.deadLetters.retryDue(), calls]).toEqual([2, 0]);
    clock.advance(31_000);
    expect([await pod.deadLetters.retryDue(), calls]).toEqual([3, 3]);
    expect(await letters(pod, 'left')).toEqual([]);
  });
});

describe('a projection that fails', () => {
  it('holds back no event, and tells the clients to read again when it succeeds late', async () => {
    const { pod, clock, state } = failing('late', 'projection');
    await writeThings(pod, 'late', ['a']);
    await pod.relay.idle();
    expect(await journalOf(pod, 'late')).toEqual(['things a']);
    state.works = true;
    clock.advance(HOUR);
    expect(await pod.deadLetters.retryDue()).toBe(1);
    const [, late, ...more] = await pod.reader.read('late', 0);
    expect(more).toEqual([]);
    expect(late).toMatchObject({
      name: 'data.changed',
      wire: 'data_change',
      audience: ['staff'],
      data: { resource: 'thing-list', id: 'a', action: 'updated' },
    });
  });
});

describe('the list of letters', () => {
  it('shows a business its own, page by page, and lets nobody else touch them', async () => {
    const { pod, state } = failing('listed');
    await writeThings(pod, 'listed', ['a', 'b', 'c', 'd', 'e']);
    await writeThings(pod, 'listed-other', ['x']);
    await pod.relay.idle();
    const [mine, other] = [systemActor('listed'), systemActor('listed-other')];
    const first = await pod.deadLetters.list(mine, { limit: 3 });
    const after = first.at(-1)?._id ?? '';
    const second = await pod.deadLetters.list(mine, { limit: 3, after });
    expect([first.length, second.length]).toEqual([3, 2]);
    expect(new Set([...first, ...second].map(({ event }) => thingOf(event))).size).toBe(5);
    expect(await pod.deadLetters.list(other, { limit: 3 })).toHaveLength(1);
    state.works = true;
    await expect(pod.deadLetters.replay(other, after)).rejects.toMatchObject({ code: 'not_found' });
    expect([state.calls, (await letters(pod, 'listed')).length]).toEqual([6, 5]);
  });
});
