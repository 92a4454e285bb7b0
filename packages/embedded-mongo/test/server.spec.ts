import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Double, serialize } from 'bson';
import { MongoClient } from 'mongodb';
import type { Reply } from '../src/bson/encode.js';
import { helloReply } from '../src/wire/hello.js';
import { crc32c } from '../src/wire/crc32c.js';
import type { Answer } from '../src/wire/connection.js';
import { listen, type WireServer, type WireServerOptions } from '../src/wire/server.js';
import {
  OP_MSG,
  WireClient,
  command,
  frame,
  message,
  query,
  section,
  sequence,
} from './support/wire-client.js';

const identity = { dir: '/nowhere', bootId: 'b', pid: 1, version: '0' };

/** Answers hello as the real one does, and everything else with what it was asked. */
const echo: Answer = async ({ body, database, sequences }) => {
  const [name] = body.keys();
  if (name === 'hello' || name === 'ismaster') {
    return new Map([...helloReply(identity), ['ismaster', true], ['ok', new Double(1)]]);
  }
  if (name === 'slow') await sleep(50);
  const counts = new Map([...sequences].map(([each, documents]) => [each, documents.length]));
  const big = body.get('size');
  return new Map<string, unknown>([
    ['name', name],
    ['database', database],
    ['counts', counts],
    ['filler', 'x'.repeat(typeof big === 'number' ? big : 0)],
    ['ok', new Double(1)],
  ]) as Reply;
};

let server: WireServer | undefined;
const clients: WireClient[] = [];

async function start(options: Partial<WireServerOptions> = {}): Promise<number> {
  server = await listen({ host: '127.0.0.1', port: 0 }, { answer: echo, ...options });
  return server.port ?? 0;
}

async function client(port: number): Promise<WireClient> {
  const opened = await WireClient.open({ port });
  clients.push(opened);
  return opened;
}

afterEach(async () => {
  clients.splice(0).forEach((each) => each.destroy());
  await server?.close();
});

describe('the wire protocol', () => {
  it('is understood by the driver, whose monitor goes on asking', async () => {
    const port = await start();
    const mongo = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
      heartbeatFrequencyMS: 500,
    });
    let beats = 0;
    mongo.on('serverHeartbeatSucceeded', (event) => {
      expect(event.awaited).toBe(false);
      beats += 1;
    });
    const reply = await mongo.db('shop').command({ ping: 1 });
    expect(reply).toMatchObject({ name: 'ping', database: 'shop', ok: 1 });
    await sleep(1_300);
    await mongo.close();
    expect(beats).toBeGreaterThanOrEqual(3);
  });

  it('says what a standalone without sessions says', async () => {
    const answer = (await (await client(await start())).send(command({ hello: 1 })).next())?.body;
    expect(answer).toMatchObject({
      isWritablePrimary: true,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      minWireVersion: 0,
      maxWireVersion: 21,
      readOnly: false,
      embeddedMongo: identity,
    });
    for (const absent of ['setName', 'logicalSessionTimeoutMinutes', 'topologyVersion', 'compression']) {
      expect(answer).not.toHaveProperty(absent);
    }
  });

  it('answers an OP_QUERY only when it is the first hello', async () => {
    const port = await start();
    const first = await client(port);
    expect(await first.send(query({ ismaster: 1, helloOk: true })).next()).toMatchObject({
      opcode: 1,
      responseTo: 1,
      body: { helloOk: true, ismaster: true },
    });
    expect(await first.send(query({ ismaster: 1 })).hangsUp()).toBe(true);
    expect(await (await client(port)).send(query({ find: 'orders' })).hangsUp()).toBe(true);
    expect(await (await client(port)).send(query({ hello: 1 }, 'shop.orders')).hangsUp()).toBe(true);
  });

  it('reads sequences and a checksum, and refuses a wrong one', async () => {
    const port = await start();
    const documents = [1, 2, 3].map((n) => serialize({ n }));
    const body = section(0, serialize({ insert: 'orders', $db: 'shop' }));
    const plain = message([sequence('documents', documents), body], 1);
    const full = Buffer.concat([plain, Buffer.alloc(4)]);
    full.writeInt32LE(full.length, 0);
    full.writeUInt32LE(crc32c(full.subarray(0, -4)), full.length - 4);
    const answer = await (await client(port)).send(full).next();
    expect(answer?.body).toMatchObject({ name: 'insert', counts: { documents: 3 } });
    full.writeUInt32LE(7, full.length - 4);
    expect(await (await client(port)).send(full).hangsUp()).toBe(true);
  });

  it('knows the published check value of CRC-32C', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('sends no answer when more is to come', async () => {
    const one = await client(await start());
    one.send(message([section(0, serialize({ silent: 1, $db: 'test' }))], 2, 7), command({ ping: 1 }, 8));
    expect(await one.next()).toMatchObject({ responseTo: 8, body: { name: 'ping' } });
  });

  it('answers pipelined requests in their order, however they are cut into packets', async () => {
    const one = await client(await start());
    const all = Buffer.concat(
      Array.from({ length: 40 }, (_, n) => command({ [n % 7 === 0 ? 'slow' : 'fast']: 1 }, n)),
    );
    for (let at = 0; at < all.length; at += 61) {
      one.send(all.subarray(at, at + 61));
      if (at % 5 === 0) await sleep(1);
    }
    for (let n = 0; n < 40; n += 1) expect((await one.next())?.responseTo).toBe(n);
  });

  it('answers a document that is no BSON, or too large, with its code and keeps the connection', async () => {
    const one = await client(await start());
    const broken = Buffer.from(serialize({ ping: 1, $db: 'test' }));
    broken[4] = 0x7a;
    expect((await one.send(message([section(0, broken)])).next())?.body).toMatchObject({ ok: 0, code: 22 });
    const large = serialize({ ping: 1, $db: 'test', filler: Buffer.alloc(16 * 1024 * 1024 + 20_000) });
    expect((await one.send(message([section(0, large)])).next())?.body).toMatchObject({ ok: 0, code: 10334 });
    expect((await one.send(message([section(0, serialize({ ping: 1 }))])).next())?.body.code).toBe(40571);
    expect((await one.send(command({ ping: 1 })).next())?.body.ok).toBe(1);
  });
});

const body = section(0, serialize({ ping: 1, $db: 'test' }));
const withLength = (bytes: Buffer, length: number): Buffer => {
  bytes.writeInt32LE(length, 0);
  return bytes;
};

const malformed: [name: string, bytes: Buffer][] = [
  ['a length of zero', withLength(command({ ping: 1 }), 0)],
  ['a negative length', withLength(command({ ping: 1 }), -5)],
  ['a length below the header', withLength(command({ ping: 1 }), 15)],
  ['a length over 48 MB', withLength(command({ ping: 1 }), 48_000_001)],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['an unknown opcode', frame(2020, Buffer.alloc(20))],
  ['a compressed message', frame(2012, Buffer.alloc(20))],
  ['an old insert', frame(2002, Buffer.alloc(20))],
  ['no room for flags', frame(OP_MSG, Buffer.alloc(2))],
  ['no section', message([])],
  ['an unknown flag', message([body], 4)],
  ['an unknown kind of section', message([body, section(2, serialize({}))])],
  ['two bodies', message([body, body])],
  ['no body', message([sequence('documents', [serialize({})])])],
  ['the same sequence twice', message([body, sequence('a', []), sequence('a', [])])],
  ['a body longer than its message', message([section(0, withLength(Buffer.from(serialize({})), 900))])],
  ['a body of a negative length', message([section(0, withLength(Buffer.from(serialize({})), -1))])],
  ['a section without a length', message([body, Buffer.from([0, 1, 0])])],
  ['a sequence without a name', message([body, section(1, Buffer.from([6, 0, 0, 0, 65, 66]))])],
  [
    'a sequence whose document is longer than it',
    message([body, sequence('a', [withLength(Buffer.from(serialize({})), 64)])]),
  ],
  ['a checksum that is not there', message([], 1)],
  ['an OP_QUERY without an end of its name', frame(2004, Buffer.from('\0\0\0\0admin'))],
  ['an OP_QUERY without a document', frame(2004, Buffer.from('\0\0\0\0admin.$cmd\0\0\0\0\0\0\0\0\0'))],
];

describe('a malformed message', () => {
  it.each(malformed)('closes its connection and nothing else: %s', async (_name, bytes) => {
    const port = await start();
    const good = await client(port);
    const bad = await client(port);
    expect((await good.send(command({ ping: 1 })).next())?.body.ok).toBe(1);
    expect(await bad.send(bytes).hangsUp()).toBe(true);
    expect((await good.send(command({ ping: 1 })).next())?.body.ok).toBe(1);
  });

  it('of random bytes, or with bytes changed, never reaches another connection', async () => {
    const port = await start({ partialMessageMs: 50 });
    const good = await client(port);
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return (seed >>> 8) % below;
    };
    const template = message([body, sequence('documents', [serialize({ a: [1, { b: 'c' }] })])]);
    for (let round = 0; round < 300; round += 1) {
      const bytes = round % 2 ? Buffer.from(template) : Buffer.alloc(1 + random(200));
      const changes = round % 2 ? 1 + random(4) : bytes.length;
      for (let n = 0; n < changes; n += 1) bytes[round % 2 ? random(bytes.length) : n] = random(256);
      (await client(port)).send(bytes);
      if (round % 20 === 0) {
        expect((await good.send(command({ ping: 1 })).next())?.body.ok).toBe(1);
      }
    }
    expect((await good.send(command({ ping: 1 })).next())?.body.ok).toBe(1);
  });
});

describe('what a client can make the server hold', () => {
  it('is not a message that never completes, however slowly its bytes come', async () => {
    const one = await client(await start({ partialMessageMs: 200 }));
    const bytes = command({ ping: 1, filler: 'x'.repeat(500) });
    const from = Date.now();
    for (let at = 0; at < bytes.length && !one.closed; at += 1) {
      one.send(bytes.subarray(at, at + 1));
      await sleep(10);
    }
    expect(one.closed).toBe(true);
    expect(Date.now() - from).toBeLessThan(2_000);
  });

  it('is one answer, when the client sends and does not read', async () => {
    let asked = 0;
    const port = await start({
      answer: (content) => {
        asked += 1;
        return echo(content);
      },
    });
    const one = await client(port);
    one.socket.pause();
    for (let n = 0; n < 200; n += 1) one.send(command({ big: 1, size: 1_000_000 }, n));
    await sleep(300);
    // The kernel's buffers take some; two hundred megabytes would be all of them.
    expect(asked).toBeLessThan(20);
    one.socket.resume();
    for (let n = 0; n < 200; n += 1) expect((await one.next())?.responseTo).toBe(n);
  });

  it('is not an answer that is never read', async () => {
    const one = await client(await start({ unreadReplyMs: 100 }));
    one.socket.pause();
    for (let n = 0; n < 20; n += 1) one.send(command({ big: 1, size: 1_000_000 }, n));
    await sleep(400);
    one.socket.resume();
    while (!(await one.hangsUp())) continue;
    expect(one.closed).toBe(true);
  });

  it('is a number of connections', async () => {
    const port = await start({ maxConnections: 3 });
    const three = [await client(port), await client(port), await client(port)];
    for (const each of three) expect((await each.send(command({ ping: 1 })).next())?.body.ok).toBe(1);
    expect(await (await client(port)).hangsUp()).toBe(true);
    three[0]?.destroy();
    await sleep(50);
    expect((await (await client(port)).send(command({ ping: 1 })).next())?.body.ok).toBe(1);
  });

  it('is a bounded number of documents in a sequence', async () => {
    const one = await client(await start());
    const empty = serialize({});
    const many = message([body, sequence('documents', new Array<Uint8Array>(100_001).fill(empty))]);
    expect((await one.send(many).next())?.body).toMatchObject({ ok: 0, code: 16 });
  });
});

describe('closing', () => {
  it('lets the request at hand be answered, and hangs up on who waits', async () => {
    const port = await start();
    const idle = await client(port);
    const busy = await client(port);
    expect((await idle.send(command({ ping: 1 })).next())?.body.ok).toBe(1);
    busy.send(command({ slow: 1 }));
    await sleep(20);
    await server?.close();
    expect((await busy.next())?.body.name).toBe('slow');
    expect(await idle.hangsUp()).toBe(true);
    server = undefined;
  });
});
