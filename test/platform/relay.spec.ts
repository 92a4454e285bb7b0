// also runs on: mongodb
import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DomainError } from '../../src/contracts/errors.js';
import type { DomainEvent } from '../../src/contracts/events.js';
import { systemActor } from '../../src/platform/actor.js';
import { Bus, On } from '../../src/platform/events/bus.js';
import { armFaults } from '../../src/platform/faults.js';
import { createLogger } from '../../src/platform/logging.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import {
  journalOf,
  listen,
  outboxOf,
  sweepTwice,
  thing,
  thingOf,
  told,
  writeThings,
} from '../support/listeners.js';
import { buildPod } from '../support/pod-in-process.js';
import { gate } from '../support/wait.js';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  database = await Database.connect(server.uri);
  await buildPod(database, 'first').collections.ensureIndexes();
});
afterEach(() => armFaults(undefined));
afterAll(async () => {
  await database.close();
  await server.close();
});

describe('a round of the relay', () => {
  it('runs projections, then journals, then runs reactions, then clears', async () => {
    const pod = buildPod(database, 'order');
    const steps: string[] = [];
    const note = (step: string) => async (event: DomainEvent) => {
      const journalled = (await journalOf(pod, 'order')).length;
      steps.push(`${step} ${thingOf(event)}, ${journalled} journalled`);
    };
    listen(pod, 'reactLast', 'reaction', note('reaction'));
    listen(pod, 'projectFirst', 'projection', note('projection'));
    const { _id } = await writeThings(pod, 'order', ['a', 'b']);
    await pod.relay.idle();
    expect(steps).toEqual([
      'projection a, 0 journalled',
      'projection b, 0 journalled',
      'reaction a, 2 journalled',
      'reaction b, 2 journalled',
    ]);
    expect([await journalOf(pod, 'order'), await outboxOf(pod, _id)]).toEqual([['things a', 'things b'], []]);
  });

  it('journals what listeners return, in their order, under ids that a second run repeats', async () => {
    const pod = buildPod(database, 'returns');
    listen(pod, 'projectReturning', 'projection', async (event) => told(event, 'p1', 'p2'));
    listen(pod, 'reactReturning', 'reaction', async (event) => told(event, 'r1', 'r2'));
    const { _id } = await writeThings(pod, 'returns', ['a']);
    await pod.relay.idle();
    const expected = ['things a', 'told p1', 'told p2', 'told r1', 'told r2'];
    expect(await journalOf(pod, 'returns')).toEqual(expected);
    const [event, ...rest] = await pod.reader.read('returns', 0);
    expect(rest.map(({ id }) => id.replace(event?.id ?? '?', ''))).toEqual([
      '/projectReturning/0',
      '/projectReturning/1',
      '/reactReturning/0',
      '/reactReturning/1',
    ]);
    // Another pod runs it all again: the entry is back in the outbox, as after a crash before the clearing.
    const other = buildPod(database, 'returns-again');
    for (const [name, stage, ids] of [
      ['projectReturning', 'projection', ['p1', 'p2']],
      ['reactReturning', 'reaction', ['r1', 'r2']],
    ] as const)
      listen(other, name, stage, async (again) => told(again, ...ids));
    const { id, name, at, audience, data } = event ?? { id: '', name: '', at: 0, audience: [], data: {} };
    const actor = { id: 'x', role: 'system', ip: null };
    await pod.items.repository
      .collection()
      .updateOne(
        { _id: _id as never },
        { $set: { outbox: [{ id, name, at, audience, data, actor, subjects: [] }] } },
      );
    expect(await sweepTwice(other)).toBe(1);
    expect([await journalOf(pod, 'returns'), await outboxOf(pod, _id)]).toEqual([expected, []]);
  });

  it('keeps out of the journal what has no audience, and runs its listeners', async () => {
    const pod = buildPod(database, 'nobody');
    const seen: string[] = [];
    listen(pod, 'hearOfNobody', 'reaction', async (event) => void seen.push(thingOf(event)));
    const fields = { text: '', idempotencyKey: 'nobody', idempotencyHash: '' };
    const quiet = [thing('nobody', 'quiet', []), thing('nobody', 'loud')];
    await pod.items.repository.insert(systemActor('nobody'), fields, quiet);
    await pod.relay.idle();
    expect([seen, await journalOf(pod, 'nobody')]).toEqual([['quiet', 'loud'], ['things loud']]);
  });

  it('runs the rounds of one document one after the other, and each of its entries once', async () => {
    const pod = buildPod(database, 'rounds');
    const seen: string[] = [];
    const held = gate();
    listen(pod, 'holdTheFirst', 'projection', async (event) => {
      seen.push(`begin ${thingOf(event)}`);
      if (thingOf(event) === 'a') await held.opened;
      seen.push(`end ${thingOf(event)}`);
    });
    const actor = systemActor('rounds');
    const { _id } = await writeThings(pod, 'rounds', ['a']);
    await pod.items.repository.update(actor, _id, () => ({ events: [thing('rounds', 'b')] }));
    await pod.items.repository.update(actor, _id, () => ({ events: [thing('rounds', 'c')] }));
    held.open();
    await pod.relay.idle();
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`begin ${name}`, `end ${name}`]));
    expect(await journalOf(pod, 'rounds')).toEqual(['things a', 'things b', 'things c']);
    expect(await outboxOf(pod, _id)).toEqual([]);
  });

  it('clears exactly what it handled: an entry that came meanwhile stays', async () => {
    const pod = buildPod(database, 'precise');
    const other = buildPod(database, 'precise-other');
    const [arrived, go] = [gate(), gate()];
    armFaults((point, name) => {
      if (point === 'relay.before-clear' && name === 'precise') {
        arrived.open();
        return go.opened;
      }
      // The other pod dies right after its write.
      return point === 'relay.before-projections' && name === 'precise-other'
        ? new Promise(() => undefined)
        : undefined;
    });
    const { _id } = await writeThings(pod, 'precise', ['a']);
    await arrived.opened;
    await other.items.repository.update(systemActor('precise'), _id, () => ({
      events: [thing('precise', 'b')],
    }));
    go.open();
    await pod.relay.idle();
    expect(await outboxOf(pod, _id)).toEqual(['b']);
    expect(await sweepTwice(pod)).toBe(1);
    expect(await journalOf(pod, 'precise')).toEqual(['things a', 'things b']);
  });

  it('leaves the entry, and those behind it, when a projection finds the database away', async () => {
    const pod = buildPod(database, 'away');
    let away = true;
    listen(pod, 'projectUnlessAway', 'projection', async (event) => {
      if (away && thingOf(event) === 'b') throw new DomainError('unavailable');
    });
    const { _id } = await writeThings(pod, 'away', ['a', 'b', 'c']);
    await pod.relay.idle();
    expect([await journalOf(pod, 'away'), await outboxOf(pod, _id)]).toEqual([['things a'], ['b', 'c']]);
    expect(await pod.letters.countDocuments({ business: 'away' })).toBe(0);
    away = false;
    expect(await sweepTwice(pod)).toBe(1);
    const all = ['things a', 'things b', 'things c'];
    expect([await journalOf(pod, 'away'), await outboxOf(pod, _id)]).toEqual([all, []]);
  });
});

describe('the sweep', () => {
  it('takes over what it saw in two of its own rounds, and not what the pod is at', async () => {
    const [dead, heir] = [buildPod(database, 'dead'), buildPod(database, 'heir')];
    armFaults((point, name) =>
      name === 'dead' && point === 'relay.before-projections' ? new Promise(() => undefined) : undefined,
    );
    const { _id } = await writeThings(dead, 'swept', ['a']);
    expect(await heir.sweep.run()).toBe(0);
    expect(await heir.sweep.run()).toBe(1);
    await heir.relay.idle();
    expect([await journalOf(heir, 'swept'), await outboxOf(heir, _id)]).toEqual([['things a'], []]);
    // The one that is at it, however slowly, does not begin a second time.
    const slow = await writeThings(dead, 'swept', ['b']);
    for (let round = 0; round < 3; round += 1) expect(await dead.sweep.run()).toBe(0);
    expect(await outboxOf(dead, slow._id)).toEqual(['b']);
    expect(await sweepTwice(heir)).toBe(1);
    expect((await heir.metrics.swept.get()).values[0]?.value).toBe(2);
  });

  it('passes over a document whose first entry no build here knows, and takes the others', async () => {
    const pod = buildPod(database, 'newer');
    const rest = {
      at: new Date(),
      actor: { id: 'x', role: 'system', ip: null },
      subjects: [],
      audience: ['staff'],
    };
    const known = (id: string) => ({
      ...rest,
      id: `newer-${id}`,
      name: 'data.changed',
      data: { resource: 'things', id, action: 'created' },
    });
    const unknown = { ...rest, id: 'newer-unknown', name: 'thing.teleported', data: { id: 'unknown' } };
    const document = (_id: string, outbox: object[]) => ({
      _id: _id as never,
      business: 'newer',
      rev: 1,
      idempotencyKey: _id,
      outbox,
    });
    await pod.items.repository
      .collection()
      .insertMany([document('n1', [unknown, known('x')]), document('n2', [known('a'), unknown, known('b')])]);
    expect(await sweepTwice(pod)).toBe(1);
    expect(await sweepTwice(pod)).toBe(0);
    expect(await journalOf(pod, 'newer')).toEqual(['things a']);
    expect([await outboxOf(pod, 'n1'), await outboxOf(pod, 'n2')]).toEqual([
      ['unknown', 'x'],
      ['unknown', 'b'],
    ]);
  });
});

@Injectable()
class OneListener {
  readonly seen: string[] = [];

  @On('data.changed', { stage: 'reaction', resource: 'ones' })
  async noteWhenSomethingChanges({ data }: DomainEvent<'data.changed'>): Promise<void> {
    this.seen.push(data.id);
  }
}

@Injectable()
class AnotherListener {
  @On(['business.created', 'data.changed'], { stage: 'projection' })
  async noteWhenSomethingChanges(): Promise<void> {}
}

describe('the bus', () => {
  const start = (...providers: (typeof OneListener | typeof AnotherListener)[]) =>
    Test.createTestingModule({
      imports: [
        PlatformModule.forRoot({ database, logger: createLogger('silent'), pod: 'bus', background: false }),
      ],
      providers,
    }).compile();

  it('finds listeners by their decorator and calls them on their object', async () => {
    const module = await start(OneListener);
    await module.init();
    const bus = module.get(Bus);
    const [listener, ...others] = bus.listenersOf('data.changed', 'reaction');
    expect([listener?.name, listener?.resource, others]).toEqual(['noteWhenSomethingChanges', 'ones', []]);
    await listener?.handle({ data: { id: 'x' } } as DomainEvent);
    expect(module.get(OneListener).seen).toEqual(['x']);
    expect([
      bus.listenersOf('data.changed', 'projection'),
      bus.listenersOf('business.created', 'reaction'),
    ]).toEqual([[], []]);
    await module.close();
  });

  it('stops the start when two listeners have one name', async () => {
    const module = await start(OneListener, AnotherListener);
    await expect(module.init()).rejects.toThrow('Two listeners are called noteWhenSomethingChanges.');
  });
});
