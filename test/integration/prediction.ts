/** Does an image become a mask in the editor, with nothing but an .onnx file, and does a trained model become such a file? */
import * as assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { readPredictionRecord } from '../../src/dataset/predictionRecord';
import type { DatasetReference } from '../../src/dataset/references';
import { readImages, readSegmentation } from '../../src/images/volumes';
import { writeVolume } from '../../src/images/write';
import { dropModels } from '../../src/vscode/explorer/dropModels';
import type { ExplorerNode } from '../../src/vscode/explorer/nodes';
import { thresholdModel } from '../unit/inference/toyModel';
import { golden, rowOf, sample, treeOf } from './datasets';
import { eventually, services, workspacePath } from './extension';

const threshold = 0;

/** Without what says how they were made. */
const masksIn = (folder: string): string[] => readdirSync(folder).filter((name) => !/^\.|\.json$/.test(name));

const datasetOf = (node: ExplorerNode): DatasetReference => (node as Extract<ExplorerNode, { kind: 'fold' }>).dataset;

export function prediction(): void {
  describe('predicting an image with an ONNX model', function () {
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

    function requireCard(file: string): void {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input as vscode.TabInputCustom;
      assert.deepEqual([input.viewType, input.uri?.fsPath], ['nnunet.onnxModel', file]);
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

    it('asks before it predicts an image that is unlike those of the training', async () => {
      const thick = workspacePath('clinic', 'thick.nii.gz');
      const { data, shape, properties } = await readImages([source], 'SimpleITKIO');
      const [z, y, x] = properties.spacing;
      await writeVolume(thick, data, shape, { ...properties.sitk_stuff, spacing: [x, y, 8 * z] });
      const masks = (): string[] => readdirSync(folder).filter((name) => /^thick_.*\.nii\.gz$/.test(name));
      // Nobody answers the question: VS Code shows no dialogs in tests.
      await vscode.commands.executeCommand('nnunet.predictImage', vscode.Uri.file(thick), { model });
      assert.deepEqual(masks(), []);
      await vscode.commands.executeCommand('nnunet.predictImage', vscode.Uri.file(thick), { model, anyway: true });
      assert.deepEqual(masks(), ['thick_bright_seg.nii.gz']);
    });

    it('keeps masks out of the folders of a dataset', async () => {
      const before = readdirSync(workspacePath('nnUNet_raw', sample, 'imagesTr'));
      await vscode.commands.executeCommand('nnunet.predictImage', source, { model });
      assert.deepEqual(readdirSync(workspacePath('nnUNet_raw', sample, 'imagesTr')), before);
      const root = workspacePath('nnUNet_predictions', sample, 'bright');
      const [mask] = masksIn(root);
      await requireMask(`${root}/${mask}`, source);
      assert.deepEqual((await readPredictionRecord(root)).model, [model]);
      rmSync(workspacePath('nnUNet_predictions', sample), { recursive: true });
    });

    it('predicts only a box around the crosshair', async () => {
      const options = { model, size: '8 8 8 voxels' };
      await vscode.commands.executeCommand('nnunet.predictRegion', vscode.Uri.file(image), options);
      const { data } = await readSegmentation(workspacePath('clinic', 'scan_bright_seg-3.nii.gz'), 'SimpleITKIO');
      const found = Uint8Array.from(data).reduce((sum, label) => sum + label, 0);
      assert.ok(found > 0 && found <= 512, `${found} voxels`);
    });

    it("opens a model's card", async () => {
      await vscode.commands.executeCommand('nnunet.showModelCard', vscode.Uri.file(model));
      await eventually(() => requireCard(model));
    });

    it('exports a fold of a trained model, shows its card, and predicts with it', async function () {
      const scans = workspacePath('nnUNet_raw', golden, 'imagesTr');
      if (!existsSync(scans)) return this.skip();
      const all = await services();
      const output = workspacePath('clinic', 'toy.onnx');
      const fold = await rowOf(treeOf(all), golden, '3d_small', 'Fold 0');
      await vscode.commands.executeCommand('nnunet.exportModel', fold, { output, precision: 'fp32' });
      await eventually(() => requireCard(output));
      const scan = `${scans}/${readdirSync(scans).sort()[0]}`;
      await vscode.commands.executeCommand('nnunet.predictImage', vscode.Uri.file(scan), { model: output });
      assert.equal(masksIn(workspacePath('nnUNet_predictions', golden, 'toy')).length, 1);
      // The folder itself is exported on the way.
      const [trained] = await all.catalog.models(datasetOf(fold));
      await vscode.commands.executeCommand('nnunet.predictImage', vscode.Uri.file(scan), { model: trained!.folder });
      assert.deepEqual(readdirSync(workspacePath('nnUNet_predictions', golden)).sort(), ['Toy_3d_small', 'toy']);
      rmSync(workspacePath('nnUNet_predictions', golden), { recursive: true });
    });

    it('exports a fold as a zip, takes it back under another dataset, and refuses what is dropped and is none', async function () {
      const all = await services();
      if (!existsSync(workspacePath('nnUNet_raw', golden, 'imagesTr'))) return this.skip();
      const fold = await rowOf(treeOf(all), golden, '3d_small', 'Fold 0');
      const output = workspacePath('clinic', 'toy.zip');
      await vscode.commands.executeCommand('nnunet.exportModelArchive', fold, { output });
      assert.ok(existsSync(output), readdirSync(folder).join());
      await vscode.commands.executeCommand('nnunet.importModel', vscode.Uri.file(output), {
        dataset: 'Dataset977_Taken',
      });
      const models = workspacePath('nnUNet_results', 'Dataset977_Taken');
      await eventually(async () => {
        const taken = (await all.catalog.datasets()).find(({ folderName }) => folderName === 'Dataset977_Taken');
        const [model] = await all.catalog.models(taken!);
        assert.deepEqual([model!.configuration, model!.folds.map(({ fold: one }) => one)], ['3d_small', [0]]);
      });
      rmSync(models, { recursive: true });
      const files = readdirSync(folder).sort();
      const list = new vscode.DataTransfer();
      const dropped = ['# dropped', vscode.Uri.file(workspacePath('clinic', 'damaged.zip')).toString(), ''].join(
        '\r\n',
      );
      list.set('text/uri-list', new vscode.DataTransferItem(dropped));
      copyFileSync(image, workspacePath('clinic', 'damaged.zip'));
      await dropModels.handleDrop!(undefined, list, new vscode.CancellationTokenSource().token);
      assert.deepEqual([existsSync(models), readdirSync(folder).sort()], [false, [...files, 'damaged.zip'].sort()]);
      for (const name of ['toy.zip', 'damaged.zip']) rmSync(workspacePath('clinic', name));
      await eventually(() => vscode.commands.executeCommand('notifications.clearAll'));
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
