/** Does an image become a mask in the editor, with nothing but an .onnx file? */
import * as assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { readImages, readSegmentation } from '../../src/images/volumes';
import { thresholdModel } from '../unit/inference/toyModel';
import { sample } from './datasets';
import { eventually, workspacePath } from './extension';

const threshold = 0;

export function prediction(): void {
  describe('predicting an image with an ONNX model', function () {
    this.timeout(120_000);
    let source: string;
    let model: string;
    const folder = workspacePath('clinic');
    const image = workspacePath('clinic', 'scan.nii.gz');

    before(async () => {
      const images = workspacePath('nnUNet_raw', sample, 'imagesTr');
      source = `${images}/${readdirSync(images).sort()[0]}`;
      mkdirSync(folder, { recursive: true });
      copyFileSync(source, image);
      const { properties } = await readImages([source], 'SimpleITKIO');
      model = thresholdModel(workspacePath('clinic', 'bright.onnx'), threshold, { spacing: properties.spacing });
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });

    /** The mask must be the threshold that the model is. */
    async function requireMask(mask: string, of: string): Promise<void> {
      const { data } = await readImages([of], 'SimpleITKIO');
      const labels = await readSegmentation(mask, 'SimpleITKIO');
      const expected = Uint8Array.from(data, (value) => (value > threshold ? 1 : 0));
      assert.ok(expected.includes(1) && expected.includes(0));
      assert.deepEqual(Uint8Array.from(labels.data), expected);
    }

    it('writes the mask beside the image and shows the image', async () => {
      await vscode.commands.executeCommand('nnunet.predictImage', vscode.Uri.file(image), { model });
      const mask = workspacePath('clinic', 'scan_bright_seg.nii.gz');
      assert.ok(existsSync(mask), readdirSync(folder).join());
      await requireMask(mask, image);
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input as vscode.TabInputCustom;
      assert.deepEqual([input.viewType, input.uri.fsPath], ['nnunet.volume', image]);
    });

    it('overwrites nothing, and takes the image of the editor', async () => {
      await vscode.commands.executeCommand('nnunet.predictImage', undefined, { model: vscode.Uri.file(model) });
      assert.ok(existsSync(workspacePath('clinic', 'scan_bright_seg-2.nii.gz')));
    });

    it('keeps masks out of the folders of a dataset', async () => {
      const before = readdirSync(workspacePath('nnUNet_raw', sample, 'imagesTr'));
      await vscode.commands.executeCommand('nnunet.predictImage', source, { model });
      assert.deepEqual(readdirSync(workspacePath('nnUNet_raw', sample, 'imagesTr')), before);
      const root = workspacePath('nnUNet_predictions', sample, 'bright');
      const [mask] = readdirSync(root);
      await requireMask(`${root}/${mask}`, source);
      rmSync(workspacePath('nnUNet_predictions', sample), { recursive: true });
    });

    it('says what is wrong with a model and writes nothing', async () => {
      const masks = readdirSync(folder);
      copyFileSync(image, workspacePath('clinic', 'damaged.onnx'));
      // Answers only after the failure was shown.
      await vscode.commands.executeCommand('nnunet.predictImage', vscode.Uri.file(image), {
        model: workspacePath('clinic', 'damaged.onnx'),
      });
      assert.deepEqual(readdirSync(folder).sort(), [...masks, 'damaged.onnx'].sort());
      await eventually(() => vscode.commands.executeCommand('notifications.clearAll'));
    });
  });
}
