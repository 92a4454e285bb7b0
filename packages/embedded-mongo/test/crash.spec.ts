import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { serve } from '../src/launch/serve.js';
import { killAll } from './support/cli.js';
import { crashRounds } from './support/crash.js';
import { newFolder, removeFolders } from './support/folders.js';

afterEach(async () => {
  await killAll();
  removeFolders();
});

describe('SIGKILL under sixteen writers', () => {
  // Two rounds here; `npm run crash -w packages/embedded-mongo` runs twelve.
  it('loses nothing that was acknowledged, and every index agrees with its documents', async () => {
    const report = await crashRounds(2, newFolder());
    expect(report.violations).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(400);
    expect(report.claims).toBeGreaterThan(10);
  });
});

describe('a reply', () => {
  it('does not leave before the flush', async () => {
    let flushed: (() => void) | undefined;
    let held = false;
    const onCommitted = async (): Promise<void> => {
      if (held) await new Promise<void>((resolve) => (flushed = resolve));
    };
    const server = await serve({ dir: newFolder() }, { onCommitted });
    const client = new MongoClient(server.uri);
    const orders = client.db('shop').collection<{ _id: number; n?: number }>('orders');
    await orders.insertOne({ _id: 1 });
    const writes: Record<string, () => Promise<unknown>> = {
      insert: () => orders.insertOne({ _id: 2 }),
      update: () => orders.updateOne({ _id: 1 }, { $inc: { n: 1 } }),
      findAndModify: () => orders.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }),
      createIndexes: () => orders.createIndex({ n: 1 }),
      delete: () => orders.deleteOne({ _id: 1 }),
      drop: () => orders.drop(),
    };
    for (const [name, write] of Object.entries(writes)) {
      held = true;
      let answered = false;
      const answer = write().then(() => (answered = true));
      while (flushed === undefined) await sleep(5);
      await sleep(100);
      expect([name, answered]).toEqual([name, false]);
      held = false;
      flushed();
      flushed = undefined;
      await answer;
    }
    await client.close();
    await server.close();
  });
});
