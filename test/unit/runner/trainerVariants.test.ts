import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { activeHolder } from '../../../src/dataset/foldLock';
import { preprocessedCaseFiles } from '../../../src/dataset/preprocessed';
import { foldPaths, modelFolderName } from '../../../src/dataset/results';
import { inspectPth } from '../../../src/engine/checkpoint';
import { followJob } from '../../../src/jobs/followJob';
import { foldFolder, readRecord, type RunRequest } from '../../../src/jobs/runFolder';
import { mirrorAxesOf } from '../../../src/pipeline/checkpoints';
import { startingCheckpoint } from '../../../src/pipeline/fineTuning';
import { readModel } from '../../../src/pipeline/modelFolder';
import type { RunEvent } from '../../../src/protocol/events';
import { launchTraining } from './launchTraining';
import { preprocessedOf, requestFor, writePreprocessedDataset } from './preprocessedDataset';

let root: string;
const started: string[] = [];

beforeEach(async () => {
  root = await writePreprocessedDataset();
});

afterEach(async () => {
  for (const folder of started.splice(0)) {
    const holder = activeHolder(folder);
    if (holder) process.kill(holder.pid, 'SIGKILL');
    if (holder?.core) process.kill(holder.core.pid, 'SIGKILL');
  }
  delete process.env.NNUNET_CORE;
  await sleep(20);
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

async function train(
  request: RunRequest,
): Promise<{ folder: string; events: RunEvent[]; job: Record<string, unknown> }> {
  started.push(foldFolder(request));
  const { folder, record } = await launchTraining(request);
  const events: RunEvent[] = [];
  for await (const event of followJob(folder, record.eventsOffset)) events.push(event);
  const file = join(foldPaths(folder).control, 'train-job.json');
  return { folder, events, job: JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown> };
}

const notes = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === 'note' ? [event] : []));

describe("a training with one of nnU-Net's trainer classes", () => {
  it('does what the class does, bears its name in the checkpoint, and predicts accordingly', async () => {
    const request = { ...requestFor(root), trainer: 'nnUNetTrainerNoMirroring' };
    const { folder, job, events } = await train(request);
    assert.deepEqual((job.augmentation as { mirrorAxes: number[] }).mirrorAxes, []);
    assert.deepEqual(notes(events), []);
    const { checkpoint } = foldPaths(folder);
    const { trainerName, mirroringAxes } = await inspectPth(checkpoint('final', 'pth'));
    assert.deepEqual([trainerName, mirroringAxes], ['nnUNetTrainerNoMirroring', null]);
    const model = await readModel(join(request.folders.results, modelFolderName(request)));
    assert.equal(await mirrorAxesOf(model, checkpoint('final')), null);
  });

  it('says where nnU-Net has no class for what was asked for', async () => {
    const { events, job } = await train(requestFor(root, { loss: 'dice', mirroring: 'first-two' }));
    assert.match(notes(events)[0]!.message, /no trainer class.*mirroring first-two.*nnUNetTrainer/s);
    assert.equal(job.loss, 'dice');
  });

  it('goes on as it began, without being told again', async () => {
    await train(requestFor(root, { loss: 'topk', deepSupervision: false, oversampling: 0.5 }));
    const { job } = await train(requestFor(root, { resume: true, epochs: 5 }));
    assert.deepEqual(
      [job.loss, job.deepSupervision, job.probabilisticOversampling, job.oversampleForeground],
      ['topk', false, true, 0.5],
    );
  });

  it('has batch normalisation in its network, whatever the plans say', async () => {
    const request = { ...requestFor(root), trainer: 'nnUNetTrainerBN' };
    started.push(foldFolder(request));
    const { record, folder } = await launchTraining(request);
    for await (const _ of followJob(folder, record.eventsOffset));
    const job = JSON.parse(fs.readFileSync(join(foldPaths(folder).control, 'train-job.json'), 'utf8')) as {
      network: { archKwargs: { norm_op: string } };
    };
    assert.match(job.network.archKwargs.norm_op, /BatchNorm3d$/);
    const model = await readModel(join(request.folders.results, modelFolderName(request)));
    assert.match(model.configuration.architecture.arch_kwargs.norm_op, /BatchNorm3d$/);
  });

  it('is refused where nothing is known of that name', async () => {
    const request = { ...requestFor(root), trainer: 'nnUNetTrainerAdan' };
    await assert.rejects(launchTraining(request), { code: 'trainer-unknown' });
  });
});

describe('a training that begins with the weights of another', () => {
  it('tells what it took, and takes it from a file that is gone afterwards', async () => {
    const first = await train(requestFor(root, {}, 0));
    const from = await startingCheckpoint(join(first.folder, '..'), 1);
    assert.equal(from, foldPaths(first.folder).checkpoint('final'));
    const second = await train(requestFor(root, { from }, 1));
    assert.equal(second.job.freshHeads, false);
    assert.ok(!fs.existsSync(second.job.pretrained as string));
    const [note] = notes(second.events);
    assert.deepEqual(note!.startingWeights, {
      checkpoint: from,
      epoch: 3,
      outputs: { taken: ['background', 'organ'], fresh: [] },
      channels: { taken: ['MRI'], averaged: [] },
    });
  });

  it('is trained again with the cases that were added, from what it learned before', async () => {
    const first = await train(requestFor(root, {}, 0));
    const files = preprocessedCaseFiles(preprocessedOf(root).data('nnUNetPlans_3d_fullres'), 'a');
    const added = preprocessedCaseFiles(preprocessedOf(root).data('nnUNetPlans_3d_fullres'), 'z');
    for (const key of ['data', 'segmentation', 'properties', 'locations'] as const)
      fs.copyFileSync(files[key], added[key]);
    const from = await startingCheckpoint(first.folder, 0);
    const again = await train(requestFor(root, { from, newCases: true }, 0));
    const cases = [...(again.job.trainCases as string[]), ...(again.job.valCases as string[])];
    assert.deepEqual(cases.sort(), ['a', 'b', 'c', 'd', 'e', 'f', 'z']);
    assert.match(readRecord(again.folder)!.options.from!, /earlier_runs/);
    assert.ok(fs.existsSync(readRecord(again.folder)!.options.from!));
    assert.ok(notes(again.events).some(({ message }) => /1 new case joined the folds: z/.test(message)));
  });

  it('is refused where the weights are not there', async () => {
    await assert.rejects(startingCheckpoint(join(root, 'nothing'), 0), { code: 'checkpoint-missing' });
    await assert.rejects(startingCheckpoint(root, 0), { code: 'checkpoint-missing' });
  });
});
