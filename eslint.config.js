import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { houseRules } from './scripts/lint/house-rules.mjs';

const TYPED = ['**/*.ts', '**/*.tsx', 'scripts/**/*.mjs'];

/** A house rule's pattern becomes an ESLint rule: the patterns are already the selectors that ESLint listens for. */
const house = {
  rules: Object.fromEntries(
    Object.entries(houseRules).map(([name, { message, patterns }]) => [
      name,
      {
        meta: { type: /** @type {const} */ ('problem'), schema: [] },
        /** @param {import('eslint').Rule.RuleContext} context */
        create: (context) => ({
          /** @param {import('eslint').Rule.Node} node */
          [patterns.join(', ')]: (node) => context.report({ node, message }),
        }),
      },
    ]),
  ),
};

export default defineConfig(
  { ignores: ['**/dist/**', '**/dist.*/**', '**/coverage/**', '.data/**', '**/*.gen.ts'] },
  // A rule that may be switched off in a comment is no rule.
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['**/*.{js,mjs,cjs}'],
    ...eslint.configs.recommended,
    languageOptions: { globals: nodeGlobals() },
  },
  {
    files: TYPED,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An interface that promises a Promise may have an implementation that need not wait.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['**/*.{ts,tsx,js,mjs,cjs}'], rules: { 'max-lines': ['error', { max: 300 }] } },
  {
    // Matchers such as expect.objectContaining and the bodies of HTTP answers have no type; writing one is refused here too.
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // JSON.parse in a script: the JSDoc type beside it says what it is.
  { files: ['scripts/**/*.mjs'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  Object.entries(houseRules).map(([name, { files, except = [] }]) => ({
    files,
    ignores: except,
    plugins: { house },
    rules: { [`house/${name}`]: 'error' },
  })),
);

/** @returns {Record<string, 'readonly'>} */
function nodeGlobals() {
  return Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));
}
