import type { Mechanism } from '../../src/platform/faults.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { startTestDatabase, type TestDatabase } from '../support/database.js';
import { buildPod, type Pod } from '../support/pod-in-process.js';
import { PodProcess, PodRefusal } from '../support/pod-process.js';
import type { PodCommand, PodCommands } from '../support/pod-process.protocol.js';
import { Proxy, upstreamOf, uriThrough } from '../support/proxy.js';
import { eventually, sleep } from '../support/wait.js';

export { eventually, sleep };

/** Everything a fault row needs: a database, a proxy before it, pods as processes, and a pod of our own that looks. */
export class Rig {
  readonly pods: PodProcess[] = [];
  private started = 0;

  private constructor(
    private readonly server: TestDatabase,
    readonly database: Database,
    readonly proxy: Proxy,
    /** Reads what the pods wrote; connected past the proxy. */
    readonly looker: Pod,
  ) {}

  static async open(): Promise<Rig> {
    const server = await startTestDatabase();
    const database = await Database.connect(server.uri);
    const proxy = await Proxy.start(upstreamOf(server.uri));
    const looker = buildPod(database, 'looker');
    await looker.collections.ensureIndexes();
    return new Rig(server, database, proxy, looker);
  }

  async pod(
    options: { throughProxy?: boolean; olderBuild?: boolean; mechanismsOff?: readonly Mechanism[] } = {},
  ): Promise<PodProcess> {
    const uri = options.throughProxy === true ? uriThrough(this.server.uri, this.proxy) : this.server.uri;
    const pod = new PodProcess(`pod${(this.started += 1)}`, uri, options);
    this.pods.push(pod);
    return pod.start();
  }

  alive(): string {
    return `${this.pods.filter((pod) => pod.alive).length}/${this.pods.length}`;
  }

  /** Waits until nothing is left in any outbox of the business nor among its dead letters, or until time is up. */
  async quiet(business: string, milliseconds: number): Promise<boolean> {
    return eventually(milliseconds, async () => {
      const filter = { business, 'outbox.0': { $exists: true } };
      const waiting = await this.looker.items.repository.model.countDocuments(filter);
      return waiting + (await this.looker.letters.countDocuments({ business })) === 0;
    });
  }

  async close(): Promise<void> {
    this.proxy.set('pass');
    await Promise.all(this.pods.filter((pod) => pod.alive).map((pod) => pod.kill()));
    await this.proxy.close();
    await this.database.close();
    await this.server.close();
  }
}

/** A client of a row: it repeats what was refused as retryable, and writes down what was acknowledged. */
export class Sender {
  readonly acknowledged = new Map<string, number>();
  refused = 0;
  /** Answers that came later than promised, or that were final where they had to be retryable. */
  readonly broken: string[] = [];
  worstMs = 0;

  constructor(private readonly pods: () => readonly PodProcess[]) {}

  async create(business: string, key: string, patience = 60_000): Promise<void> {
    await this.send('create', { business, key, text: 'first' }, patience);
  }

  async rewrite(business: string, id: string, text: string, patience = 60_000): Promise<void> {
    await this.send('rewrite', { business, id, text }, patience);
  }

  private async send<C extends PodCommand>(
    command: C,
    input: PodCommands[C],
    patience: number,
  ): Promise<void> {
    const until = performance.now() + patience;
    for (let attempt = 0; attempt === 0 || performance.now() < until; attempt += 1) {
      const pods = this.pods();
      const pod = pods[attempt % Math.max(1, pods.length)];
      const began = performance.now();
      try {
        if (pod === undefined) throw new PodRefusal('died', true);
        const item = (await pod.call(command, input)) as { _id: string; rev: number };
        this.acknowledged.set(item._id, Math.max(item.rev, this.acknowledged.get(item._id) ?? 0));
        this.worstMs = Math.max(this.worstMs, performance.now() - began);
        return;
      } catch (error) {
        this.worstMs = Math.max(this.worstMs, performance.now() - began);
        this.refused += 1;
        if (!(error instanceof PodRefusal) || !error.retryable) {
          this.broken.push(error instanceof Error ? error.message : 'unknown');
          return;
        }
        // As a client does: rarer with each refusal, so that a thousand of them do not become a storm.
        await sleep(Math.min(2_000, 50 * 2 ** attempt) * (0.5 + Math.random()));
      }
    }
    this.broken.push(`${command} was never taken`);
  }
}
