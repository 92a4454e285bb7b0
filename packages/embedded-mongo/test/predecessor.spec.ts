import { once } from 'node:events';
import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startEmbeddedMongo } from 'embedded-mongo';
import { runCli, startCli } from './support/cli.js';
import { newFolder } from './support/folders.js';
import { cleanUp, connect, hold, meddle, socketOf } from './support/launched.js';

afterEach(cleanUp);

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
    await hold(
      createServer((socket) => socket.end('what?\n')),
      { path: stranger },
    );
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
    expect(names.sort()).toEqual(['new', 'old']);
  });

  it('that stopped while it held the write lock ends the start in a sentence, not in waiting', async () => {
    const dir = newFolder();
    await (await startEmbeddedMongo({ dir })).close();
    const holder = meddle('hold-lock', dir);
    try {
      await once(holder.stdout, 'data');
      const path = join(newFolder(), 's.sock');
      // It accepts and is silent, as the holder would if it were a server.
      await hold(createServer(), { path });
      expect(await refusal('--dir', dir, '--socket', path)).toContain(
        'holds its write lock and does not move',
      );
    } finally {
      holder.kill('SIGKILL');
    }
  });
});
