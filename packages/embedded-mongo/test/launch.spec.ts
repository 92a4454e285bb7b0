import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findEmbeddedMongo, startEmbeddedMongo, withDatabase } from 'embedded-mongo';
import mongoose from 'mongoose';
import { runCli, startCli } from './support/cli.js';
import { newFolder } from './support/folders.js';
import { cleanUp, connect, hold, meddle, socketOf, start } from './support/launched.js';
import { WireClient } from './support/wire-client.js';

afterEach(cleanUp);

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
      // Nobody of us listens there, so that another program can.
      await hold(createServer(), { port, host: address });
    }
  });

  it('is found by its folder while it runs, and refuses a second one of the same process', async () => {
    const dir = newFolder();
    expect(await findEmbeddedMongo(dir)).toBeUndefined();
    expect(await findEmbeddedMongo(join(dir, 'missing'))).toBeUndefined();
    const server = await start({ dir, port: 0 });
    expect(await findEmbeddedMongo(dir)).toBe(server.uri);
    await expect(startEmbeddedMongo({ dir })).rejects.toThrow(`is served already, by process ${process.pid}`);
    const orders = connect(server.uri).db('shop').collection('orders');
    await orders.insertOne({ n: 1 });
    expect(await orders.countDocuments({})).toBe(1);
    await server.close();
    expect(await findEmbeddedMongo(dir)).toBeUndefined();
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
