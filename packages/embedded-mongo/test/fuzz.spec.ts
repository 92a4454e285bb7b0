import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serialize, type Document } from 'bson';
import { killAll, startCli, type CliRun } from './support/cli.js';
import { newFolder, removeFolders } from './support/folders.js';
import { socketOf } from './support/launched.js';
import { WireClient, command, message, section, sequence } from './support/wire-client.js';

let run: CliRun & { uri: string };
let healthy: WireClient;

beforeAll(async () => {
  run = await startCli(['--dir', newFolder()]);
  healthy = await WireClient.open({ path: socketOf(run.uri) });
});

afterAll(async () => {
  await killAll();
  removeFolders();
});

const orders: Document[] = [
  { find: 'orders', filter: { a: { $in: [1, 'x'] }, 'b.c': { $gt: 5 } }, sort: { a: -1 }, limit: 3 },
  { insert: 'orders', documents: [{ _id: 1, a: [1, 2, { b: 'c' }], d: new Date(0) }] },
  { update: 'orders', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 }, $push: { a: { $each: [1] } } } }] },
  { delete: 'orders', deletes: [{ q: { a: { $exists: true } }, limit: 1 }] },
  { findAndModify: 'orders', query: { _id: 2 }, update: { $set: { 'a.$[x]': 1 } }, arrayFilters: [{ x: 1 }] },
  {
    aggregate: 'orders',
    pipeline: [{ $match: { a: 1 } }, { $group: { _id: '$b', n: { $sum: { $multiply: ['$n', 2] } } } }],
    cursor: { batchSize: 2 },
  },
  { createIndexes: 'orders', indexes: [{ key: { a: 1, b: -1 }, name: 'a_b', unique: true }] },
  { count: 'orders', query: { $or: [{ a: /x/i }, { b: null }] } },
  { getMore: 5n, collection: 'orders' },
  { explain: { find: 'orders', filter: { a: 1 } }, verbosity: 'queryPlanner' },
];

describe('the whole server', () => {
  it('survives commands whose bytes were changed at random, and says what is wrong or hangs up', async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return (seed >>> 8) % below;
    };
    let answers = 0;
    let refusals = 0;
    for (let round = 0; round < 1_500; round += 1) {
      const body = Buffer.from(serialize({ ...orders[round % orders.length], $db: 'fuzz' }));
      for (let n = 1 + random(3); n > 0; n -= 1) {
        // Behind the length of the document, which is another test's subject.
        const at = 4 + random(body.length - 5);
        body[at] = random(3) === 0 ? random(256) : (body[at] ?? 0) ^ (1 << random(8));
      }
      const sections = [section(0, body)];
      if (round % 3 === 0) sections.push(sequence('documents', [body]));
      const client = await WireClient.open({ path: socketOf(run.uri) });
      const answer = await client.send(message(sections)).next();
      if (answer !== undefined) answers += 1;
      if (answer?.body.ok === 0) {
        refusals += 1;
        expect(typeof answer.body.code).toBe('number');
        expect(answer.body).not.toMatchObject({ code: 1 });
      }
      client.destroy();
    }
    expect(answers).toBe(1_500);
    expect(refusals).toBeGreaterThan(500);
    expect((await healthy.send(command({ ping: 1 })).next())?.body).toEqual({ ok: 1 });
    expect(run.child.exitCode).toBeNull();
  });
});
