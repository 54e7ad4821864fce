/** Are findings in the Problems view, with fixes that work, and are labels and keys explained? */
import * as assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { sample } from './datasets';
import { eventually, services, workspacePath } from './extension';

export function diagnostics(): void {
  /** In one step: VS Code saves no document whose file it saw half-written. */
  function writeWhole(file: string, text: string): void {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  describe('dataset.json', () => {
    const file = workspacePath('nnUNet_raw', sample, 'dataset.json');
    const uri = vscode.Uri.file(file);
    const good = readFileSync(file, 'utf8');
    let document: vscode.TextDocument;
    before(async () => {
      await services();
      document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
    });
    after(async () => {
      writeWhole(file, good);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });

    const problems = (): vscode.Diagnostic[] =>
      vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'nnU-Net');

    it('has no problems while nothing is wrong', () => eventually(() => assert.deepEqual(problems(), [])));

    it('shows a finding where it is, and its quick fix removes it', async () => {
      writeWhole(file, good.replace('"numTraining": 4', '"numTraining": 99'));
      const [problem] = await eventually(() => {
        assert.equal(problems().length, 1);
        return problems();
      });
      assert.equal(problem!.code, 'num-training');
      // The finding is of the file on disk; an edit of a document that has not followed it yet could not be saved.
      await eventually(() => assert.match(document.getText(), /"numTraining": 99/));
      assert.equal(document.getText(problem!.range), '"numTraining"');
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        problem!.range,
        vscode.CodeActionKind.QuickFix.value,
        // Edits are computed for actions that are looked at.
        10,
      );
      const fix = actions.find(({ title }) => title === 'Set numTraining to 4');
      assert.ok(fix?.edit, `only ${actions.map(({ title }) => title).join('; ')}`);
      assert.ok(await vscode.workspace.applyEdit(fix.edit));
      assert.ok(await document.save());
      assert.match(document.getText(), /"numTraining": 4/);
      await eventually(() => assert.deepEqual(problems(), []));
    });

    it('follows what is typed, before it is saved', async () => {
      const at = document.getText().indexOf(',', document.getText().indexOf('"numTraining"'));
      const comma = new vscode.Range(document.positionAt(at), document.positionAt(at + 1));
      const edit = new vscode.WorkspaceEdit();
      edit.delete(uri, comma);
      assert.ok(await vscode.workspace.applyEdit(edit));
      const [problem] = await eventually(() => {
        assert.deepEqual(
          problems().map(({ code }) => code),
          ['json-comma'],
        );
        return problems();
      });
      assert.equal(problem!.message, `Comma missing after line ${comma.start.line + 1}. Add it.`);
      assert.ok(problem!.range.start.isEqual(comma.start));
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        problem!.range,
        vscode.CodeActionKind.QuickFix.value,
        10,
      );
      const fix = actions.find(({ title }) => title === 'Insert the missing comma');
      assert.ok(fix?.edit, `only ${actions.map(({ title }) => title).join('; ')}`);
      assert.ok(await vscode.workspace.applyEdit(fix.edit));
      await eventually(() => assert.deepEqual(problems(), []));
      await document.save();
    });

    it('explains labels and channels on hover', async () => {
      const hoverOn = async (word: string): Promise<string> => {
        const position = document.positionAt(document.getText().indexOf(word) + 1);
        const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
          'vscode.executeHoverProvider',
          uri,
          position,
        );
        return hovers
          .flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value)))
          .join();
      };
      assert.match(await hoverOn('"small_organ"'), /class 2 of 2/);
      assert.match(await hoverOn('"CT"'), /CTNormalization/);
    });

    it('is completed and checked by its schema', async function () {
      const completions = await eventually(async () => {
        const inside = document.positionAt(document.getText().indexOf('"file_ending"'));
        const list = await vscode.commands.executeCommand<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          uri,
          inside,
        );
        const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
        assert.ok(
          labels.some((label) => label.includes('regions_class_order')),
          labels.join('; '),
        );
        return labels;
      });
      assert.ok(completions.length > 0);
    });
  });
}
