import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmbeddedMongo, withDatabase, type EmbeddedMongo } from 'embedded-mongo';
import { systemActor } from '../../src/platform/actor.js';
import { Database } from '../../src/platform/mongo/connection.js';
import { journalOf, sweepTwice, thing, writeThings } from '../support/listeners.js';
import { buildPod, type Pod } from '../support/pod-in-process.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const A_BUILD_TOO = 120_000;

let dir: string;
let server: EmbeddedMongo;
let database: Database;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deskwire-restore-'));
  server = await startEmbeddedMongo({ dir: join(dir, 'data'), durable: false });
  database = await Database.connect(withDatabase(server.uri, 'deskwire'));
});
afterAll(async () => {
  await database.close();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

/** A command of the repository beside the running database, as an operator types it. */
async function command(script: string, ...words: string[]): Promise<string> {
  const { MONGODB_URI: _unused, ...environment } = process.env;
  const env = { ...environment, DATA_DIR: join(dir, 'data') };
  const { stdout } = await run(process.execPath, [join(root, 'scripts', script), ...words], {
    cwd: root,
    env,
  });
  return stdout.trim();
}

async function headOf(pod: Pod, business: string) {
  const head = await pod.reader.head(business);
  if (head === undefined) throw new Error(`${business} has no journal.`);
  return head;
}

describe('a database that is set back', () => {
  it(
    'has what the backup had, and no cursor from before leads anywhere',
    async () => {
      const pod = buildPod(database, 'before');
      await pod.collections.ensureIndexes();
      const kept = await writeThings(pod, 'set-back', ['a', 'b']);
      await writeThings(pod, 'other', ['x']);
      await pod.relay.idle();
      const backup = join(dir, 'backup');
      await command('backup.mjs', backup);

      const early = await headOf(pod, 'set-back');
      await pod.items.repository.update(systemActor('set-back'), kept._id, () => ({
        set: { text: 'after' },
        events: [thing('set-back', 'c')],
      }));
      const lost = await writeThings(pod, 'set-back', ['d']);
      await pod.relay.idle();
      const late = await headOf(pod, 'set-back');
      expect([early.seq, late.seq, late.epoch]).toEqual([2, 4, early.epoch]);

      expect(await command('restore.mjs', backup, '--drop')).toMatch(
        /documents of \d+ collections are restored/,
      );
      // The pods start anew.
      const after = buildPod(database, 'after');
      const { repository } = after.items;
      expect(await repository.findById(systemActor('set-back'), kept._id)).toMatchObject({
        rev: 1,
        text: '',
      });
      expect(await repository.findById(systemActor('set-back'), lost._id)).toBeNull();
      // Both lie at or below the head again that numbers beyond will pass: only their epoch says that they are old.
      await writeThings(after, 'set-back', ['e', 'f']);
      await after.relay.idle();
      for (const cursor of [early, late, { ...late, seq: 0 }])
        expect(await after.reader.locate('set-back', cursor)).toMatchObject({
          kind: 'resync',
          reason: 'epoch',
        });
      const events = await after.reader.read('set-back', 0);
      expect(events.map(({ seq, name }) => `${seq} ${name}`)).toEqual([
        '1 data.changed',
        '2 data.changed',
        '3 journal.epoch-started',
        '4 data.changed',
        '5 data.changed',
      ]);
      const indexes = await database.requests.collection('journal').listIndexes().toArray();
      expect(indexes.filter(({ unique }) => unique === true)).toHaveLength(2);
      expect(await sweepTwice(after)).toBe(0);
    },
    A_BUILD_TOO,
  );

  it(
    'by other means gets its new epochs by a command',
    async () => {
      const pod = buildPod(database, 'by-hand');
      const before = await headOf(pod, 'other');
      expect(await command('new-epoch.mjs')).toBe('The journals of 2 businesses began a new epoch.');
      expect(await pod.reader.locate('other', before)).toMatchObject({ kind: 'resync', reason: 'epoch' });
      await writeThings(pod, 'other', ['y']);
      await pod.relay.idle();
      expect((await headOf(pod, 'other')).seq).toBe(before.seq + 2);
      expect((await journalOf(pod, 'other')).at(-1)).toBe('things y');
    },
    A_BUILD_TOO,
  );
});
