/** In an extension host that speaks a language without letters: is any letter left in what it shows? Then a text does not go through l10n. */
import * as assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { lettersLeft } from '../lettersLeft';
import { sample } from './datasets';
import { eventually, services } from './extension';

/** What tools/vscode/pseudo-language.cjs notes. */
interface Shown {
  trees: Record<string, vscode.TreeDataProvider<unknown>>;
  statusBar: vscode.StatusBarItem[];
  messages: string[];
  inputs: (vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox)[];
  progress: string[];
}

/** Names of the datasets, their cases and files. */
const ofData = /\b\w*(case|Sample|Abdomen|spleen|liver|body|Toy)\w*(\.nii\.gz)?|\b\w+\.nii\.gz|\bc\d+\b|notes\.txt/gi;

function translated(where: string, ...texts: (string | undefined)[]): void {
  const bare = texts.filter((text) => lettersLeft(text?.replace(ofData, ' ')) !== '');
  assert.deepEqual(bare, [], where);
}

const wordsOf = (words: unknown): string | undefined =>
  typeof words === 'object' && words !== null && 'value' in words ? String(words.value) : (words as string | undefined);

export function pseudoLanguage(): void {
  describe('in a language without letters', () => {
    let shown: Shown;

    before(async () => {
      await services();
      shown = (globalThis as unknown as { nnunetShown: Shown }).nnunetShown;
      await vscode.commands.executeCommand('nnunet.datasets.focus');
    });

    it('the views are', async () => {
      for (const [view, provider] of Object.entries(shown.trees)) {
        const rows = await eventually(async () => {
          const found = [...((await provider.getChildren()) ?? [])];
          assert.ok(found.length > 0 || view !== 'nnunet.datasets');
          return found;
        });
        for (const row of rows) {
          const item = await provider.getTreeItem(row);
          const label = typeof item.label === 'object' ? item.label.label : item.label;
          // What is wrong with a case is said in English, as errors are.
          if (!/finding|problem|^case/.test(item.contextValue ?? ''))
            translated(`${view}: ${label}`, label, String(item.description ?? ''), wordsOf(item.tooltip));
          rows.push(...((await provider.getChildren(row)) ?? []));
        }
      }
    });

    for (const [command, ...given] of [
      ['nnunet.createDataset'],
      ['nnunet.createSampleDataset'],
      ['nnunet.train'],
      ['nnunet.train', sample],
      ['nnunet.planAndPreprocess', sample],
      ['nnunet.predict'],
      ['nnunet.filterDatasets'],
      ['nnunet.chooseDevice'],
      ['nnunet.showCurves'],
    ] as const) {
      it(`what ${[command, ...given].join(' ')} asks is`, async () => {
        shown.inputs.length = 0;
        const done = vscode.commands.executeCommand(command, ...given);
        const input = await eventually(() => {
          const [first] = shown.inputs;
          assert.ok(first && !first.busy);
          return first;
        });
        const { title, placeholder } = input as vscode.QuickPick<vscode.QuickPickItem>;
        translated(command, title, placeholder, (input as vscode.InputBox).prompt);
        for (const { label, description, detail } of 'items' in input ? input.items : [])
          translated(`${command}: ${label}`, label, description, detail);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
        await done;
      });
    }

    it('what is said where there is nothing to do is', async () => {
      const commands = ['nnunet.stopJob', 'nnunet.moveQueuedUp', 'nnunet.removeQueued'];
      for (const command of commands) await vscode.commands.executeCommand(command);
      await eventually(() => assert.ok(shown.messages.length >= commands.length, shown.messages.join('\n')));
      translated('messages', ...shown.messages);
    });

    it('what the tasks are for is', async () => {
      const tasks = await vscode.tasks.fetchTasks({ type: 'nnunet' });
      assert.ok(tasks.length > 0);
      translated('tasks', ...tasks.map(({ detail }) => detail));
    });

    it('what the status bar says, and what goes on, is', () => {
      translated('status bar', ...shown.statusBar.flatMap(({ text, tooltip }) => [text, wordsOf(tooltip)]));
      translated('progress', ...shown.progress);
    });
  });
}
