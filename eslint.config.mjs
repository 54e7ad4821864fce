// What lint is for here: real mistakes and the one-way rule. Style is prettier's.
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';
import { oneWayImports } from './tools/lint/one-way-imports.mjs';

const typescript = ['src/**/*.ts', 'webview/**/*.ts', 'test/**/*.ts'];

/** What VS Code renders links or icons in, and the function that takes its place. */
const wordsForThePerson = [
  ['showInformationMessage', 'notify, askFirst or offer'],
  ['showWarningMessage', 'notify, askFirst or offer'],
  ['showErrorMessage', 'notify, askFirst, offer or reportError'],
  ['withProgress', 'withProgress'],
  ['MarkdownString', 'tooltip'],
].map(([property, better]) => [property, `${better} of src/vscode/notify.ts`]);
/** What would forget what was typed, and have no way back. */
const questionsForThePerson = [
  ['showInputBox', 'line'],
  ['createInputBox', 'line'],
  ['showQuickPick', 'oneOf or severalOf'],
  ['createQuickPick', 'oneOf or severalOf'],
].map(([property, better]) => [property, `${better} of src/vscode/wizard`]);
const instead = (names) =>
  names.map(([property, better]) => ({
    property,
    message: `Names of files, models and labels could become links or icons there: use ${better}.`,
  }));
const commands = {
  property: 'registerCommand',
  message: 'Failures reach the person by src/vscode/registerCommand.ts.',
};

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'build/', 'demo/', 'coverage/', '.vscode-test/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,mjs,cjs}', ...typescript],
    extends: [tseslint.configs.recommended],
    rules: {
      'no-constant-binary-expression': 'error',
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
    },
  },
  {
    files: ['**/*.{js,cjs}'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: typescript,
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs', '.json'] })],
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/return-await': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    plugins: { nnunet: { rules: { 'one-way-imports': oneWayImports } } },
    rules: {
      'nnunet/one-way-imports': 'error',
      'no-console': 'error',
      // "void" would hide failures that nobody hears of: src/vscode/background.ts takes work that is not waited for.
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
      'no-void': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/storage/exists.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          ':function[id.name=/^(exists|isThere|(file|folder|path)Exists)$/]',
          ":matches(CallExpression, MemberExpression)[callee.object.callee.name=/^(access|stat|lstat)$/][callee.property.name='then'] > :function[body.value=true]",
        ].map((selector) => ({ selector, message: 'Whether something is there is told by src/storage/exists.ts.' })),
      ],
    },
  },
  {
    // Words reach the person through one module, which lets no file's name become a link.
    files: ['src/extension.ts', 'src/vscode/**/*.ts'],
    ignores: ['src/vscode/notify.ts'],
    rules: {
      'no-restricted-properties': ['error', ...instead([...wordsForThePerson, ...questionsForThePerson])],
    },
  },
  {
    files: ['src/vscode/**/*.ts'],
    ignores: ['src/vscode/{notify,registerCommand}.ts', 'src/vscode/wizard/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...instead([...wordsForThePerson, ...questionsForThePerson]), commands],
    },
  },
  {
    files: ['src/vscode/wizard/*.ts'],
    rules: { 'no-restricted-properties': ['error', ...instead(wordsForThePerson), commands] },
  },
  {
    // The programs that speak to a terminal.
    files: ['src/cli.ts', 'src/cli/**/*.ts', 'src/runner.ts', 'src/runner/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // node:test's describe and it return promises that the runner awaits itself.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['describe', 'it', 'test', 'suite'], package: 'node:test' },
          ],
        },
      ],
    },
  },
);
