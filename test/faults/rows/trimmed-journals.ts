import { armFaults, switchOff } from '../../../src/platform/faults.js';
import { formatCursor, parseCursor } from '../../../src/platform/journal/journal.reader.js';
import { defaultRetention, JournalRetention } from '../../../src/platform/journal/journal.retention.js';
import { systemActor } from '../../../src/platform/actor.js';
import { buildPod, MovableClock, type Pod } from '../../support/pod-in-process.js';
import type { Figures, Row, RowOptions } from '../figures.js';
import { sum } from '../figures.js';
import type { Verdict } from '../oracle.js';
import { Rig, Sender } from '../rig.js';

const HOUR = 3_600_000;

/** Watches which event each number was given to, since a trim removes the evidence. */
class Numbers {
  private readonly given = new Map<number, string>();
  twice = 0;

  async look(pod: Pod, business: string): Promise<void> {
    for (const { first, events } of await pod.journalModel.find({ business }).lean()) {
      for (const [at, { id }] of events.entries()) {
        const known = this.given.get(first + at);
        if (known !== undefined && known !== id) this.twice += 1;
        this.given.set(first + at, id);
      }
    }
  }
  get all(): number[] {
    return [...this.given.keys()].sort((left, right) => left - right);
  }
}

/** What the numbers say once parts of the journal are gone: each used once, none left out. */
function verdictOf(numbers: Numbers, expected: number): Verdict {
  const { all, twice } = numbers;
  const gaps = all.filter((number, at) => number !== at + 1).length;
  return {
    acked: expected,
    inLog: all.length,
    lost: Math.max(0, expected - all.length),
    dup: twice,
    gaps,
    disorder: 0,
    problems: [],
  };
}

/** A pod stands idle while others append and the journal is trimmed, then it appends. */
async function idlePod({ quick, mechanismsOff }: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  try {
    const business = 'idle-pod';
    const idle = await rig.pod({ mechanismsOff });
    const busy = await rig.pod();
    const numbers = new Numbers();
    const create = (pod: typeof idle, key: string): Promise<void> =>
      new Sender(() => [pod]).create(business, key);
    await create(idle, 'first');
    await rig.quiet(business, 4_000);
    idle.signal('SIGSTOP');
    const others = quick ? 60 : 1_000;
    for (let at = 0; at < others; at += 1) await create(busy, `k${at}`);
    await rig.quiet(business, 10_000);
    await numbers.look(rig.looker, business);
    await busy.call('trimJournal', { maxAgeMs: 0, minAgeMs: -HOUR });
    idle.signal('SIGCONT');
    await idle.call('advanceClock', { milliseconds: 61_000 });
    await create(idle, 'last');
    await rig.quiet(business, 4_000);
    await numbers.look(rig.looker, business);
    // Each create is told of, and noted by one reaction that tells of it again.
    const verdict = verdictOf(numbers, (others + 2) * 2);
    return { verdict, worstStallMs: 0, podsAlive: rig.alive(), broken: [] };
  } finally {
    await rig.close();
  }
}

/** The same, but the pod stands still between its look at the head and its insert. */
async function pausedInAppend({ mechanismsOff }: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  try {
    const business = 'paused-in-append';
    const actor = systemActor(business);
    const clock = new MovableClock();
    const paused = buildPod(rig.database, 'paused', clock);
    const other = buildPod(rig.database, 'other');
    const numbers = new Numbers();
    await paused.items.create(actor, 'first', 'first');
    await paused.relay.idle();

    let arrived = (): void => undefined;
    let release = (): void => undefined;
    const atInsert = new Promise<void>((resolve) => (arrived = resolve));
    const gate = new Promise<void>((resolve) => (release = resolve));
    armFaults((point, pod) => {
      if (point !== 'journal.before-append' || pod !== 'paused') return undefined;
      arrived();
      return gate;
    });
    switchOff(...mechanismsOff);
    await paused.items.create(actor, 'held', 'first');
    await atInsert;
    for (let at = 0; at < 5; at += 1) await other.items.create(actor, `k${at}`, 'first');
    await other.relay.idle();
    await numbers.look(rig.looker, business);
    const rules = { ...defaultRetention, maxAgeMs: 0, minAgeMs: -HOUR };
    await new JournalRetention(
      other.journalModel,
      other.trims,
      other.clock,
      async () => new Set(),
      rules,
    ).run();
    clock.advance(61_000);
    release();
    await paused.relay.idle();
    await numbers.look(rig.looker, business);
    return { verdict: verdictOf(numbers, 14), worstStallMs: 0, podsAlive: rig.alive(), broken: [] };
  } finally {
    armFaults(undefined);
    switchOff();
    await rig.close();
  }
}

/** One event, its journal long past retention: the numbers go on and a cursor at the head stays good. */
async function quietBusiness({ mechanismsOff }: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  try {
    const business = 'quiet';
    const pod = await rig.pod({ mechanismsOff });
    const sender = new Sender(() => [pod]);
    await sender.create(business, 'first');
    await rig.quiet(business, 4_000);
    const numbers = new Numbers();
    await numbers.look(rig.looker, business);
    const head = await rig.looker.reader.head(business);
    const cursor = head === undefined ? '' : formatCursor(head);
    await pod.call('advanceClock', { milliseconds: 48 * HOUR });
    await pod.call('trimJournal', { maxAgeMs: 24 * HOUR, minAgeMs: HOUR });
    const broken: string[] = [];
    const parsed = parseCursor(cursor);
    const position = parsed === undefined ? undefined : await rig.looker.reader.locate(business, parsed);
    if (position?.kind !== 'replay' || position.missing !== 0)
      broken.push('the cursor at the head is not good any more');
    await sender.create(business, 'second');
    await rig.quiet(business, 4_000);
    await numbers.look(rig.looker, business);
    const missed = await rig.looker.reader.read(business, head?.seq ?? 0);
    if (missed.length !== 2) broken.push(`the cursor leads to ${missed.length} events, not to 2`);
    return { verdict: verdictOf(numbers, 4), worstStallMs: 0, podsAlive: rig.alive(), broken };
  } finally {
    await rig.close();
  }
}

export const f28: Row = {
  name: 'F28',
  what: 'a pod idle or stopped while others append and the journal is trimmed, then it appends',
  run: async (options) => {
    const [idle, paused] = [await idlePod(options), await pausedInAppend(options)];
    return {
      verdict: sum([idle.verdict, paused.verdict]),
      worstStallMs: 0,
      podsAlive: idle.podsAlive,
      broken: [...idle.broken, ...paused.broken],
    };
  },
  mutations: [{ off: 'trusted heads' }],
};

export const f29: Row = {
  name: 'F29',
  what: 'a quiet business, its journal past retention',
  run: quietBusiness,
  mutations: [{ off: 'newest chunk kept' }],
};
