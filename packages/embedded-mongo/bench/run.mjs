// `npm run bench -w packages/embedded-mongo`: what the package promises about speed, each as a ratio within one
// run, so that it means the same on a slow machine. Prints the table and puts it into the README.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedMongo } from 'embedded-mongo';
import { MongoClient } from 'mongodb';
import { loopDelay, median, milliseconds, rate } from './measure.mjs';

const MANY = 100_000;
const FEW = 1_000;
const BATCH = 1_000;

/** About 380 bytes, with a unique, a compound and a plain index beside that of _id. */
const document = (n) => ({
  _id: n,
  email: `user${n}@example.com`,
  user: `u${n % (MANY / 100)}`,
  at: new Date(1_700_000_000_000 + n * 60_000),
  kind: `k${n % 7}`,
  title: `Lorem ipsum dolor sit amet ${n}`,
  body: 'x'.repeat(120),
  tags: [`a${n % 5}`, `b${n % 11}`],
  address: { city: `c${n % 50}`, code: String(10_000 + (n % 900)) },
});

async function collectionWithIndexes(db, name) {
  const collection = db.collection(name);
  await collection.createIndex({ email: 1 }, { unique: true });
  await collection.createIndex({ user: 1, at: -1 });
  await collection.createIndex({ at: 1 });
  return collection;
}

async function fill(collection, count) {
  for (let from = 0; from < count; from += BATCH) {
    await collection.insertMany(
      Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => document(from + n)),
    );
  }
}

const dir = mkdtempSync(join(tmpdir(), 'embedded-mongo-bench-'));
let server = await startEmbeddedMongo({ dir });
let client = new MongoClient(server.uri, { maxPoolSize: 64 });
let db = client.db('bench');
const rows = [];
const row = (name, figures, ratio, limit, atLeast) => {
  const met = atLeast ? ratio >= limit : ratio <= limit;
  const target = `${atLeast ? '≥' : '≤'} ${limit}`;
  rows.push({ name, figures, ratio: ratio.toFixed(2), target, verdict: met ? 'met' : 'MISSED' });
  console.log(`${name}: ${figures}; ratio ${ratio.toFixed(2)}, target ${target}: ${met ? 'met' : 'MISSED'}`);
};
const perSecond = (value) => `${Math.round(value).toLocaleString('en')}/s`;
const ping = () => db.command({ ping: 1 });

const few = await collectionWithIndexes(db, 'few');
await fill(few, FEW);
const many = await collectionWithIndexes(db, 'many');
await rate(ping);

let pings = await median(3, () => rate(ping));
const filling = await milliseconds(() => fill(many, MANY));
pings = (pings + (await median(3, () => rate(ping)))) / 2;
const inserted = MANY / (filling / 1_000);
row(
  'insertMany of 1,000 documents, 4 indexes, against ping',
  `${perSecond(inserted)} : ${perSecond(pings)}`,
  inserted / pings,
  8,
  true,
);

const random = () => Math.floor(Math.random() * MANY);
const byId = await median(3, () => rate(() => many.findOne({ _id: random() })));
const byEmail = await median(3, () => rate(() => many.findOne({ email: `user${random()}@example.com` })));
pings = await median(3, () => rate(ping));
row(
  'findOne by _id and by a unique index, the slower of them, against ping',
  `${perSecond(byId)}, ${perSecond(byEmail)} : ${perSecond(pings)}`,
  Math.min(byId, byEmail) / pings,
  0.5,
  true,
);

// One document by the compound index on both sides: only the size of what it lies in differs.
const latest = (collection) => () =>
  collection
    .find({ user: `u${Math.floor(Math.random() * 10)}` })
    .sort({ at: -1 })
    .limit(1)
    .toArray();
await rate(latest(few));
const costs = [];
for (let n = 0; n < 5; n += 1)
  costs.push([1e3 / (await rate(latest(many))), 1e3 / (await rate(latest(few)))]);
const [slow, fast] = [0, 1].map((side) => costs.map((pair) => pair[side]).sort((a, b) => a - b)[2]);
row(
  'cost of an indexed query with sort at 100,000 documents against 1,000',
  `${slow.toFixed(3)} ms : ${fast.toFixed(3)} ms`,
  slow / fast,
  1.5,
  false,
);

const added = await collectionWithIndexes(db, 'added');
let next = 0;
const insert = () => added.insertOne(document(next++));
await rate(insert);
const together = await median(3, () => rate(insert, { parallel: 64 }));
const alone = await median(3, () => rate(insert));
row(
  '64 concurrent inserts against one at a time',
  `${perSecond(together)} : ${perSecond(alone)}`,
  together / alone,
  4,
  true,
);

const idle = await median(3, () => loopDelay(() => sleep(2_000)));
const scan = () => many.countDocuments({ title: 'no such title' });
const scanning = await median(3, () =>
  loopDelay(async () => {
    for (const until = Date.now() + 2_000; Date.now() < until;) await scan();
  }),
);
row(
  'p99 delay of the event loop of the app during full scans against idle',
  `${scanning.toFixed(2)} ms : ${idle.toFixed(2)} ms`,
  scanning / idle,
  2,
  false,
);

const opening = await median(3, async () => {
  await client.close();
  await server.close();
  const took = await milliseconds(async () => (server = await startEmbeddedMongo({ dir })));
  client = new MongoClient(server.uri, { maxPoolSize: 64 });
  db = client.db('bench');
  if ((await db.collection('many').countDocuments({})) !== MANY) throw new Error('documents are missing');
  return took;
});
row(
  'opening a folder of 100,000 documents against half a second',
  `${opening.toFixed(0)} ms : 500 ms`,
  opening / 500,
  1,
  false,
);

await client.close();
await server.close();
rmSync(dir, { recursive: true });

const table = [
  '| what | figures | ratio | target | |',
  '|---|---|---|---|---|',
  ...rows.map(
    (each) => `| ${each.name} | ${each.figures} | ${each.ratio} | ${each.target} | ${each.verdict} |`,
  ),
  '',
  `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores; the server in a worker thread of the client's process, every answer after its flush.`,
].join('\n');
const readme = new URL('../README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
const marked = /(<!-- bench -->\n)[^]*?(\n<!-- \/bench -->)/;
if (!marked.test(text)) throw new Error('README.md has lost its marks for the table');
writeFileSync(
  readme,
  text.replace(marked, (_all, start, end) => `${start}\n${table}\n${end}`),
);
process.exitCode = rows.every((each) => each.verdict === 'met') ? 0 : 1;
