import type { Figures, Row, RowOptions } from '../figures.js';
import { judge } from '../oracle.js';
import { Rig, Sender, sleep } from '../rig.js';
import { removeIndexes } from './indexes.js';

/** A write is answered within so long, whatever the database does: 2.5 s, and slack for a busy machine. */
const ANSWER_MS = 3_000;
const BUSINESS = 'database-away';

/** Sends creates at a steady rate until `until` resolves; each sender repeats what was refused. */
async function steady(sender: Sender, perSecond: number, until: Promise<unknown>): Promise<void> {
  const sends: Promise<void>[] = [];
  let over = false;
  void until.finally(() => (over = true));
  for (let at = 0; !over; at += 1) {
    sends.push(sender.create(BUSINESS, `k${at}`));
    await sleep(1000 / perSecond);
  }
  await Promise.all(sends);
}

async function resetThenBlackHole({ quick, mechanismsOff }: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  try {
    for (let count = 0; count < 2; count += 1) await rig.pod({ throughProxy: true, mechanismsOff });
    const sender = new Sender(() => rig.pods);
    const plan = (async () => {
      const away = quick ? 1_200 : 10_000;
      await sleep(300);
      rig.proxy.set('reset');
      await sleep(away);
      rig.proxy.set('pass');
      await sleep(500);
      rig.proxy.set('blackhole');
      await sleep(away);
      rig.proxy.cut();
      rig.proxy.set('pass');
      await sleep(300);
    })();
    await steady(sender, quick ? 60 : 200, plan);
    await rig.quiet(BUSINESS, 30_000);
    const broken = [...sender.broken];
    if (sender.refused === 0) broken.push('the database was never away');
    if (sender.worstMs > ANSWER_MS) broken.push(`an answer took ${Math.round(sender.worstMs)} ms`);
    const verdict = await judge(rig.looker, BUSINESS, sender.acknowledged);
    return { verdict, worstStallMs: sender.worstMs, podsAlive: rig.alive(), broken };
  } finally {
    await rig.close();
  }
}

async function repliesDropped({ quick, mechanismsOff, indexesOff }: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  try {
    await removeIndexes(rig, indexesOff);
    const pod = await rig.pod({ throughProxy: true, mechanismsOff });
    const sender = new Sender(() => [pod]);
    const sends = quick ? 60 : 500;
    let sent = 0;
    const dropping = (async () => {
      while (sent < sends) {
        rig.proxy.set('drop replies');
        await sleep(60);
        rig.proxy.cut();
        rig.proxy.set('pass');
        await sleep(150);
      }
    })();
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let at = sent++; at < sends; at = sent++) await sender.create(BUSINESS, `k${at}`);
      }),
    );
    await dropping;
    await rig.quiet(BUSINESS, 15_000);
    const broken = [...sender.broken];
    if (sender.refused === 0) broken.push('no reply was ever dropped');
    const verdict = await judge(rig.looker, BUSINESS, sender.acknowledged);
    return { verdict, worstStallMs: sender.worstMs, podsAlive: rig.alive(), broken };
  } finally {
    await rig.close();
  }
}

export const f11: Row = {
  name: 'F11',
  what: 'database reset, then blackholed',
  run: resetThenBlackHole,
  mutations: [],
};

export const f12: Row = {
  name: 'F12',
  what: "the database's reply dropped after it committed",
  run: repliesDropped,
  mutations: [{ off: 'idempotencyKey' }],
};
