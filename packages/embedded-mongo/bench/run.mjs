// `npm run bench -w packages/embedded-mongo`: what the package promises about speed, each as a ratio within one
// run, so that it means the same on a slow machine. Prints the table and puts it into the README.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedMongo } from 'embedded-mongo';
import { MongoClient } from 'mongodb';
import { inTurns, loopDelay, milliseconds, rate } from './measure.mjs';

const MANY = 100_000;
const FEW = 1_000;
const BATCH = 1_000;

/** About 380 bytes. */
const document = (n) => ({
  _id: n,
  email: `user${n}@example.com`,
  user: `u${n % 1_000}`,
  at: new Date(1_700_000_000_000 + n * 60_000),
  kind: `k${n % 7}`,
  title: `Lorem ipsum dolor sit amet ${n}`,
  body: 'x'.repeat(120),
  tags: [`a${n % 5}`, `b${n % 11}`],
  address: { city: `c${n % 50}`, code: String(10_000 + (n % 900)) },
});

/** A unique, a compound and a plain index beside that of _id. */
async function collectionWithIndexes(db, name) {
  const collection = db.collection(name);
  await collection.createIndex({ email: 1 }, { unique: true });
  await collection.createIndex({ user: 1, at: -1 });
  await collection.createIndex({ at: 1 });
  return collection;
}

function batches(from, to) {
  return Array.from({ length: (to - from) / BATCH }, (_, batch) =>
    Array.from({ length: BATCH }, (_, n) => document(from + batch * BATCH + n)),
  );
}

async function insertAll(collection, all) {
  for (const batch of all) await collection.insertMany(batch);
}

const dir = mkdtempSync(join(tmpdir(), 'embedded-mongo-bench-'));
let server = await startEmbeddedMongo({ dir });
let client = new MongoClient(server.uri, { maxPoolSize: 64 });
let db = client.db('bench');

const rows = [];
const perSecond = (value) => `${Math.round(value).toLocaleString('en')}/s`;
const inMilliseconds = (value) => `${value.toFixed(2)} ms`;
function row(what, { one, other, ratio }, show, target) {
  const met = 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
  const limit = 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  const cells = [what, `${show(one)} : ${show(other)}`, ratio.toFixed(2), limit, met ? 'met' : 'MISSED'];
  rows.push({ cells, met });
  console.log(cells.join(' | '));
}

const ping = () => db.command({ ping: 1 });
const pings = () => rate(ping);

const few = await collectionWithIndexes(db, 'few');
await insertAll(few, batches(0, FEW));
const many = await collectionWithIndexes(db, 'many');
await rate(ping, { milliseconds: 1_500 });

const plain = db.collection('plain');
let filled = 0;
const inserts = async () => {
  const count = 2 * BATCH;
  // Made before: what the client's program does to have them is not the insert.
  const all = batches(filled, (filled += count));
  const took = await milliseconds(() => insertAll(plain, all));
  return count / (took / 1_000);
};
await inserts();
row('insertMany, documents of 380 bytes by 1,000 : ping', await inTurns(41, inserts, pings), perSecond, {
  atLeast: 8,
});
await insertAll(many, batches(0, MANY));

const random = () => Math.floor(Math.random() * MANY);
const byId = () => rate(() => many.findOne({ _id: random() }));
row('findOne by _id : ping', await inTurns(61, byId, pings), perSecond, { atLeast: 0.5 });
const byEmail = () => rate(() => many.findOne({ email: `user${random()}@example.com` }));
row('findOne by a unique index : ping', await inTurns(61, byEmail, pings), perSecond, { atLeast: 0.5 });

// One document by the compound index on both sides: only the size of what it lies in differs.
const cost = (collection) => async () => {
  const query = () =>
    collection
      .find({ user: `u${random() % 1_000}` })
      .sort({ at: -1 })
      .limit(1)
      .toArray();
  return 1_000 / (await rate(query));
};
row(
  'an indexed query with a sort, of 100,000 documents : of 1,000',
  await inTurns(61, cost(many), cost(few)),
  inMilliseconds,
  { atMost: 1.5 },
);

const added = await collectionWithIndexes(db, 'added');
let next = 0;
const insert = () => added.insertOne(document(next++));
const together = () => rate(insert, { milliseconds: 1_000, parallel: 64 });
const alone = () => rate(insert, { milliseconds: 1_000 });
row('64 inserts at a time : one at a time', await inTurns(5, together, alone), perSecond, { atLeast: 4 });

const scans = async () => {
  for (const until = Date.now() + 1_000; Date.now() < until;) await many.countDocuments({ title: 'none' });
};
row(
  "p99 delay of the client's event loop, during full scans : idle",
  await inTurns(
    5,
    () => loopDelay(scans),
    () => loopDelay(() => sleep(1_000)),
  ),
  inMilliseconds,
  { atMost: 2 },
);

const opening = async () => {
  await client.close();
  await server.close();
  const took = await milliseconds(async () => (server = await startEmbeddedMongo({ dir })));
  client = new MongoClient(server.uri, { maxPoolSize: 64 });
  db = client.db('bench');
  if ((await db.collection('many').countDocuments({})) !== MANY) throw new Error('documents are missing');
  return took;
};
row(
  'opening a folder of more than 100,000 documents : half a second',
  await inTurns(5, opening, async () => 500),
  inMilliseconds,
  { atMost: 1 },
);

await client.close();
await server.close();
rmSync(dir, { recursive: true });

const table = [
  ...aligned([['what', 'figures', 'ratio', 'target', ''], ...rows.map(({ cells }) => cells)]),
  '',
  `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores; the server in a worker thread of the client's process, every answer after its flush. ${load()}`,
].join('\n');
const readme = new URL('../README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
const marked = /(<!-- bench -->\n)[^]*?(\n<!-- \/bench -->)/;
if (!marked.test(text)) throw new Error('README.md has lost its marks for the table');
writeFileSync(
  readme,
  text.replace(marked, (_all, start, end) => `${start}\n${table}\n${end}`),
);
process.exitCode = rows.every(({ met }) => met) ? 0 : 1;

/** This run by itself keeps about one and a half processes busy. */
function load() {
  return `While it ran, ${loadavg()[0].toFixed(1)} processes on average wanted a core.`;
}

/** A table as prettier writes it. */
function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(3, ...lines.map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...others] = lines;
  return [head, widths.map((width) => '-'.repeat(width)), ...others].map(line);
}
