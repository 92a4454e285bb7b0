// One configuration for every test in the house. `npm test` (scripts/test.mjs) is the way to run it:
// it makes ready what the tests need and adds the Node flags that ESM under jest wants.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folders = ['packages', 'src', 'test', 'web'];

export default {
  testEnvironment: 'node',
  roots: folders
    .filter((folder) => existsSync(fileURLToPath(new URL(folder, import.meta.url))))
    .map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testTimeout: 20_000,
  // A worker that grew is replaced: jest's module registry under ESM is never collected.
  workerIdleMemoryLimit: '512MB',
};
