import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, MongoServerError, type Collection } from 'mongodb';
import { openStore } from '../../src/storage/open.js';
import { rebuildCheck } from './rebuild-check.js';
import { startCli } from './cli.js';

/** A document that one writer moves through a unique, a compound and a multikey index. */
interface Moving {
  _id: string;
  place: string;
  tag: string;
  n: number;
  labels: string[];
}

/** A document that writers compete for: of each name there is one. */
interface Claim {
  name: string;
  by: number;
}

export interface CrashReport {
  acknowledged: number;
  claims: number;
  /** A sentence for everything that was lost or is inconsistent. */
  violations: string[];
}

const WRITERS = 16;
const DOCUMENTS_PER_WRITER = 12;

/** What a writer knows of one of its documents: the last answer, and what it asked without an answer yet. */
interface Known {
  sure: Moving | undefined;
  asked: Moving | undefined | 'nothing';
}

const same = (one: Moving | undefined, other: Moving | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/**
 * Kills the server under load, again and again, and looks at what is left: first at the folder itself, whether
 * each index says what the documents say, then over the wire, whether everything that was acknowledged is there.
 * Each document has one writer, so that its state is known but for the one request that was under way.
 */
export async function crashRounds(rounds: number, dir: string): Promise<CrashReport> {
  const known = new Map<string, Known>();
  const claimed = new Map<string, number>();
  const report: CrashReport = { acknowledged: 0, claims: 0, violations: [] };
  for (let round = 0; round <= rounds; round += 1) {
    const where = `round ${round}`;
    if (round > 0) report.violations.push(...(await inspectFolder(dir)).map((each) => `${where}: ${each}`));
    const server = await startCli(['--dir', dir]);
    const client = new MongoClient(server.uri, { maxPoolSize: WRITERS, serverSelectionTimeoutMS: 500 });
    const moving = client.db('crash').collection<Moving>('moving');
    const claims = client.db('crash').collection<Claim>('claims');
    if (round === 0) await createIndexes(moving, claims);
    report.violations.push(
      ...(await lost(moving, claims, known, claimed)).map((each) => `${where}: ${each}`),
    );
    if (round === rounds) {
      server.child.kill('SIGTERM');
    } else {
      const writers = Array.from({ length: WRITERS }, (_, writer) =>
        write(writer, round, moving, claims, known, claimed, report),
      );
      const enough = report.acknowledged + 200 + Math.random() * 400;
      while (report.acknowledged < enough) await sleep(1);
      server.child.kill('SIGKILL');
      await Promise.all(writers);
    }
    await server.exit;
    await client.close();
  }
  report.claims = claimed.size;
  return report;
}

async function createIndexes(moving: Collection<Moving>, claims: Collection<Claim>): Promise<void> {
  await moving.createIndex({ place: 1 }, { unique: true });
  await moving.createIndex({ tag: 1, n: -1 });
  await moving.createIndex({ labels: 1 }, { partialFilterExpression: { n: { $gte: 2 } } });
  await claims.createIndex({ name: 1 }, { unique: true });
}

/** Runs until the server is gone. */
async function write(
  writer: number,
  round: number,
  moving: Collection<Moving>,
  claims: Collection<Claim>,
  known: Map<string, Known>,
  claimed: Map<string, number>,
  report: CrashReport,
): Promise<void> {
  try {
    for (let step = 0; ; step += 1) {
      const id = `${writer}-${step % DOCUMENTS_PER_WRITER}`;
      const state = known.get(id) ?? { sure: undefined, asked: 'nothing' };
      known.set(id, state);
      const remove = state.sure !== undefined && Math.random() < 0.2;
      state.asked = remove ? undefined : moved(id, state.sure);
      if (!(await apply(moving, id, state.sure, state.asked))) {
        report.violations.push(`round ${round}: ${id} is not what was answered before`);
      }
      state.sure = state.asked;
      state.asked = 'nothing';
      report.acknowledged += 1;
      if (step % 2 === 0) await claim(`${round}-${step}`, writer, claims, claimed);
    }
  } catch (error) {
    // The server was killed, and what is under way stays `asked`; it must not have refused anything.
    if (error instanceof MongoServerError) report.violations.push(`round ${round}: ${error.message}`);
  }
}

/** Each write names the state that the last one left, so that a lost one is noticed by the next. */
async function apply(
  moving: Collection<Moving>,
  id: string,
  before: Moving | undefined,
  after: Moving | undefined,
): Promise<boolean> {
  if (before === undefined) {
    if (after !== undefined) await moving.insertOne(after);
    return true;
  }
  const there = { _id: id, n: before.n };
  if (after === undefined) return (await moving.deleteOne(there)).deletedCount === 1;
  return (await moving.replaceOne(there, after)).matchedCount === 1;
}

function moved(id: string, before: Moving | undefined): Moving {
  const n = (before?.n ?? 0) + 1;
  const labels = ['a', 'b', 'c', 'd'].filter(() => Math.random() < 0.5);
  return { _id: id, place: `${id}@${n % 3}`, tag: 'xyz'[n % 3] ?? '', n, labels };
}

async function claim(
  name: string,
  by: number,
  claims: Collection<Claim>,
  claimed: Map<string, number>,
): Promise<void> {
  try {
    await claims.insertOne({ name, by });
    // Two winners of one name: noted as a writer that does not exist, which the look afterwards reports.
    claimed.set(name, claimed.has(name) ? -1 : by);
  } catch (error) {
    if ((error as { code?: number }).code !== 11_000) throw error;
  }
}

async function inspectFolder(dir: string): Promise<string[]> {
  const store = await openStore({ dir });
  try {
    return store
      .collections('crash')
      .flatMap(({ namespace }) => rebuildCheck(store, namespace).map((each) => `${namespace}: ${each}`));
  } finally {
    await store.close();
  }
}

async function lost(
  moving: Collection<Moving>,
  claims: Collection<Claim>,
  known: Map<string, Known>,
  claimed: Map<string, number>,
): Promise<string[]> {
  const problems: string[] = [];
  const there = new Map((await moving.find().toArray()).map((document) => [document._id, document]));
  for (const [id, state] of known) {
    const found = there.get(id);
    const allowed = same(found, state.sure) || (state.asked !== 'nothing' && same(found, state.asked));
    if (!allowed)
      problems.push(`${id} is ${JSON.stringify(found)}, answered was ${JSON.stringify(state.sure)}`);
    state.sure = found;
    state.asked = 'nothing';
  }
  for (const id of there.keys()) if (!known.has(id)) problems.push(`${id} was never written`);
  const owners = new Map<string, number[]>();
  for (const { name, by } of await claims.find().toArray())
    owners.set(name, [...(owners.get(name) ?? []), by]);
  for (const [name, by] of owners)
    if (by.length > 1) problems.push(`${by.length} documents are called ${name}`);
  for (const [name, by] of claimed) {
    if (owners.get(name)?.[0] !== by)
      problems.push(`${name} was given to ${by}, and belongs to ${String(owners.get(name))}`);
  }
  return problems;
}
