import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ESLint as ESLintClass, Linter } from 'eslint';
import { repositoryRoot } from '../../shared';

const load = createRequire(join(repositoryRoot, 'package.json'));
const { ESLint } = load('eslint') as { ESLint: typeof ESLintClass };

const eslint = new ESLint({ cwd: repositoryRoot });

async function isForbidden(file: string, code: string): Promise<boolean> {
  const path = join(repositoryRoot, file);
  const rules = ((await eslint.calculateConfigForFile(path)) as Linter.Config).rules!;
  const only = new ESLint({
    cwd: repositoryRoot,
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.ts'],
      languageOptions: { parser: load('typescript-eslint').parser as Linter.Parser },
      rules: { 'no-restricted-properties': rules['no-restricted-properties'] ?? 'off' },
    },
  });
  const [result] = await only.lintText(code, { filePath: path });
  return result!.messages.length > 0;
}

describe('the rule that words reach the person through one module', () => {
  const ways = [
    "vscode.window.showErrorMessage('x');",
    'const show = vscode.window.showInformationMessage;',
    'const { showWarningMessage } = vscode.window;',
    'await vscode.window.withProgress(options, work);',
    'item.tooltip = new vscode.MarkdownString(text);',
    'await vscode.window.showInputBox({ prompt });',
  ];
  for (const code of ways) {
    it(`forbids ${code}`, async () => {
      assert.equal(await isForbidden('src/vscode/commands/predict.ts', code), true);
      assert.equal(await isForbidden('src/vscode/notify.ts', code), false);
    });
  }
});

describe('the rule that questions have a way back', () => {
  const asks = ['showQuickPick(items)', 'createQuickPick()', 'showInputBox({ prompt })', 'createInputBox()'];
  for (const ask of asks) {
    it(`forbids ${ask} but where questions are made`, async () => {
      const code = `vscode.window.${ask};`;
      assert.equal(await isForbidden('src/vscode/tasks/pickJob.ts', code), true);
      assert.equal(await isForbidden('src/vscode/wizard/list.ts', code), false);
    });
  }
});

describe('the rule that no failure goes unheard', () => {
  it('forbids void where promises are made, so that inBackground takes them', async () => {
    const eslint = new ESLint({ cwd: repositoryRoot });
    for (const file of ['src/vscode/volume/editor.ts', 'src/jobs/queue.ts', 'webview/volume/page.ts']) {
      const { rules } = (await eslint.calculateConfigForFile(join(repositoryRoot, file))) as Linter.Config;
      assert.deepEqual(rules!['no-void'], [2, { allowAsStatement: false }]);
      assert.deepEqual((rules!['@typescript-eslint/no-floating-promises'] as unknown[])[1], { ignoreVoid: false });
    }
  });
});
