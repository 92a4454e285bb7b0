import { describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { closingLine, objection, sum } from '../../scripts/lib/counts.mjs';
import { findProgram, installPlan, needs, provide } from '../../scripts/lib/needs.mjs';
import { repository } from '../../scripts/lib/repository.mjs';
import { capture } from '../../scripts/lib/run.mjs';
import { findSpecs, readHead } from '../../scripts/lib/specs.mjs';

async function inFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'deskwire-scripts-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the closing line', () => {
  it('names skipped tests only when there are any', () => {
    expect(closingLine({ passed: 7, failed: 0, skipped: 0 })).toBe('7 passed, 0 failed');
    expect(closingLine({ passed: 7, failed: 1, skipped: 2 })).toBe('7 passed, 1 failed, 2 skipped');
  });

  it('adds the runs up', () => {
    const first = { passed: 3, failed: 0, skipped: 1 };
    expect(sum(first, { passed: 2, failed: 1, skipped: 0 })).toEqual({ passed: 5, failed: 1, skipped: 1 });
  });

  it('comes with a failure when a test failed, none ran, or CI skipped one', () => {
    expect(objection({ passed: 1, failed: 0, skipped: 0 }, { ci: true })).toBeUndefined();
    expect(objection({ passed: 1, failed: 0, skipped: 1 }, { ci: false })).toBeUndefined();
    expect(objection({ passed: 1, failed: 0, skipped: 1 }, { ci: true })).toMatch(/skipped/);
    expect(objection({ passed: 1, failed: 1, skipped: 0 }, { ci: false })).toMatch(/failed/);
    expect(objection({ passed: 0, failed: 0, skipped: 4 }, { ci: false })).toMatch(/No test ran/);
  });

  it('counts what jest really did: a file that does not load is a failure', async () => {
    await inFolder(async (folder) => {
      const tests = "it('a', () => {}); it('b', () => { throw new Error('b'); }); it('left out', () => {});";
      writeFileSync(join(folder, 'counted.spec.mjs'), tests);
      writeFileSync(join(folder, 'broken.spec.mjs'), "import './missing.mjs'; it('e', () => {});");
      const config = { rootDir: folder, testMatch: ['**/*.spec.mjs'], transform: {} };
      const files = ['counted.spec.mjs', 'broken.spec.mjs'].map((name) => join(folder, name));
      expect(await countsOf(files, config)).toEqual({ passed: 1, failed: 2, skipped: 1 });
      expect(await countsOf(files.slice(0, 1), { ...config, transform: 'broken' })).toEqual({
        passed: 0,
        failed: 1,
        skipped: 0,
      });
    });
  });

  it('is the last line of npm test, also when no file matches', async () => {
    const { code, output } = await capture(process.execPath, [
      join(repository, 'scripts/test.mjs'),
      'no-such-spec',
    ]);
    expect(code).toBe(1);
    expect(output).toMatch(/no spec file matches no-such-spec/);
    expect(output.trimEnd().split('\n').at(-1)).toBe('0 passed, 0 failed');
  });
});

/** In a process of its own: that jest prints failures, which are not ours. */
async function countsOf(files: string[], config: object): Promise<unknown> {
  const { href } = pathToFileURL(join(repository, 'scripts/lib/jest.mjs'));
  const args = [files, [`--config=${JSON.stringify(config)}`, '--testNamePattern=^[ab]']]
    .map((value) => JSON.stringify(value))
    .join(', ');
  const code = `import { runJest } from '${href}'; console.log(JSON.stringify(await runJest(${args}, process.env)));`;
  const { output } = await capture(process.execPath, ['--input-type=module', '--eval', code]);
  return JSON.parse(output.match(/^\{"passed".*\}$/m)?.[0] ?? output);
}

describe('what a spec file says about itself', () => {
  it('is read from the comments above its first line of code', () => {
    const head =
      '// About.\n// needs: redis-server, chromium\n// also runs on: mongodb\n\nimport x;\n// needs: nothing\n';
    expect(readHead(head)).toEqual({ needs: ['redis-server', 'chromium'], alsoRunsOn: ['mongodb'] });
    expect(readHead('import x;\n// needs: chromium\n')).toEqual({ needs: [], alsoRunsOn: [] });
  });

  it('is asked of the files whose path inside the repository matches', async () => {
    await inFolder((folder) => {
      for (const path of ['test/b/x.spec.ts', 'test/a.spec.ts', 'test/a.ts', 'test/node_modules/n.spec.ts']) {
        mkdirSync(join(folder, path, '..'), { recursive: true });
        writeFileSync(join(folder, path), '// needs: chromium\n');
      }
      const found = (...patterns: string[]): string[] =>
        findSpecs(folder, [join(folder, 'test')], patterns).map((spec) => spec.path.slice(folder.length + 1));
      expect(found()).toEqual(['test/a.spec.ts', 'test/b/x.spec.ts']);
      expect(found('^test/b')).toEqual(['test/b/x.spec.ts']);
      expect(found('deskwire-scripts')).toEqual([]);
      expect(findSpecs(folder, [join(folder, 'test')], ['a'])[0]?.needs).toEqual(['chromium']);
    });
  });
});

describe('what the tests need beside Node', () => {
  const redis = needs['redis-server'];
  const chromium = needs['chromium'];
  if (!redis || !chromium) throw new Error('both needs are known');
  const debian = { managers: ['apt-get'], isUbuntu: false, isRoot: false, maySudo: false };

  it('is installed where that is allowed', () => {
    expect(installPlan('redis-server', redis, { ...debian, isRoot: true })).toEqual({
      commands: [
        ['apt-get', 'update'],
        ['apt-get', 'install', '-y', 'redis-server'],
      ],
    });
    expect(installPlan('chromium', chromium, { ...debian, isUbuntu: true, maySudo: true })).toEqual({
      commands: [
        ['sudo', 'apt-get', 'update'],
        ['sudo', 'apt-get', 'install', '-y', 'chromium-browser'],
      ],
    });
    expect(installPlan('redis-server', redis, { ...debian, managers: ['brew'] })).toEqual({
      commands: [['brew', 'install', 'redis']],
    });
  });

  it('is otherwise asked for with the exact command', () => {
    expect(installPlan('redis-server', redis, debian)).toEqual({
      refusal: expect.stringContaining('sudo apt-get update && sudo apt-get install -y redis-server\n'),
    });
    expect(installPlan('chromium', chromium, { ...debian, managers: ['dnf'], isRoot: true })).toEqual({
      refusal: expect.stringContaining('    dnf install chromium\n'),
    });
    expect(installPlan('redis-server', redis, { ...debian, managers: [] })).toEqual({
      refusal: expect.stringContaining('REDIS_SERVER_PATH'),
    });
  });

  it('is found on the PATH, in order, when it may be run', async () => {
    await inFolder((folder) => {
      const [first = '', second = ''] = ['first', 'second'].map((name) => join(folder, name));
      for (const [path, mode] of [
        [first, 0o644],
        [second, 0o755],
      ] as const) {
        mkdirSync(path);
        writeFileSync(join(path, 'redis-server'), '');
        chmodSync(join(path, 'redis-server'), mode);
      }
      expect(findProgram('redis-server', [first, second].join(delimiter))).toBe(join(second, 'redis-server'));
      expect(findProgram('redis-server', first)).toBeUndefined();
      expect(findProgram(join(second, 'redis-server'), '')).toBe(join(second, 'redis-server'));
    });
  });

  it('has to be a program that is known', async () => {
    await expect(provide(['postgres'])).rejects.toThrow('A spec needs "postgres"; known are redis-server');
  });
});
