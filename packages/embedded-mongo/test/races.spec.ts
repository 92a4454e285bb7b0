import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { killAll, startCli } from './support/cli.js';
import { newFolder, removeFolders } from './support/folders.js';

const RACERS = 4;
const racer = fileURLToPath(new URL('./support/racer.mjs', import.meta.url));
let uri: string;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  ({ uri } = await startCli(['--dir', newFolder()]));
  client = new MongoClient(uri);
  db = client.db('races');
});

afterAll(async () => {
  await client.close();
  await killAll();
  removeFolders();
});

async function race<Result>(name: string): Promise<Result[]> {
  const runs = Array.from({ length: RACERS }, (_, number) =>
    promisify(execFile)(process.execPath, [racer, uri, name, String(number)]),
  );
  return (await Promise.all(runs)).map(({ stdout }) => JSON.parse(stdout) as Result);
}

describe('four processes at once', () => {
  it('that insert the same thousand unique names: each name has one winner', async () => {
    await db.collection('names').createIndex({ name: 1 }, { unique: true });
    const won = (await race<{ won: number[] }>('insert')).flatMap((result) => result.won);
    expect(won.length).toBe(1_000);
    expect(new Set(won).size).toBe(1_000);
    expect(await db.collection('names').countDocuments({})).toBe(1_000);
  });

  it('that count up one document end at 4,000, and no number is seen twice', async () => {
    const seen = (await race<{ seen: number[] }>('increment')).flatMap((result) => result.seen);
    expect(new Set(seen).size).toBe(4_000);
    expect(Math.max(...seen)).toBe(4_000);
    expect(await db.collection('counters').find().toArray()).toEqual([{ _id: 'one', n: 4_000 }]);
  });

  it('that change one document guarded by its revision lose no change', async () => {
    interface Guarded {
      _id: string;
      rev: number;
      entries: string[];
    }
    const documents = db.collection<Guarded>('documents');
    await documents.insertOne({ _id: 'one', rev: 0, entries: [] });
    const results = await race<{ applied: number; refused: number }>('guarded');
    const applied = results.reduce((sum, result) => sum + result.applied, 0);
    const end = await documents.findOne({ _id: 'one' });
    expect(applied).toBe(400);
    expect(end?.rev).toBe(400);
    expect(new Set(end?.entries).size).toBe(400);
    // Without a single refusal there was no race.
    expect(results.some((result) => result.refused > 0)).toBe(true);
  });
});
