/** Do the assistants of the real VS Code find our tools, and are they told something? */
import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension, services } from './extension';

export function assistant(): void {
  describe('tools for assistants', () => {
    it('are registered as package.json says', async () => {
      await services();
      const contributed = extension().packageJSON.contributes.languageModelTools as { name: string }[];
      const known = new Set(vscode.lm.tools.map(({ name }) => name));
      assert.deepEqual(
        contributed.filter(({ name }) => !known.has(name)),
        [],
      );
    });

    it('tell of the datasets of the workspace', async () => {
      const { content } = await vscode.lm.invokeTool('nnunet_list_datasets', {
        input: {},
        toolInvocationToken: undefined,
      });
      const [text, data] = content as vscode.LanguageModelTextPart[];
      assert.match(text!.value, /Dataset\d{3}_\w+: \d+ cases?/);
      assert.ok(Array.isArray((JSON.parse(data!.value) as { datasets: unknown }).datasets));
    });
  });
}
