import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { withDatabase } from 'embedded-mongo';
import mongoose from 'mongoose';
import { systemActor } from '../src/platform/actor.js';
import { draft } from '../src/platform/events/draft.js';
import { TenantCollections } from '../src/platform/events/tenant-collections.js';
import { Database } from '../src/platform/mongo/connection.js';
import { newId } from '../src/platform/mongo/ids.js';
import { itemSchema, type Item } from '../test/support/items.js';
import { buildPod } from '../test/support/pod-in-process.js';
import { percentile, report } from './report.js';

/**
 * What a message costs on its way through the write path, at several numbers of senders at once: operations of the
 * database, CPU of this process (the pod: the database is another one), and the time from the acknowledged write to the
 * journal. The baseline is one plain insertMany of the same documents.
 */
const BATCHES = [1, 10, 50, 200];
const ROUND_MS = 2_000;

const dir = await mkdtemp(join(tmpdir(), 'deskwire-bench-'));
const cli = fileURLToPath(new URL('../bin/embedded-mongo.mjs', import.meta.resolve('embedded-mongo')));
const server = spawn(process.execPath, [cli, '--dir', dir], { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise((resolve) => server.once('exit', resolve));
const [address] = (await Promise.race([
  new Promise((resolve) => createInterface(server.stdout).once('line', (line) => resolve([line]))),
  ended.then(() => Promise.reject(new Error('The database does not start.'))),
])) as [string];
const uri = `${withDatabase(address, 'bench')}&monitorCommands=true`;
const database = await Database.connect(uri);
const pod = buildPod(database, 'bench');
const tenants = new TenantCollections(pod.collections, pod.relay, pod.sweep, pod.clock);
const items = tenants.tenant<Item>('items', itemSchema, { grouped: true });
await pod.collections.ensureIndexes();
const plain = (await mongoose.createConnection(uri).asPromise()).collection('plain');
await plain.createIndex({ business: 1, idempotencyKey: 1 }, { unique: true });

let operations = 0;
database.requests.getClient().on('commandStarted', () => (operations += 1));

interface Measured {
  readonly messages: number;
  readonly cpuMicros: number;
  readonly operations: number;
  readonly seconds: number;
}

async function measure(round: () => Promise<number>): Promise<Measured> {
  const [operationsBefore, cpuBefore, from] = [operations, process.cpuUsage(), performance.now()];
  let messages = 0;
  while (performance.now() - from < ROUND_MS) messages += await round();
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - from) / 1000;
  return { messages, cpuMicros: user + system, operations: operations - operationsBefore, seconds };
}

function fieldsOf(business: string) {
  const idempotencyKey = newId();
  return {
    _id: newId(),
    business,
    text: 'A message of usual length, with a few words.',
    idempotencyKey,
    idempotencyHash: 'h',
  };
}

async function through(batch: number): Promise<Measured> {
  const business = newId();
  const actor = systemActor(business);
  return measure(async () => {
    await Promise.all(
      Array.from({ length: batch }, () => {
        const { business: _business, ...fields } = fieldsOf(business);
        const data = { resource: 'other', id: fields._id, action: 'created', rev: 1 } as const;
        return items.insert(actor, fields, [draft(actor, 'data.changed', { data, audience: ['staff'] })]);
      }),
    );
    // The next round begins when this one is journalled and cleared: a backlog would measure itself.
    await pod.relay.idle();
    return batch;
  });
}

async function baseline(batch: number): Promise<Measured> {
  const business = newId();
  return measure(async () => {
    await plain.insertMany(Array.from({ length: batch }, () => fieldsOf(business)) as never[], {
      ordered: false,
    });
    return batch;
  });
}

const waits: number[] = [];
const observe = pod.metrics.ackToJournal.observe.bind(pod.metrics.ackToJournal);
pod.metrics.ackToJournal.observe = ((seconds: number) => {
  waits.push(seconds * 1000);
  observe(seconds);
}) as typeof observe;

await through(50);
await baseline(50);
const rows: string[][] = [];
for (const batch of BATCHES) {
  waits.length = 0;
  const [ours, bare] = [await through(batch), await baseline(batch)];
  const cpu = ours.cpuMicros / ours.messages;
  const bareCpu = bare.cpuMicros / bare.messages;
  rows.push([
    String(batch),
    Math.round(ours.messages / ours.seconds).toString(),
    (ours.operations / ours.messages).toFixed(2),
    cpu.toFixed(0),
    bareCpu.toFixed(0),
    (cpu / bareCpu).toFixed(1),
    percentile(waits, 0.5).toFixed(1),
    percentile(waits, 0.99).toFixed(1),
  ]);
}
report(
  'The write path',
  [
    'senders at once',
    'messages/s',
    'operations a message',
    'CPU µs',
    'plain insertMany, CPU µs',
    'ratio',
    'ack to journal p50, ms',
    'p99, ms',
  ],
  rows,
  'Stored, journalled and cleared, on the embedded database with its flush to disk; the database is a process of its own.',
);
await plain.conn.close();
await database.close();
server.kill('SIGTERM');
await ended;
await rm(dir, { recursive: true, force: true });
