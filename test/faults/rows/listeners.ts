import type { Figures, Row, RowOptions } from '../figures.js';
import { judge } from '../oracle.js';
import { eventually, Rig, Sender } from '../rig.js';

const BUSINESS = 'listeners';

/** A listener that fails, then hangs, on a newer pod beside an older one that has never heard of it. */
async function failingListeners({ quick, mechanismsOff }: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  const broken: string[] = [];
  try {
    const older = await rig.pod({ olderBuild: true, mechanismsOff });
    const newer = await rig.pod({ mechanismsOff });
    await leaveForANewerBuild(rig);
    const sender = new Sender(() => [newer]);
    const olderSender = new Sender(() => [older]);
    const each = quick ? 20 : 100;
    let worstStallMs = 0;
    const send = async (prefix: string): Promise<void> => {
      for (let at = 0; at < each / 2; at += 1) {
        const began = performance.now();
        await Promise.all([
          sender.create(BUSINESS, `${prefix}${at}`),
          olderSender.create(BUSINESS, `${prefix}-older${at}`),
        ]);
        worstStallMs = Math.max(worstStallMs, performance.now() - began);
      }
    };
    const journalled = async (items: number): Promise<boolean> =>
      eventually(4_000, async () => (await eventsOf(rig)) >= items);

    const letters = (): Promise<number> => rig.looker.letters.countDocuments({ business: BUSINESS });
    const written = each / 2;
    await newer.call('extraListener', { behaviour: 'fails' });
    await send('fail');
    if (!(await journalled(each))) broken.push('clients waited for a failing listener');
    if (!(await eventually(4_000, async () => (await letters()) === written))) {
      broken.push(`${await letters()} dead letters of a failing listener, not ${written}`);
    }
    await newer.call('extraListener', { behaviour: 'hangs' });
    await send('hang');
    if (!(await journalled(2 * each))) broken.push('clients waited for a hanging listener');

    // A hanging one is given up after its ten seconds; the short form does not wait for that.
    if (!quick && !(await eventually(25_000, async () => (await letters()) >= 2 * written))) {
      broken.push(`${await letters()} dead letters of a hanging listener too, not ${2 * written}`);
    }
    if (quick) {
      await newer.kill();
      await newer.start();
    }
    await newer.call('extraListener', { behaviour: 'works' });
    await newer.call('replayDeadLetters', { business: BUSINESS });
    if (!(await eventually(25_000, async () => (await letters()) === 0)))
      broken.push('dead letters were not replayed');
    await rig.quiet(BUSINESS, 8_000);
    const extra = await rig.looker.reactions.countDocuments({ business: BUSINESS, item: 'extra' });
    if (extra < written) broken.push(`the listener ran for ${extra} events of at least ${written}`);
    await rig.looker.reactions.deleteMany({ business: BUSINESS, item: 'extra' });
    const left = await rig.looker.items.repository.model
      .findOne({ business: 'newer' })
      .select('outbox')
      .lean<{ outbox: unknown[] }>();
    if (left?.outbox.length !== 2) broken.push('an event of a newer build was dropped, or overtaken');
    const acknowledged = new Map([...sender.acknowledged, ...olderSender.acknowledged]);
    broken.push(...sender.broken, ...olderSender.broken);
    return {
      verdict: await judge(rig.looker, BUSINESS, acknowledged),
      worstStallMs,
      podsAlive: rig.alive(),
      broken,
    };
  } finally {
    await rig.close();
  }
}

/** A document whose second event no running build knows: that one waits, and so does the one behind it. */
async function leaveForANewerBuild(rig: Rig): Promise<void> {
  const known = (id: string) => ({
    id,
    name: 'data.changed',
    data: { resource: 'other', id, action: 'updated' },
  });
  const entries = [known('one'), { id: 'two', name: 'item.teleported', data: {} }, known('three')];
  const rest = {
    at: new Date(),
    actor: { id: 'newer', role: 'system', ip: null },
    subjects: [],
    audience: ['staff'],
  };
  await rig.looker.items.repository.collection().insertOne({
    _id: 'from-a-newer-build' as never,
    business: 'newer',
    rev: 1,
    text: '',
    idempotencyKey: 'newer',
    idempotencyHash: '',
    outbox: entries.map((entry) => ({ ...rest, ...entry })),
  });
}

async function eventsOf(rig: Rig): Promise<number> {
  const [result] = await rig.looker.journalModel.aggregate<{ count: number }>([
    { $match: { business: BUSINESS } },
    { $unwind: '$events' },
    { $match: { 'events.data.resource': 'items' } },
    { $count: 'count' },
  ]);
  return result?.count ?? 0;
}

export const f31: Row = {
  name: 'F31',
  what: 'a listener that fails, hangs, or is unknown to an older pod beside a newer one',
  run: failingListeners,
  mutations: [{ off: 'dead letters' }, { off: 'unknown names wait' }],
};
