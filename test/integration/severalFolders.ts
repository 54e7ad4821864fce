/** In a workspace of several folders: does every one that holds datasets count, also one that is added later? */
import * as assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { foldFolder } from '../../src/jobs/runFolder';
import { trainingRequests } from '../../src/runs/trainingChoices';
import { nodeId } from '../../src/vscode/explorer/nodes';
import { appearance } from '../../src/vscode/explorer/present';
import type { Services } from '../../src/vscode/services';
import { sample, treeOf } from './datasets';
import { eventually, executeTask, services } from './extension';
import { QuickInputs } from './quickInputs';

/** tools/vscode/run-integration.cjs opens "code", which holds nothing, then "ws" and "second", with a dataset of the same name each. */
export function severalFolders(): void {
  describe('a workspace of several folders', function () {
    this.timeout(0);
    let all: Services;
    const folderOf = (name: string): string => {
      const found = vscode.workspace.workspaceFolders?.find((folder) => folder.name === name);
      assert.ok(found, `${name} is no folder of the workspace`);
      return found.uri.fsPath;
    };
    const datasetIn = async (place: string) => {
      const found = (await all.catalog.datasets()).find((one) => one.folderName === sample && one.place === place);
      assert.ok(found, `${sample} of ${place} is not there`);
      return found;
    };
    before(async () => {
      all = await services();
      await vscode.commands.executeCommand('nnunet.datasets.focus');
    });

    it('shows the datasets of each, and says which lies where', async () => {
      const nodes = await treeOf(all).roots();
      const samples = nodes.filter((node) => appearance(node).label === sample);
      assert.deepEqual(
        samples.map((node) => appearance(node).description),
        ['4 cases · ws', '4 cases · second'],
      );
      assert.equal(new Set(nodes.map(nodeId)).size, nodes.length);
      const { tooltip } = appearance(samples[1]!);
      assert.match(tooltip ?? '', /second.*nnUNet.*in the workspace/);
    });

    it('puts what is new where something of nnU-Net is already', () => {
      assert.equal(all.roots().raw, join(folderOf('ws'), 'nnUNet_raw'));
      const second = join(folderOf('second'), 'nnUNet_raw');
      assert.equal(all.rootsOf(join(second, sample, 'imagesTr', 'a.nii.gz')).raw, second);
    });

    it('asks where a new dataset goes', async () => {
      const before = (await treeOf(all).roots()).map(nodeId);
      const inputs = new QuickInputs();
      try {
        const done = vscode.commands.executeCommand('nnunet.createSampleDataset');
        await inputs.choose(/two organs/, 'CT, 8 scans');
        const place = await inputs.list(/Which folder of the workspace/);
        assert.deepEqual(
          place.input.items.map(({ label }) => label),
          ['ws', 'second', 'code'],
        );
        await place.back();
        await inputs.choose(/two organs/, 'CT, 8 scans');
        await inputs.choose(/Which folder of the workspace/, 'code');
        await done;
      } finally {
        inputs.restore();
      }
      const made = join(folderOf('code'), 'nnUNet_raw');
      assert.deepEqual(readdirSync(made), ['Dataset002_Sample']);
      rmSync(made, { recursive: true });
      await eventually(async () => assert.deepEqual((await treeOf(all).roots()).map(nodeId), before));
    });

    it('runs jobs where their dataset lies, and lists them all', async () => {
      const second = await datasetIn('second');
      const results = dirname(second.results);
      mkdirSync(results, { recursive: true });
      assert.equal(await executeTask({ type: 'nnunet', task: 'check', dataset: second.raw }), 0);
      await eventually(() =>
        assert.ok(all.runs.jobs.some(({ kind, folder }) => kind === 'check' && folder.startsWith(results))),
      );
    });

    it('trains where the dataset lies', async () => {
      const choice = { configuration: '2d', length: { epochs: 1 }, folds: ['all' as const] };
      const options = { device: 'cpu', iterationsPerEpoch: 1, validate: false };
      const [request] = trainingRequests(await datasetIn('second'), choice, options);
      await all.runs.start([request!]);
      const folder = foldFolder(request!);
      assert.ok(folder.startsWith(folderOf('second')));
      await eventually(() => assert.equal(all.runs.get(folder)?.status.state, 'finished'));
      assert.ok(!existsSync(join(folderOf('ws'), 'nnUNet_results', sample)));
    });

    it('takes in a folder that is added, and lets go of one that leaves', async () => {
      const late = join(dirname(folderOf('ws')), 'late');
      cpSync((await datasetIn('ws')).raw, join(late, 'nnUNet_raw', 'Dataset009_Late'), { recursive: true });
      const names = async (): Promise<string[]> => (await all.catalog.datasets()).map(({ folderName }) => folderName);
      const count = vscode.workspace.workspaceFolders!.length;
      vscode.workspace.updateWorkspaceFolders(count, 0, { uri: vscode.Uri.file(late) });
      await eventually(async () => assert.ok((await names()).includes('Dataset009_Late')));
      vscode.workspace.updateWorkspaceFolders(count, 1);
      await eventually(async () => assert.ok(!(await names()).includes('Dataset009_Late')));
    });
  });
}
