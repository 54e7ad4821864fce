/** Are the datasets on disk in the tree, with their cases, findings and models, and does it follow the files? */
import * as assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../src/dataset/references';
import { readResult } from '../../src/jobs/jobEnd';
import { jobsFolder, readJob } from '../../src/jobs/jobFolder';
import { jobsRootFor } from '../../src/jobs/jobsRoot';
import type { ExplorerNode } from '../../src/vscode/explorer/nodes';
import { ExplorerTree } from '../../src/vscode/explorer/tree';
import { appearance } from '../../src/vscode/explorer/present';
import type { Services } from '../../src/vscode/services';
import { cliNode, eventually, executeTask, services, workspacePath } from './extension';

export const sample = 'Dataset001_Sample';
/** A copy of nnU-Net's own files, where tools/vscode/workspace.mjs found them. */
export const golden = 'Dataset777_Toy';
/** The files are looked at every 1.5 seconds. */

/** What the views show: the same tree over the extension's own catalog. */
export const treeOf = ({ catalog }: Services): ExplorerTree => new ExplorerTree(catalog);

export async function rowOf(tree: ExplorerTree, ...path: string[]): Promise<ExplorerNode> {
  let nodes: ExplorerNode[] = await tree.roots();
  let found: ExplorerNode | undefined;
  for (const label of path) {
    found = nodes.find((node) => appearance(node).label === label);
    assert.ok(found, `${label} is not among ${nodes.map((node) => appearance(node).label).join('; ')}`);
    nodes = await tree.children(found);
  }
  return found!;
}

export async function labelsBelow(tree: ExplorerTree, ...path: string[]): Promise<string[]> {
  return (await tree.children(await rowOf(tree, ...path))).map((node) => appearance(node).label);
}

/** The extension's parts, its tree, and the sample dataset; files are followed while a view shows them. */
export async function openSample(): Promise<{ all: Services; tree: ExplorerTree; dataset: DatasetReference }> {
  const all = await services();
  const dataset = (await all.catalog.datasets()).find(({ folderName }) => folderName === sample)!;
  await vscode.commands.executeCommand('nnunet.datasets.focus');
  return { all, tree: treeOf(all), dataset };
}

export function datasets(): void {
  describe('datasets of the workspace', () => {
    let all: Services;
    let tree: ExplorerTree;
    let dataset: DatasetReference;
    before(async () => {
      ({ all, tree, dataset } = await openSample());
    });

    it('takes the three roots from the workspace folder', () => {
      const { raw, preprocessed, results } = all.roots();
      assert.equal(raw, workspacePath('nnUNet_raw'));
      assert.equal(preprocessed, workspacePath('nnUNet_preprocessed'));
      assert.equal(results, workspacePath('nnUNet_results'));
    });

    it('shows a dataset with its cases, and a case with its channels and label', async () => {
      const row = appearance(await rowOf(tree, sample));
      assert.equal(row.description, '4 cases');
      assert.deepEqual(await labelsBelow(tree, sample), ['Training cases', 'Test cases']);
      const cases = await labelsBelow(tree, sample, 'Training cases');
      assert.equal(cases.length, 4);
      assert.deepEqual(await labelsBelow(tree, sample, 'Training cases', cases[0]!), ['CT', 'label']);
    });

    it('shows what real nnU-Net planned and trained: configurations, folds, validation cases', async function () {
      if (!existsSync(workspacePath('nnUNet_raw', golden))) return this.skip();
      const toy = (await all.catalog.datasets()).find(({ folderName }) => folderName === golden)!;
      const models = await all.catalog.models(toy);
      assert.deepEqual(
        models.map(({ configuration }) => configuration),
        ['3d_small'],
      );
      const fold = appearance(await rowOf(tree, golden, '3d_small', 'Fold 0'));
      assert.match(fold.description ?? '', /^finished/);
      assert.deepEqual((await labelsBelow(tree, golden, '3d_small', 'Fold 0')).map(withoutDice).sort(), ['c3', 'c5']);
      const configuration = appearance(await rowOf(tree, golden, '3d_small'));
      assert.match(configuration.tooltip ?? '', /Patch[^]*Spacing[^]*Network/);
    });

    it('follows files that are removed and come back outside VS Code', async () => {
      const label = join(dataset.raw, 'labelsTr', `${await firstCase(all, dataset)}.nii.gz`);
      const aside = workspacePath('aside.nii.gz');
      const errorsOf = async (): Promise<number> => {
        const node = await rowOf(tree, sample);
        return node.kind === 'dataset' ? node.errors : -1;
      };
      assert.equal(await errorsOf(), 0);
      const told: (string | undefined)[] = [];
      const subscription = all.catalog.onDidChange(({ dataset: name }) => told.push(name));
      renameSync(label, aside);
      await eventually(async () => assert.equal(await errorsOf(), 1));
      assert.ok(told.includes(sample));
      renameSync(aside, label);
      await eventually(async () => assert.equal(await errorsOf(), 0));
      subscription.dispose();
    });

    it('follows datasets that are made and deleted outside VS Code', async () => {
      const copy = workspacePath('nnUNet_raw', 'Dataset002_Copy');
      const names = async (): Promise<string[]> => (await tree.roots()).map((node) => appearance(node).label);
      await cp(dataset.raw, copy, { recursive: true });
      await eventually(async () => assert.ok((await names()).includes('Dataset002_Copy')));
      await rm(copy, { recursive: true });
      await eventually(async () => assert.ok(!(await names()).includes('Dataset002_Copy')));
    });

    it('shows evaluated predictions, the worst case first', async () => {
      // Predictions that are as good as the references, but for one in which half of the volume is empty.
      const folder = join(all.catalog.predictionsRoot(dataset), 'copied');
      const ids = (await all.catalog.raw(dataset)).cases.map(({ id }) => id);
      await cp(join(dataset.raw, 'labelsTr'), folder, { recursive: true });
      const worst = join(folder, `${ids[2]}.nii.gz`);
      const bytes = gunzipSync(readFileSync(worst));
      writeFileSync(worst, gzipSync(bytes.fill(0, 352, 352 + (bytes.length - 352) / 2)));
      const code = await executeTask({
        type: 'nnunet',
        task: 'evaluate',
        reference: join(dataset.raw, 'labelsTr'),
        prediction: folder,
        datasetJson: join(dataset.raw, 'dataset.json'),
      });
      assert.equal(code, 0);
      const shown = await eventually(async () => {
        const models = await tree.modelRoots();
        const below = await tree.modelsOf(models.find((node) => node.dataset.folderName === sample)!.dataset);
        const row = below.find((node) => node.kind === 'predictions' && basename(node.prediction.folder) === 'copied');
        assert.ok(row);
        const cases = (await tree.children(row)).map(appearance);
        assert.match(cases[0]?.label ?? '', /^0\.\d+ /);
        return cases;
      });
      assert.equal(shown.length, 4);
      assert.equal(withoutDice(shown[0]!.label), ids[2], 'the worst case is not first');
      assert.deepEqual(
        shown.slice(1).map(({ label }) => label.split(' ')[0]),
        ['1.000', '1.000', '1.000'],
      );
    });

    it('checks a dataset as a job, whose result is shown here and stays', async () => {
      await vscode.commands.executeCommand('nnunet.checkDataset', sample);
      const resultsRoot = await jobsRootFor(all.roots(), 'local');
      const checks = readdirSync(jobsFolder(resultsRoot))
        .map((id) => readJob(resultsRoot, id))
        .filter(({ kind }) => kind === 'check');
      const last = checks.sort((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1)!;
      assert.deepEqual([last.title, last.createdBy.window], ['Check Sample', vscode.env.sessionId]);
      assert.equal((await readResult<'check'>(resultsRoot, last.id)).cases, 4);
      const row = await rowOf(tree, sample);
      assert.equal(row.kind === 'dataset' && row.errors, 0);
      await vscode.commands.executeCommand('notifications.clearAll');
    });

    it('shows what the command line does: a new dataset', async () => {
      await cliNode(['sample', workspacePath('nnUNet_raw', 'Dataset003_New'), '--cases', '1', '--test-cases', '0']);
      await eventually(async () => {
        assert.equal(appearance(await rowOf(tree, 'Dataset003_New')).description, '1 case');
      });
      await rm(workspacePath('nnUNet_raw', 'Dataset003_New'), { recursive: true });
    });
  });
}

/** The name in a row of a case that was compared, which begins with its Dice. */
const withoutDice = (label: string): string => label.replace(/^[01]\.\d{3} /, '');

async function firstCase({ catalog }: Services, dataset: DatasetReference): Promise<string> {
  return (await catalog.raw(dataset)).cases[0]!.id;
}
