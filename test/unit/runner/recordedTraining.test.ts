import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { foldPaths } from '../../../src/dataset/results';
import { SafetensorsFile, writeSafetensors } from '../../../src/engine/safetensors';
import { readChosenModel } from '../../../src/pipeline/chosenFolds';
import { recordedTraining, recordedTrainingOfFold } from '../../../src/pipeline/recordedTraining';
import { differences, type TrainedWith } from '../../../src/method/trainedWith';
import { followJob } from '../../../src/jobs/followJob';
import { foldFolder } from '../../../src/jobs/runFolder';
import { launchTraining } from './launchTraining';
import { preprocessedOf, requestFor, writePreprocessedDataset } from './preprocessedDataset';

let root: string;
let fold: string;
let ours: string;
let recorded: TrainedWith;

/** With names whose order JavaScript would change. */
before(async () => {
  root = await writePreprocessedDataset();
  const file = preprocessedOf(root).datasetJson;
  const text = fs.readFileSync(file, 'utf8').replace('"organ"', '"10"');
  assert.notEqual(text, fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(file, text);
  const { folder, record } = await launchTraining(requestFor(root));
  for await (const event of followJob(folder, record.eventsOffset)) void event;
  fold = foldFolder(requestFor(root));
  ours = foldPaths(fold).checkpoint('final');
  recorded = (await recordedTraining(ours))!;
});

after(() => {
  delete process.env.NNUNET_CORE;
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

function isRecorded(found: TrainedWith | undefined): void {
  assert.ok(found);
  assert.deepEqual(differences(recorded, found), []);
}

describe('what a fold was trained with', () => {
  it('stands in its checkpoint', () => {
    assert.equal(recorded.configuration, '3d_fullres');
    assert.deepEqual(recorded.spacing, [1, 1, 1]);
    assert.deepEqual(recorded.labels, [
      ['background', 0],
      ['10', 1],
    ]);
    assert.deepEqual(recorded.foreground_intensity_properties_per_channel, {}, 'z-scores depend on none');
  });

  it("is the same in nnU-Net's form", async () => {
    isRecorded(await recordedTraining(foldPaths(fold).checkpoint('final', 'pth')));
  });

  it('is told by debug.json for checkpoints that do not know it yet', async () => {
    const older = join(dirname(ours), 'checkpoint_latest.safetensors');
    const checkpoint = await SafetensorsFile.open(ours);
    const { trainedWith, ...state } = JSON.parse(checkpoint.metadata.nnunet!) as { trainedWith: unknown };
    assert.ok(trainedWith);
    await writeSafetensors(older, { nnunet: JSON.stringify(state) }, checkpoint.tensors);
    await checkpoint.close();
    isRecorded(await recordedTraining(older));
    fs.rmSync(older);
  });

  it('is told by what is left where a checkpoint is damaged, and unknown where nothing tells it', async () => {
    const folder = join(root, 'copy');
    fs.mkdirSync(folder);
    fs.writeFileSync(join(folder, 'checkpoint_final.safetensors'), '');
    assert.equal(await recordedTrainingOfFold(folder), undefined);
    fs.copyFileSync(foldPaths(fold).debug, join(folder, 'debug.json'));
    isRecorded(await recordedTrainingOfFold(folder));
  });

  it('names the configuration of a model folder that was renamed', async () => {
    const renamed = join(root, 'renamed');
    fs.cpSync(dirname(fold), renamed, { recursive: true });
    assert.equal((await readChosenModel(renamed)).configurationName, '3d_fullres');
  });
});
