import { armFaults, type FaultPoint } from '../../src/platform/faults.js';
import { systemActor, type Actor } from '../../src/platform/actor.js';
import type { Database } from '../../src/platform/mongo/connection.js';
import type { Random } from '../support/random.js';
import { buildPod, type Pod } from '../support/pod-in-process.js';

/** Where a pod of a schedule dies or stands still. */
const POINTS: readonly FaultPoint[] = [
  'write.before',
  'write.after',
  'relay.before-projections',
  'relay.after-projections',
  'journal.before-append',
  'journal.after-append',
  'relay.before-clear',
  'relay.after-clear',
];

interface Fate {
  /** Nothing of this pod goes on after it met its point; a zombie goes on when it is woken. */
  readonly stopped: Promise<void>;
  readonly stop: () => void;
  readonly woken: Promise<void>;
  readonly wake: () => void;
  readonly pod: Pod;
  /** What it was asked to write: a zombie that was woken ends what it had begun. */
  readonly writes: Promise<void>[];
  point: FaultPoint | undefined;
  met: boolean;
}

/** One business, several pods, and a seeded plan of writes, crashes, pauses and sweeps among them. */
export class Schedule {
  readonly actor: Actor;
  /** What was acknowledged to somebody: item id to its highest acknowledged revision. */
  readonly acknowledged = new Map<string, number>();
  private readonly fates = new Map<string, Fate>();
  private pods: Pod[] = [];
  private born = 0;
  private readonly pending: Promise<unknown>[] = [];

  constructor(
    private readonly database: Database,
    readonly business: string,
    private readonly random: Random,
  ) {
    this.actor = systemActor(business);
  }

  async play(): Promise<void> {
    armFaults((point, pod) => this.arrive(point, pod));
    for (let count = 2 + this.random.below(2); count > 0; count -= 1) this.addPod();
    const steps = 8 + this.random.below(10);
    for (let step = 0; step < steps; step += 1) await this.step(step);
    // The dead stay dead; those that merely stood still come back after others took over. Two sweep at once.
    const heirs = [this.addPod(), this.addPod()];
    await this.settle(heirs);
    for (const fate of this.fates.values()) {
      if (!this.random.chance(0.5)) continue;
      fate.wake();
      await Promise.all(fate.writes);
      await fate.pod.relay.idle();
    }
    await Promise.all(this.pending);
    await this.settle(heirs);
    armFaults(undefined);
  }

  private addPod(): Pod {
    const pod = buildPod(this.database, `${this.business}-p${(this.born += 1)}`);
    let stop = (): void => undefined;
    let wake = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const woken = new Promise<void>((resolve) => (wake = resolve));
    this.fates.set(pod.name, { stopped, stop, woken, wake, pod, writes: [], point: undefined, met: false });
    this.pods.push(pod);
    return pod;
  }

  private arrive(point: FaultPoint, pod: string): Promise<void> | undefined {
    const fate = this.fates.get(pod);
    if (fate === undefined) return undefined;
    if (fate.point === point && !fate.met) {
      fate.met = true;
      fate.stop();
    }
    return fate.met ? fate.woken : undefined;
  }

  private async step(step: number): Promise<void> {
    const pod = this.random.pick(this.alive());
    const dice = this.random.next();
    if (dice < 0.15) {
      this.fateOf(pod).point = this.random.pick(POINTS);
      if (this.alive().length < 2) this.addPod();
    } else if (dice < 0.35) {
      await this.raced(pod, async () => {
        await pod.sweep.run();
        await pod.relay.idle();
      });
    } else if (dice < 0.45) {
      await this.raced(pod, () => pod.relay.idle());
    } else {
      this.write(pod, step);
      // Sometimes the next step begins while this write is under way.
      if (this.random.chance(0.6))
        await Promise.race([Promise.allSettled(this.pending), this.fateOf(pod).stopped]);
    }
  }

  private write(pod: Pod, step: number): void {
    const known = [...this.acknowledged.keys()];
    const item = known.length > 0 && this.random.chance(0.6) ? this.random.pick(known) : undefined;
    const twin = this.random.chance(0.3) ? this.random.pick(this.alive()) : undefined;
    const send = (through: Pod, text: string): void => {
      const sent =
        item === undefined
          ? through.items.create(this.actor, `k${step}`, 'first')
          : through.items.rewrite(this.actor, item, text);
      const noted = sent.then(
        ({ _id, rev }) => void this.acknowledged.set(_id, Math.max(rev, this.acknowledged.get(_id) ?? 0)),
        // Refused: the sender was told so, and nothing is promised.
        () => undefined,
      );
      this.fateOf(through).writes.push(noted);
      this.pending.push(Promise.race([noted, this.fateOf(through).stopped]));
    };
    send(pod, `a${step}`);
    // The same create through another pod at once, or another change of the same item.
    if (twin !== undefined && twin !== pod) send(twin, `b${step}`);
  }

  /** Lets pods take over whatever is left, as their sweeps would in a few seconds. */
  private async settle(pods: readonly Pod[]): Promise<void> {
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(pods.map((pod) => pod.sweep.run()));
      await Promise.all(pods.map((pod) => pod.relay.idle()));
      const waiting = await pods[0]?.items.repository.model.countDocuments({
        business: this.business,
        'outbox.0': { $exists: true },
      });
      if (waiting === 0) return;
    }
  }

  private alive(): Pod[] {
    this.pods = this.pods.filter((pod) => !this.fateOf(pod).met);
    return this.pods.length > 0 ? this.pods : [this.addPod()];
  }

  private fateOf(pod: Pod): Fate {
    const fate = this.fates.get(pod.name);
    if (fate === undefined) throw new Error(`Nothing is known of ${pod.name}.`);
    return fate;
  }

  private async raced(pod: Pod, work: () => Promise<unknown>): Promise<void> {
    await Promise.race([work(), this.fateOf(pod).stopped]);
  }
}
