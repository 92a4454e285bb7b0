import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { withLock } from '../../scripts/lib/lock.mjs';
import { nodeRefusal } from '../../scripts/lib/node-version.mjs';
import { repository } from '../../scripts/lib/repository.mjs';
import { capture } from '../../scripts/lib/run.mjs';
import { ready } from '../../scripts/ready.mjs';

let root: string;
let said: string[];
const say = (line: string): number => said.push(line);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deskwire-ready-'));
  said = [];
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A small repository whose compiler copies src, notes that it ran, and fails on the word "wrong". */
function layOut(): void {
  const lockfile = JSON.stringify({
    packages: { 'node_modules/typescript': { version: '1.0.0', integrity: 'x' } },
  });
  write('package-lock.json', lockfile);
  write('node_modules/.package-lock.json', lockfile);
  write(
    'node_modules/typescript/bin/tsc',
    `const fs = require('node:fs');
     const out = process.argv[process.argv.indexOf('--outDir') + 1];
     fs.appendFileSync('runs.txt', '.');
     fs.cpSync('packages/one/src', out, { recursive: true });
     for (const name of fs.readdirSync(out)) if (fs.readFileSync(out + '/' + name, 'utf8').includes('wrong')) process.exit(2);`,
  );
  write('packages/one/tsconfig.build.json', '{}');
  write('packages/one/src/a.ts', 'a');
  write('packages/one/src/b.ts', 'b');
  write('packages/not-built/README.md', '');
}
const built = (): string[] => readdirSync(join(root, 'packages/one/dist')).sort();

describe('ready', () => {
  beforeEach(layOut);

  it('builds once, says so, and then does and says nothing', async () => {
    await ready({ root, say });
    expect(said).toEqual(['ready: building packages/one']);
    expect(built()).toEqual(['.ready.json', 'a.ts', 'b.ts']);
    await ready({ root, say });
    expect(read('runs.txt')).toBe('.');
    expect(said).toHaveLength(1);
  });

  it('builds again after a change, a removal, or a lost result', async () => {
    await ready({ root, say });
    write('packages/one/src/a.ts', 'changed');
    await ready({ root, say });
    expect(read('packages/one/dist/a.ts')).toBe('changed');
    rmSync(join(root, 'packages/one/src/b.ts'));
    await ready({ root, say });
    expect(built()).toEqual(['.ready.json', 'a.ts']);
    rmSync(join(root, 'packages/one/dist'), { recursive: true });
    await ready({ root, say });
    expect(built()).toEqual(['.ready.json', 'a.ts']);
    write('packages/one/src/a.spec.ts', 'a test is no source of the result');
    await ready({ root, say });
    expect(said).toHaveLength(4);
  });

  it('builds what tests start as processes of their own for tests only', async () => {
    write('test/tsconfig.build.json', '{}');
    await ready({ root, say });
    expect(existsSync(join(root, 'test/dist'))).toBe(false);
    await ready({ root, say, tests: true });
    await ready({ root, say, tests: true });
    expect(said).toEqual(['ready: building packages/one', 'ready: building test']);
  });

  it('keeps the former result when the new one does not build', async () => {
    await ready({ root, say });
    write('packages/one/src/a.ts', 'wrong');
    await expect(ready({ root, say })).rejects.toThrow('packages/one does not build');
    expect(read('packages/one/dist/a.ts')).toBe('a');
    expect(readdirSync(join(root, 'packages/one')).sort()).toEqual(['dist', 'src', 'tsconfig.build.json']);
    expect(existsSync(join(root, '.ready.lock'))).toBe(false);
  });

  it('builds once when several commands start together', async () => {
    const { href } = pathToFileURL(join(repository, 'scripts/ready.mjs'));
    const code = `import { ready } from '${href}'; await ready({ root: ${JSON.stringify(root)} });`;
    const runs = Array.from({ length: 3 }, () =>
      capture(process.execPath, ['--input-type=module', '--eval', code]),
    );
    expect((await Promise.all(runs)).map((run) => run.code)).toEqual([0, 0, 0]);
    expect(read('runs.txt')).toBe('.');
  });

  it('installs what the lockfile names when that is not what node_modules holds', async () => {
    const changed = JSON.stringify({
      packages: { 'node_modules/typescript': { version: '2.0.0', integrity: 'y' } },
    });
    write('package-lock.json', changed);
    write('npm-cli.js', "require('node:fs').writeFileSync('npm.txt', process.argv.slice(2).join(' '));");
    const before = process.env['npm_execpath'];
    process.env['npm_execpath'] = join(root, 'npm-cli.js');
    try {
      await ready({ root, say, build: false });
      await ready({ root, say, build: false });
    } finally {
      if (before === undefined) delete process.env['npm_execpath'];
      else process.env['npm_execpath'] = before;
    }
    expect(said).toEqual(['ready: installing what package-lock.json names (npm ci)']);
    expect(read('npm.txt')).toMatch(/^ci --ignore-scripts --include=dev /);
  });
});

describe('the lock of ready', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    };
    const path = join(root, 'lock');
    await Promise.all(Array.from({ length: 4 }, () => withLock(path, work)));
    expect(most).toBe(1);
    expect(readdirSync(root)).toEqual([]);
  });

  it('is given back when the work fails', async () => {
    const path = join(root, 'lock');
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await withLock(path, async () => undefined);
  });

  it("breaks a dead process's lock, and another machine's only when it has been silent", async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    write(`lock/${hostname()} ${dead} ab`, '');
    await withLock(join(root, 'lock'), async () => undefined);

    write('lock/elsewhere 1 ab', '');
    let waited = 0;
    const start = performance.now();
    await withLock(join(root, 'lock'), async () => undefined, { silentMs: 300, waiting: () => waited++ });
    expect(waited).toBe(1);
    expect(performance.now() - start).toBeGreaterThan(250);
  });
});

describe('an old Node', () => {
  it.each(['18.20.4', '20.18.3', '0.12.18'])('%s is turned away with a sentence', (version) => {
    expect(nodeRefusal(version)).toContain(`needs Node 20.19 or newer and this is Node ${version}`);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0', '26.0.0'])('%s serves', (version) => {
    expect(nodeRefusal(version)).toBeUndefined();
  });
});
