import { switchOff } from '../../../src/platform/faults.js';
import { sum, type Figures, type Row, type RowOptions } from '../figures.js';
import { Schedule } from '../model.js';
import { holds, judge, type Verdict } from '../oracle.js';
import { Rig } from '../rig.js';
import { Random } from '../../support/random.js';

async function schedules({ quick, seed, mechanismsOff }: RowOptions): Promise<Figures> {
  const rig = await Rig.open();
  const verdicts: Verdict[] = [];
  const broken: string[] = [];
  let worstStallMs = 0;
  try {
    switchOff(...mechanismsOff);
    const count = quick ? 30 : 5_000;
    for (let at = 0; at < count && broken.length < 3; at += 1) {
      const began = performance.now();
      const schedule = new Schedule(rig.database, `schedule-${seed + at}`, new Random(seed + at));
      await schedule.play();
      const verdict = await judge(rig.looker, schedule.business, schedule.acknowledged);
      if (!holds(verdict)) broken.push(`seed ${seed + at}`);
      verdicts.push(verdict);
      worstStallMs = Math.max(worstStallMs, performance.now() - began);
    }
    return { verdict: sum(verdicts), worstStallMs, podsAlive: 'simulated', broken };
  } finally {
    switchOff();
    await rig.close();
  }
}

export const f30: Row = {
  name: 'F30',
  what: 'an update, an update by another pod, a crash between; two sweepers at once',
  run: schedules,
  mutations: [{ off: 'revision guard' }, { off: 'precise pull' }],
};
