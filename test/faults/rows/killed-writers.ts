import type { FaultPoint } from '../../../src/platform/faults.js';
import type { Row, RowOptions, Figures } from '../figures.js';
import { judge } from '../oracle.js';
import { eventually, Rig, Sender } from '../rig.js';
import { removeIndexes } from './indexes.js';

const LIMIT_MS = 4_000;

/** A pod dies by SIGKILL at one point of its write path, again and again; another pod takes over each time. */
async function killAt(point: FaultPoint, rounds: number, options: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  const business = `killed-at-${point}`;
  const broken: string[] = [];
  const acknowledged = new Map<string, number>();
  let worstStallMs = 0;
  try {
    await removeIndexes(rig, options.indexesOff);
    await rig.pod({ mechanismsOff: options.mechanismsOff });
    const victims = await Promise.all(Array.from({ length: Math.min(4, rounds) }, () => rig.pod()));
    let next = 0;
    await Promise.all(
      victims.map(async (victim) => {
        for (let round = next++; round < rounds; round = next++) {
          const key = `k${round}`;
          await victim.call('dieAt', { point });
          const sender = new Sender(() => [victim]);
          await sender.create(business, key, 0).catch(() => undefined);
          for (const [id, rev] of sender.acknowledged) acknowledged.set(id, rev);
          await victim.gone();
          const began = performance.now();
          const told = await eventually(LIMIT_MS, () => isJournalled(rig, business, key));
          worstStallMs = Math.max(worstStallMs, performance.now() - began);
          if (!told) broken.push(`${key} was not in the log after ${LIMIT_MS} ms`);
          await victim.start();
        }
      }),
    );
    await rig.quiet(business, LIMIT_MS);
    return {
      verdict: await judge(rig.looker, business, acknowledged),
      worstStallMs,
      podsAlive: rig.alive(),
      broken,
    };
  } finally {
    await rig.close();
  }
}

async function isJournalled(rig: Rig, business: string, key: string): Promise<boolean> {
  const item = await rig.looker.items.repository.model
    .findOne({ business, idempotencyKey: key })
    .select({ _id: 1 })
    .lean();
  if (item === null) return false;
  return (await rig.looker.journalModel.countDocuments({ business, 'events.data.id': item._id })) > 0;
}

export const f3: Row = {
  name: 'F3',
  what: 'kill -9 right after the write, before the relay',
  run: (options) => killAt('write.after', options.quick ? 4 : 100, options),
  mutations: [{ off: 'sweep' }],
};

export const f4: Row = {
  name: 'F4',
  what: 'kill -9 between the append and the $pull',
  run: (options) => killAt('relay.before-clear', options.quick ? 4 : 100, options),
  mutations: [{ off: 'events.id' }],
};
