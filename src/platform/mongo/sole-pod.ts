import type { Connection } from 'mongoose';
import type { Logger } from '../logging.js';
import { Loops } from '../loops.js';
import { bounded } from './deadline.js';
import { isDuplicateKey } from './failures.js';

interface Beat {
  readonly _id: string;
  readonly pod: string;
  readonly beat: number;
}

const ID = 'the only pod';

/** Says why a second pod does not start. */
export class SecondPodRefused extends Error {}

/**
 * Without Redis pods would not hear of each other, so there can be one. It leaves a beat in the database; another one
 * waits for it to stand still for 5 s, by its own watch and not by a time in the document, and then takes its place.
 */
export class SolePod {
  private readonly loops: Loops;
  private beat = 0;

  constructor(
    private readonly connection: Connection,
    private readonly pod: string,
    private readonly logger: Logger,
    private readonly onReplaced: () => void,
    private readonly times = { patienceMs: 5_000, beatMs: 2_000, lookMs: 250 },
  ) {
    this.loops = new Loops(logger);
  }

  async claim(): Promise<void> {
    const first = await this.read();
    if (first !== null) await this.waitForStandstill(first);
    const taken = await this.take(await this.read(), first);
    if (!taken) throw this.refusal();
    this.loops.every(this.times.beatMs, 'sole pod', () => this.tick());
  }

  async release(): Promise<void> {
    await this.loops.stop();
    await bounded(() => this.beats().deleteOne({ _id: ID, pod: this.pod })).catch(() => undefined);
  }

  private async waitForStandstill(first: Beat): Promise<void> {
    const until = performance.now() + this.times.patienceMs;
    let moved = false;
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, this.times.lookMs));
      const now = await this.read();
      // It has left in good order: a restart need not wait longer.
      if (now === null) return;
      moved ||= now.beat !== first.beat || now.pod !== first.pod;
    }
    if (moved) throw this.refusal();
  }

  private async take(current: Beat | null, first: Beat | null): Promise<boolean> {
    const mine = { pod: this.pod, beat: 0 };
    if (current === null) {
      try {
        await bounded((maxTimeMS) => this.beats().insertOne({ _id: ID, ...mine }, { maxTimeMS }));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    }
    const result = await bounded((maxTimeMS) =>
      this.beats().updateOne(
        { _id: ID, pod: first?.pod ?? '', beat: first?.beat ?? 0 },
        { $set: mine },
        { maxTimeMS },
      ),
    );
    return result.matchedCount === 1;
  }

  private async tick(): Promise<void> {
    const result = await bounded((maxTimeMS) =>
      this.beats().updateOne({ _id: ID, pod: this.pod }, { $set: { beat: (this.beat += 1) } }, { maxTimeMS }),
    );
    if (result.matchedCount === 1) return;
    // It stood still for so long that another one took its place: two would not hear of each other.
    this.logger.fatal('Another pod has taken the place of this one');
    this.onReplaced();
  }

  private read(): Promise<Beat | null> {
    return bounded((maxTimeMS) => this.beats().findOne({ _id: ID }, { maxTimeMS }));
  }

  private beats() {
    return this.connection.collection<Beat>('pods');
  }

  private refusal(): SecondPodRefused {
    return new SecondPodRefused(
      'Another pod runs on this database, and without REDIS_URL there can be one only: stop it, or give both a Redis.',
    );
  }
}
