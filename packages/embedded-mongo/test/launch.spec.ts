import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startEmbeddedMongo, withDatabase, type EmbeddedMongo } from 'embedded-mongo';
import { MongoClient } from 'mongodb';
import mongoose from 'mongoose';
import { killAll, runCli, startCli } from './support/cli.js';
import { newFolder, removeFolders } from './support/folders.js';
import { WireClient } from './support/wire-client.js';

const servers: EmbeddedMongo[] = [];
const clients: MongoClient[] = [];
const listeners: Server[] = [];

async function start(options: Parameters<typeof startEmbeddedMongo>[0]): Promise<EmbeddedMongo> {
  const server = await startEmbeddedMongo(options);
  servers.push(server);
  return server;
}

function connect(uri: string): MongoClient {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 3_000 });
  clients.push(client);
  return client;
}

const socketOf = (uri: string): string => decodeURIComponent(new URL(uri).host || (uri.split('/')[2] ?? ''));

/** Runs a small program that holds or changes the folder from outside the server. */
function meddle(name: 'hold-lock' | 'steal' | 'newer-format', dir: string) {
  const script = fileURLToPath(new URL('./support/meddle.mjs', import.meta.url));
  return spawn(process.execPath, [script, name, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await killAll();
  listeners.splice(0).forEach((listener) => listener.close());
  removeFolders();
});

describe('startEmbeddedMongo', () => {
  it('serves the driver and mongoose, and keeps what they wrote', async () => {
    const dir = newFolder();
    const first = await start({ dir });
    const connection = mongoose.createConnection(withDatabase(first.uri, 'shop'));
    const Order = connection.model(
      'Order',
      new mongoose.Schema({ number: { type: Number, unique: true }, lines: [{ what: String }] }),
    );
    await Order.init();
    await Order.create({ number: 7, lines: [{ what: 'tea' }] });
    await expect(Order.create({ number: 7 })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { number: 1 },
    });
    await connection.close();
    await first.close();

    const second = await start({ dir });
    expect(second.uri).toBe(first.uri);
    const orders = connect(second.uri).db('shop').collection('orders');
    expect(await orders.findOne({ number: 7 })).toMatchObject({ lines: [{ what: 'tea' }] });
    expect((await orders.indexes()).map(({ name }) => name)).toEqual(['_id_', 'number_1']);
  });

  it('listens on a socket that only its owner can open, and takes it away at the end', async () => {
    const server = await start({ dir: newFolder() });
    const path = socketOf(server.uri);
    expect(server.uri).toMatch(
      /^mongodb:\/\/%2F.*deskwire-[0-9a-f]+\.sock\/\?directConnection=true&retryWrites=false$/,
    );
    expect(Buffer.byteLength(path)).toBeLessThan(100);
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  it('opens a port only when it is asked for, and of the loopback alone', async () => {
    const server = await start({ dir: newFolder(), port: 0 });
    const port = Number(/^mongodb:\/\/127\.0\.0\.1:(\d+)\//.exec(server.uri)?.[1]);
    expect(await connect(server.uri).db('a').command({ ping: 1 })).toMatchObject({ ok: 1 });
    const outside = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outside) {
      const taken = createServer();
      listeners.push(taken);
      // Nobody of us listens there, so that another program can.
      await new Promise<void>((resolve, reject) =>
        taken.once('error', reject).listen(port, address, resolve),
      );
    }
  });

  it('tells when it died, and not when it was closed', async () => {
    const dir = newFolder();
    const server = await start({ dir });
    expect((await once(meddle('steal', dir), 'exit'))[0]).toBe(0);
    expect((await server.died).message).toMatch(/taken over by another process/);

    const closed = await start({ dir: newFolder() });
    await closed.close();
    expect(await Promise.race([closed.died, sleep(100, 'alive')])).toBe('alive');
  });
});

describe('withDatabase', () => {
  it('puts the name of a database into any URI of a MongoDB', () => {
    expect(withDatabase('mongodb://%2Ftmp%2Fa.sock/?directConnection=true', 'shop')).toBe(
      'mongodb://%2Ftmp%2Fa.sock/shop?directConnection=true',
    );
    expect(withDatabase('mongodb://one:1,two:2/old?replicaSet=r', 'new')).toBe(
      'mongodb://one:1,two:2/new?replicaSet=r',
    );
    expect(withDatabase('mongodb+srv://user:secret@cluster.example', 'shop')).toBe(
      'mongodb+srv://user:secret@cluster.example/shop',
    );
    expect(() => withDatabase('http://localhost', 'shop')).toThrow('not the URI of a MongoDB');
  });
});

describe('the command', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints the URI first and ends cleanly on %s', async (signal) => {
    const dir = newFolder();
    const run = await startCli(['--dir', dir]);
    const orders = connect(run.uri).db('shop').collection('orders');
    await orders.insertOne({ n: 1 });
    const path = socketOf(run.uri);
    expect(existsSync(path)).toBe(true);
    run.child.kill(signal);
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(run.output()).toBe(`${run.uri}\n`);
    expect(run.errors()).toBe('');
    expect(existsSync(path)).toBe(false);
    const again = await startCli(['--dir', dir, '--port', '0']);
    expect(await connect(again.uri).db('shop').collection('orders').countDocuments({ n: 1 })).toBe(1);
  });

  it('explains itself', async () => {
    const run = runCli(['--help']);
    expect((await run.exit).code).toBe(0);
    expect(run.output()).toMatch(/^Usage: embedded-mongo --dir <folder> \[--socket <path> \| --port <n>\]/);
  });

  it.each([
    [[], '--dir <folder> is missing'],
    [['--dir', 'x', '--sockt', 'y'], "Unknown option '--sockt'"],
    [['--dir', 'x', 'y'], 'Unexpected argument'],
    [['--dir', 'x', '--port', '80a'], '--port 80a is no port'],
    [['--dir', 'x', '--port', '70000'], '--port 70000 is no port'],
    [['--dir', 'x', '--port', '1', '--socket', 'y'], 'exclude each other'],
  ])('refuses %j', async (args, sentence) => {
    const run = runCli(args);
    expect((await run.exit).code).toBe(2);
    expect(run.errors()).toContain(sentence);
    expect(run.output()).toBe('');
  });
});

/** What a start that must fail says. */
async function refusal(...args: string[]): Promise<string> {
  const run = runCli(args);
  expect(await run.firstLine).toBeUndefined();
  expect((await run.exit).code).toBe(1);
  expect(run.errors()).toMatch(/^embedded-mongo: .*\n$/);
  return run.errors();
}

describe('a start is refused with a sentence', () => {
  it('when the folder is served, whatever names it and wherever the second would listen', async () => {
    const dir = newFolder();
    const run = await startCli(['--dir', dir]);
    const link = join(newFolder(), 'link');
    symlinkSync(dir, link);
    const sentence = `is served already, by process ${run.child.pid} at ${socketOf(run.uri)}`;
    expect(await refusal('--dir', dir)).toContain(sentence);
    expect(await refusal('--dir', link, '--port', '0')).toContain(sentence);
    expect(await refusal('--dir', dir, '--socket', join(newFolder(), 'other.sock'))).toContain(sentence);
    await expect(startEmbeddedMongo({ dir })).rejects.toThrow(sentence);
    expect(await connect(run.uri).db('a').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('when the folder is served on a port, which only its meta knows', async () => {
    const dir = newFolder();
    const run = await startCli(['--dir', dir, '--port', '0']);
    const port = /:(\d+)\//.exec(run.uri)?.[1];
    expect(await refusal('--dir', dir)).toContain(`by process ${run.child.pid} at 127.0.0.1:${port}`);
  });

  it('when the socket is that of another folder, or of another program', async () => {
    const place = newFolder();
    const served = join(place, 'served.sock');
    const other = newFolder();
    await startCli(['--dir', other, '--socket', served]);
    expect(await refusal('--dir', newFolder(), '--socket', served)).toContain(`which serves ${other}`);
    const stranger = join(place, 'stranger.sock');
    const listener = createServer((socket) => socket.end('what?\n')).listen(stranger);
    listeners.push(listener);
    await once(listener, 'listening');
    expect(await refusal('--dir', newFolder(), '--socket', stranger)).toContain(
      'is taken by another program',
    );
  });

  it('when the place of the socket is that of a file', async () => {
    const file = join(newFolder(), 'notes.txt');
    writeFileSync(file, 'mine');
    expect(await refusal('--dir', newFolder(), '--socket', file)).toContain('exists and is no socket');
    expect(statSync(file).size).toBe(4);
  });

  it('when the path is too long for a socket', async () => {
    const path = join(newFolder(), `${'x'.repeat(100)}.sock`);
    expect(await refusal('--dir', newFolder(), '--socket', path)).toContain(
      `has ${path.length} bytes, and a Unix socket takes 99`,
    );
  });

  it('when the folder is not ours, which then is left as it was', async () => {
    const dir = newFolder();
    writeFileSync(join(dir, 'report.doc'), 'mine');
    expect(await refusal('--dir', dir)).toContain('is not a folder of embedded-mongo');
    expect(readdirSync(dir)).toEqual(['report.doc']);
  });

  it('when the folder has a newer format', async () => {
    const dir = newFolder();
    await (await startEmbeddedMongo({ dir })).close();
    expect((await once(meddle('newer-format', dir), 'exit'))[0]).toBe(0);
    expect(await refusal('--dir', dir)).toMatch(/format 1000, written by a newer embedded-mongo/);
  });
});

describe('a predecessor', () => {
  it('that was killed leaves a socket, which is replaced', async () => {
    const dir = newFolder();
    const killed = await startCli(['--dir', dir]);
    killed.child.kill('SIGKILL');
    await killed.exit;
    expect(existsSync(socketOf(killed.uri))).toBe(true);
    const run = await startCli(['--dir', dir]);
    expect(run.uri).toBe(killed.uri);
    expect(await connect(run.uri).db('a').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('that is paused loses the folder: it writes nothing when it goes on, and ends', async () => {
    const dir = newFolder();
    const old = await startCli(['--dir', dir]);
    const before = connect(old.uri).db('shop').collection('orders');
    await before.insertOne({ from: 'old' });
    old.child.kill('SIGSTOP');
    const late = before.insertOne({ from: 'old, late' }).catch((error: unknown) => error);

    const fresh = await startCli(['--dir', dir]);
    const after = connect(fresh.uri).db('shop').collection('orders');
    await after.insertOne({ from: 'new' });
    old.child.kill('SIGCONT');
    expect(await late).toBeInstanceOf(Error);
    expect((await old.exit).code).toBe(1);
    expect(old.errors()).toContain('taken over by another process');
    // The socket is its successor's, and stays.
    const names = await connect(fresh.uri).db('shop').collection('orders').distinct('from');
    expect(names).toEqual(['new', 'old']);
  });

  it('that stopped while it held the write lock ends the start in a sentence, not in waiting', async () => {
    const dir = newFolder();
    await (await startEmbeddedMongo({ dir })).close();
    const holder = meddle('hold-lock', dir);
    try {
      await once(holder.stdout, 'data');
      const path = join(newFolder(), 's.sock');
      // It accepts and is silent, as the holder would if it were a server.
      const listener = createServer().listen(path);
      listeners.push(listener);
      await once(listener, 'listening');
      expect(await refusal('--dir', dir, '--socket', path)).toContain(
        'holds its write lock and does not move',
      );
    } finally {
      holder.kill('SIGKILL');
    }
  });
});

describe('a full disk', () => {
  it('refuses writes with code 14031, and reads go on', async () => {
    const dir = newFolder();
    // The kernel refuses to let a file of this process grow over 2 MB: for LMDB the disk is full.
    const run = await startCli(['--dir', dir], 'ulimit -f 4096');
    const orders = connect(run.uri).db('shop').collection<{ _id: number; filler: string }>('orders');
    let written = 0;
    let refused: unknown;
    while (refused === undefined && written < 1_000) {
      try {
        await orders.insertOne({ _id: written, filler: 'x'.repeat(10_000) });
        written += 1;
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toMatchObject({ code: 14031 });
    expect(written).toBeGreaterThan(20);
    expect(await orders.countDocuments({})).toBe(written);
    expect(await orders.findOne({ _id: written - 1 })).toMatchObject({ _id: written - 1 });
    run.child.kill('SIGTERM');
    expect((await run.exit).code).toBe(0);
    const roomy = await startCli(['--dir', dir]);
    const again = connect(roomy.uri).db('shop').collection<{ _id: number }>('orders');
    expect(await again.countDocuments({})).toBe(written);
    await again.insertOne({ _id: written });
  });
});

describe('a client that talks nonsense to the socket', () => {
  it('is hung up on, and the others are served', async () => {
    const server = await start({ dir: newFolder() });
    const nonsense = await WireClient.open({ path: socketOf(server.uri) });
    expect(await nonsense.send(Buffer.from('GET / HTTP/1.1\r\n\r\n')).hangsUp()).toBe(true);
    expect(await connect(server.uri).db('a').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});
