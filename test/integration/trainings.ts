/** Do trainings start, wait in the queue, stop by their task, and are they found when nobody here started them? */
import * as assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { readRawDataset } from '../../src/dataset/rawDataset';
import type { DatasetReference } from '../../src/dataset/references';
import { progressLine } from '../../src/runs/describe';
import { applyEvent, type RunProgress } from '../../src/jobs/status';
import { statusBarText } from '../../src/vscode/jobs/statusBarText';
import { foldFolder, readRecord } from '../../src/jobs/runFolder';
import { resumeRequest, trainingRequests } from '../../src/runs/trainingChoices';
import type { ExplorerTree } from '../../src/vscode/explorer/tree';
import { appearance } from '../../src/vscode/explorer/present';
import type { Services } from '../../src/vscode/services';
import { createRunCenter } from '../../src/vscode/tasks/runCenter';
import { labelsBelow, openSample, rowOf, sample } from './datasets';
import { eventually, executeTask, startCli, taskFor } from './extension';

const short = { device: 'cpu', iterationsPerEpoch: 1, validate: false };

export function trainings(): void {
  describe('trainings', function () {
    this.timeout(0);
    let all: Services;
    let tree: ExplorerTree;
    let dataset: DatasetReference;
    before(async () => {
      ({ all, tree, dataset } = await openSample());
      await writeSplits(dataset);
    });

    const stateOf = (folder: string): string | undefined => all.runs.get(folder)?.status.state;
    const requestsFor = (folds: number[], epochs = 1) =>
      trainingRequests(dataset, { configuration: '2d', length: { epochs }, folds }, short);
    const foldRow = async (fold: number) => appearance(await rowOf(tree, sample, '2d', `Fold ${fold}`));

    it('are offered as tasks for each dataset and configuration', async () => {
      const names = (await vscode.tasks.fetchTasks({ type: 'nnunet' })).map(({ name }) => name);
      for (const name of [`check ${sample}`, `preprocess ${sample} 2d`, `train ${sample} 2d fold 0`])
        assert.ok(names.includes(name), `${name} is not among ${names.join('; ')}`);
    });

    it('are prepared by a task, after which the configurations are in the tree', async () => {
      assert.equal(await executeTask({ type: 'nnunet', task: 'preprocess', dataset: sample, configuration: '2d' }), 0);
      await eventually(async () => assert.ok((await labelsBelow(tree, sample)).includes('2d')));
    });

    it('show life long before their first epoch: stages first, then iterations', async () => {
      const [request] = requestsFor([4]);
      const folder = foldFolder(request!);
      let progress: RunProgress = {};
      const told: string[] = [];
      const subscription = all.runs.onEvent(({ folder: of, event }) => {
        if (of !== folder) return;
        progress = applyEvent(progress, event);
        told.push(event.type === 'epoch' ? 'epoch' : progressLine(progress));
      });
      await all.runs.start([{ ...request!, options: { ...request!.options, iterationsPerEpoch: 5 } }]);
      // What is shown at once, before anything was heard of.
      assert.match(statusBarText(all.runs.runs, all.runs.queue) ?? '', /1 running · \S+/);
      await eventually(() => assert.equal(stateOf(folder), 'finished'));
      subscription.dispose();
      const before = told.slice(0, told.indexOf('epoch'));
      assert.match(before[0] ?? '', /^Checking the dataset/);
      assert.match(before.at(-1) ?? '', /^Training, epoch 1 of 1, iteration \d of 5, loss -?\d/);
    });

    it('wait in the queue while the device is busy, change places, leave it, and follow one another', async () => {
      const ended: string[] = [];
      const subscription = all.runs.onDidEnd(({ training: { fold }, status }) => ended.push(`${fold} ${status.state}`));
      const { started, queued } = await all.runs.start(requestsFor([5, 6, 7]));
      assert.deepEqual([started.length, queued.length], [1, 2]);
      const [first, second] = all.runs.queue;
      await all.runs.moveInQueue(second!.job.id, -1);
      assert.deepEqual(
        all.runs.queue.map(({ job }) => job.id),
        [second!.job.id, first!.job.id],
      );
      await all.runs.removeFromQueue([first!.job.id]);
      await eventually(() => assert.deepEqual(ended, ['5 finished', '7 finished']));
      subscription.dispose();
      assert.equal(all.runs.queue.length, 0);
      assert.equal(all.runs.get(started[0]!)?.training.diceCurve.length, 1);
      assert.equal(stateOf(foldFolder(requestsFor([6])[0]!)), undefined);
    });

    it('stop in order when their task is cancelled, and go on when they are resumed', async () => {
      const [request] = requestsFor([8], 100_000);
      const folder = foldFolder(request!);
      const task = await taskFor({
        ...{ type: 'nnunet', task: 'train', dataset: sample, configuration: '2d', folds: 8, length: 100_000 },
        ...{ device: 'cpu', iterationsPerEpoch: 1 },
      });
      const execution = await vscode.tasks.executeTask(task);
      await eventually(() => assert.ok((all.runs.get(folder)?.status.epoch ?? 0) > 0));
      await eventually(async () => assert.equal((await foldRow(8)).context, 'fold.running'));
      execution.terminate();
      await eventually(() => assert.equal(stateOf(folder), 'stopped'));
      await eventually(async () => assert.equal((await foldRow(8)).context, 'fold.stopped.validated'));
      const dice = (await tree.children(await rowOf(tree, sample, '2d', 'Fold 8'))).map((node) =>
        node.kind === 'validationCase' ? node.scored.meanDice : NaN,
      );
      assert.equal(dice.length, 2);
      assert.ok(dice[0]! <= dice[1]!, 'the worst case is not first');

      const epochs = all.runs.get(folder)!.status.epoch!;
      const record = { ...readRecord(folder)!, options: { ...request!.options } };
      await all.runs.start([resumeRequest(record, { epochs: epochs + 1 })]);
      await eventually(() => assert.equal(stateOf(folder), 'finished'));
      assert.equal(all.runs.get(folder)!.status.epoch, epochs + 1);
    });

    it('end by the command that stops jobs, in the way that the person chooses', async () => {
      const [request] = requestsFor([3], 100_000);
      const folder = foldFolder(request!);
      for (const way of ['Stop without Validation', 'Stop after This Epoch']) {
        await all.runs.start(
          [{ ...request!, options: { ...request!.options, resume: way !== 'Stop without Validation' } }],
          {
            isQuiet: true,
          },
        );
        const before = all.runs.get(folder)?.status.epoch ?? 0;
        await eventually(() => assert.ok((all.runs.get(folder)?.status.epoch ?? 0) > before));
        const questions = await answering('Keep Training', () =>
          vscode.commands.executeCommand('nnunet.stopJob', folder),
        );
        assert.deepEqual(questions, ['Stop this training?']);
        assert.equal(stateOf(folder), 'running', 'it ended though the person let it go on');
        await answering(way, () => vscode.commands.executeCommand('nnunet.stopJob', folder));
        await eventually(() => assert.equal(stateOf(folder), 'stopped'));
      }
    });

    it('of the command line are found by every window, and told apart when they are killed', async () => {
      const folder = foldFolder(requestsFor([9])[0]!);
      const length = ['--epochs', '100000', '--iterations-per-epoch', '1'];
      const terminal = startCli(['train', sample, '-c', '2d', '-f', '9', ...length, '--device', 'cpu']);
      await eventually(() => assert.equal(stateOf(folder), 'running'));
      await eventually(async () => assert.match((await foldRow(9)).description ?? '', /epoch/i));
      // The terminal closes, a window opens: the training is still there.
      terminal.kill('SIGKILL');
      const other = createRunCenter({
        resultsRoots: () => [all.roots().results],
        onDidChangeRoots: all.onDidChangeRoots,
        starter: all.starter,
        output: all.output,
      });
      try {
        await other.refresh();
        assert.equal(other.get(folder)?.status.state, 'running');
        const heard: string[] = [];
        other.onEvent((one) => heard.push(one.event.type));
        await eventually(() => assert.ok(heard.includes('epoch')));
      } finally {
        other.dispose();
        await all.runs.kill(folder);
      }
      await eventually(() => assert.equal(stateOf(folder), 'interrupted'));
      await eventually(async () => assert.equal((await foldRow(9)).context, 'fold.interrupted'));
    });
  });
}

/** VS Code shows no dialogs in tests: here the person answers them. @returns what was asked */
async function answering(title: string, action: () => Thenable<unknown>): Promise<string[]> {
  const asked: string[] = [];
  const { showInformationMessage } = vscode.window;
  const show = async (question: string, _options: unknown, ...items: { title: string }[]) => {
    asked.push(question);
    return items.find((item) => item.title === title);
  };
  Object.assign(vscode.window, { showInformationMessage: show });
  try {
    await action();
  } finally {
    Object.assign(vscode.window, { showInformationMessage });
  }
  return asked;
}

/** The workspace has fewer cases than nnU-Net's own split into five needs. */
async function writeSplits({ raw, preprocessed }: DatasetReference): Promise<void> {
  const ids = (await readRawDataset(raw)).cases.map(({ id }) => id);
  const split = { train: ids.slice(2), val: ids.slice(0, 2) };
  await mkdir(preprocessed, { recursive: true });
  await writeFile(join(preprocessed, 'splits_final.json'), JSON.stringify(Array.from({ length: 10 }, () => split)));
}
