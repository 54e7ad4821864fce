/** Do trainings start, wait in the queue, stop by their task, and are they found when nobody here started them? */
import * as assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { readRawDataset } from '../../src/dataset/rawDataset';
import type { DatasetReference } from '../../src/dataset/references';
import { launchRun } from '../../src/runs/launch';
import { foldFolder, readRecord } from '../../src/runs/runFolder';
import { resumeRequest, trainingRequests } from '../../src/vscode/commands/train/wizard';
import type { Services } from '../../src/vscode/services';
import { eventually, extension, services } from './extension';

const sample = 'Dataset001_Sample';
const short = { device: 'cpu', iterationsPerEpoch: 1, validate: false };
const patience = 60_000;

export function trainings(): void {
  describe('trainings', function () {
    this.timeout(patience);
    let all: Services;
    let dataset: DatasetReference;
    before(async () => {
      all = await services();
      dataset = (await all.catalog.datasets()).find(({ folderName }) => folderName === sample)!;
      await writeSplits(dataset);
    });

    const stateOf = (folder: string): string | undefined => all.runs.get(folder)?.status.state;
    const requestsFor = (folds: number[], epochs = 1) =>
      trainingRequests(dataset, { configuration: '2d', length: { epochs }, folds }, short);

    it('wait in the queue while the device is busy, and follow one another', async () => {
      const ended: string[] = [];
      const subscription = all.runs.onDidEnd(({ fold, status }) => ended.push(`${fold} ${status.state}`));
      const { started, queued } = await all.runs.start(requestsFor([5, 6]));
      assert.equal(started.length, 1);
      assert.equal(queued.length, 1);
      assert.equal(all.runs.queue.length, 1);
      await eventually(() => assert.deepEqual(ended, ['5 finished', '6 finished']), patience);
      subscription.dispose();
      assert.equal(all.runs.queue.length, 0);
      assert.equal(all.runs.get(started[0]!)?.diceCurve.length, 1);
    });

    it('leave the queue before they begin when they are removed, and change places', async () => {
      await all.runs.start(requestsFor([7, 8, 9]));
      const [first, second] = all.runs.queue;
      await all.runs.moveInQueue(second!.id, -1);
      assert.deepEqual(
        all.runs.queue.map(({ id }) => id),
        [second!.id, first!.id],
      );
      await all.runs.removeFromQueue([first!.id, second!.id]);
      const folder = foldFolder(requestsFor([7])[0]!);
      await eventually(() => assert.equal(stateOf(folder), 'finished'), patience);
      assert.equal(stateOf(foldFolder(requestsFor([8])[0]!)), undefined);
    });

    it('are offered as tasks for each dataset and configuration', async () => {
      const names = (await vscode.tasks.fetchTasks({ type: 'nnunet' })).map(({ name }) => name);
      for (const name of [`check ${sample}`, `preprocess ${sample} 2d`, `train ${sample} 2d fold 0`])
        assert.ok(names.includes(name), `${name} is not among ${names.join('; ')}`);
    });

    it('stop in order when their task is cancelled, and go on when they are resumed', async () => {
      const [request] = requestsFor([8], 100_000);
      const folder = foldFolder(request!);
      const task = (await vscode.tasks.fetchTasks({ type: 'nnunet' })).find(({ name }) => name === `check ${sample}`)!;
      task.definition = {
        ...{ type: 'nnunet', task: 'train', dataset: sample, configuration: '2d', folds: 8, length: 100_000 },
        ...{ device: 'cpu', iterationsPerEpoch: 1 },
      };
      const execution = await vscode.tasks.executeTask(task);
      await eventually(() => assert.ok((all.runs.get(folder)?.status.epoch ?? 0) > 0), patience);
      execution.terminate();
      await eventually(() => assert.equal(stateOf(folder), 'stopped'), patience);
      const epochs = all.runs.get(folder)!.status.epoch!;
      await all.runs.start([
        resumeRequest({ ...readRecord(folder)!, options: { ...request!.options } }, { epochs: epochs + 1 }),
      ]);
      await eventually(() => assert.equal(stateOf(folder), 'finished'), patience);
      assert.equal(all.runs.get(folder)!.status.epoch, epochs + 1);
    });

    it('of other programs are found, and told apart when they are killed', async () => {
      const [request] = requestsFor([9], 100_000);
      const { folder } = await launchRun(request!, join(extension().extensionPath, 'dist', 'runner.js'));
      await eventually(() => assert.equal(stateOf(folder), 'running'), patience);
      all.runs.kill(folder);
      await eventually(() => assert.equal(stateOf(folder), 'interrupted'), patience);
    });
  });
}

/** The workspace has fewer cases than nnU-Net's own split into five needs. */
async function writeSplits({ raw, preprocessed }: DatasetReference): Promise<void> {
  const ids = (await readRawDataset(raw)).cases.map(({ id }) => id);
  const split = { train: ids.slice(1), val: ids.slice(0, 1) };
  await mkdir(preprocessed, { recursive: true });
  await writeFile(join(preprocessed, 'splits_final.json'), JSON.stringify(Array.from({ length: 10 }, () => split)));
}
