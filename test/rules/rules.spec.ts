import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import config from '../../.dependency-cruiser.mjs';
import { repository } from '../../scripts/lib/repository.mjs';
import { houseRules } from '../../scripts/lint/house-rules.mjs';

/** The tools on a small Deskwire of Markdown: all that they say must be what refused.md says, and nothing else. */
interface Example {
  rule: string;
  path: string;
  code: string;
}

const accepted = examplesIn('accepted.md');
const refused = examplesIn('refused.md');
const tree = layOut([...accepted, ...refused]);
const [lint, imports] = await Promise.all([lintFindings(), importFindings()]).finally(() =>
  rmSync(tree, { recursive: true }),
);

describe('the rules of the house', () => {
  const rules = [...new Set(refused.map((example) => example.rule))];

  it.each(rules)('%s refuses its examples', (rule) => {
    const files = refused.filter((example) => example.rule === rule).map((example) => example.path);
    expect(filesOf(rule)).toEqual(files.sort());
  });

  it('accept everything else', () => {
    const said = [...lint, ...imports].filter((finding) => !rules.includes(finding.rule));
    expect(said).toEqual([]);
  });

  it('have an example each', () => {
    const own = Object.keys(houseRules).map((name) => `house/${name}`);
    const without = [...own, ...config.forbidden.map(({ name }) => name)].filter(
      (name) => !rules.includes(name),
    );
    expect(without).toEqual([]);
  });

  it('give a reason of one sentence for every import rule', () => {
    for (const { comment } of config.forbidden) expect(comment).toMatch(/^[^\n]{20,200}\.$/);
  });
});

function filesOf(rule: string): string[] {
  const files = [...lint, ...imports]
    .filter((finding) => finding.rule === rule)
    .map((finding) => finding.path);
  return [...new Set(files)].sort();
}

function examplesIn(file: string): Example[] {
  const text = readFileSync(join(repository, 'test/rules', file), 'utf8');
  const parts = text.matchAll(
    /^### `(?<rule>.+)`$|^```ts (?<path>\S+)(?: repeated (?<times>\d+) times)?\n(?<code>[^]*?)^```$/gm,
  );
  let rule = '';
  const examples: Example[] = [];
  for (const { groups = {} } of parts) {
    if (groups['rule']) rule = groups['rule'];
    else if (groups['path']) {
      const code = (groups['code'] ?? '').repeat(Number(groups['times'] ?? 1));
      examples.push({ rule, path: groups['path'], code });
    }
  }
  return examples;
}

function layOut(examples: Example[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskwire-rules-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const { path, code } of examples) write(path, code);
  write(
    'globals.d.ts',
    `declare const process: { env: Record<string, string | undefined> };
     declare module 'node:process' { export const env: Record<string, string | undefined>; }
     declare module 'node:path' { export const join: unknown; }`,
  );
  write('package.json', '{ "type": "module" }');
  const compilerOptions = { strict: true, module: 'nodenext', types: [], experimentalDecorators: true };
  write('tsconfig.json', JSON.stringify({ compilerOptions }));
  const packages = [
    'zod',
    'mongoose',
    '@nestjs/mongoose',
    'bson',
    'eventemitter2',
    '@nestjs/event-emitter',
    'express',
    'fast-check',
  ];
  for (const name of packages) {
    write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, type: 'module', exports: './index.js' }),
    );
    write(`node_modules/${name}/index.js`, 'export const z = 1;');
    write(`node_modules/${name}/index.d.ts`, 'export declare const z: number; export interface Request {}');
  }
  return folder;
}

async function lintFindings(): Promise<{ path: string; rule: string }[]> {
  interface File {
    filePath: string;
    messages: { ruleId: string | null; message: string }[];
  }
  const output = await runTool('eslint/bin/eslint.js', [
    '--config',
    join(repository, 'eslint.config.js'),
    '--format',
    'json',
    '.',
  ]);
  return (JSON.parse(output) as File[]).flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message }) => ({
      path: relative(tree, filePath).split(sep).join('/'),
      rule: ruleId ?? (message.includes('noInlineConfig') ? 'no-inline-config' : message),
    })),
  );
}

async function importFindings(): Promise<{ path: string; rule: string }[]> {
  interface Result {
    summary: { violations: { from: string; cycle?: { name: string }[]; rule: { name: string } }[] };
  }
  const args = [
    '--config',
    join(repository, '.dependency-cruiser.mjs'),
    '--output-type',
    'json',
    'src',
    'packages',
    'web',
    'test',
  ];
  const output = await runTool('dependency-cruiser/bin/dependency-cruise.mjs', args);
  return (JSON.parse(output) as Result).summary.violations.flatMap(({ from, cycle = [], rule }) =>
    [from, ...cycle.map(({ name }) => name)].map((path) => ({ path, rule: rule.name })),
  );
}

/** Both end with an error code when they find something, as they must here: only their text counts. */
function runTool(program: string, args: string[]): Promise<string> {
  const path = join(repository, 'node_modules', program);
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path, ...args],
      { cwd: tree, maxBuffer: 1 << 26 },
      (_error, stdout, stderr) => {
        if (stderr) console.error(stderr);
        resolve(stdout);
      },
    );
  });
}
