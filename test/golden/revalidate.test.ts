import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { readNpz } from '../../src/dataset/npz';
import type { DatasetReference } from '../../src/dataset/references';
import { readSegmentation } from '../../src/images/volumes';
import { readSummary } from '../../src/method/evaluation';
import { revalidateStage } from '../../src/pipeline/prediction/revalidate';
import { describeShared, sharedPath } from '../shared';
import { model, validation } from './toyPrediction';

const dataset = 'Dataset777_Toy';

describeShared("validating nnU-Net's own fold again", () => {
  let root: string;
  let folder: string;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'nnunet validate é-'));
    const target = join(root, 'nnUNet_results', dataset, basename(model));
    fs.cpSync(model, target, { recursive: true });
    folder = join(target, 'fold_0', 'validation');
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  function validate(saveProbabilities: boolean) {
    const place = (name: string): string => sharedPath(`spec/golden/${name}/${dataset}`);
    const reference: DatasetReference = {
      id: 777,
      name: 'Toy',
      folderName: dataset,
      raw: place('nnUNet_raw'),
      preprocessed: place('nnUNet_preprocessed'),
      results: join(root, 'nnUNet_results', dataset),
      exists: { raw: true, preprocessed: true, results: true },
    };
    return revalidateStage({
      dataset: reference,
      model: { trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration: '3d_small' },
      fold: 0,
      saveProbabilities,
      device: 'cpu',
      precision: 'fp32',
      progress: () => undefined,
      warn: () => undefined,
      note: () => undefined,
    });
  }

  it('adds the probabilities that it lacks, and leaves masks and measures as they are', async () => {
    for (const name of ['c3.npz', 'c5.npz', 'c5.pkl']) fs.rmSync(join(folder, name));
    const before = ['c3.nii.gz', 'c5.nii.gz', 'c3.pkl', 'summary.json'].map((name) => [
      name,
      fs.readFileSync(join(folder, name)),
    ]);
    const { cases } = await validate(true);
    assert.deepEqual(cases, ['c3', 'c5']);
    for (const [name, bytes] of before)
      assert.deepEqual(fs.readFileSync(join(folder, name as string)), bytes, String(name));
    for (const id of cases) {
      const [found, expected] = await Promise.all(
        [folder, validation].map(async (place) => (await readNpz(join(place, `${id}.npz`))).probabilities!.data),
      );
      let worst = 0;
      for (let at = 0; at < found!.length; at += 1)
        worst = Math.max(worst, Math.abs(Number(found![at]) - Number(expected![at])));
      assert.ok(worst <= 3e-4, `probabilities differ by ${worst}`);
    }
    assert.deepEqual(fs.readdirSync(folder).sort(), fs.readdirSync(validation).sort());
    assert.deepEqual((await validate(true)).cases, [], 'nothing is missing now');
    assert.deepEqual(fs.readdirSync(join(root, 'nnUNet_results', dataset)), [basename(model)]);
  });

  it('makes the whole validation where there is none: the cases that the split leaves out, with their Dice', async () => {
    const measured = readSummary(fs.readFileSync(join(folder, 'summary.json'), 'utf8'));
    fs.rmSync(folder, { recursive: true });
    const { cases, summary } = await validate(false);
    assert.deepEqual(cases, ['c3', 'c5']);
    assert.deepEqual(fs.readdirSync(folder).sort(), ['c3.nii.gz', 'c5.nii.gz', 'summary.json']);
    assert.equal(summary.foreground_mean.Dice, measured.foreground_mean.Dice);
    const read = (place: string) => readSegmentation(join(place, 'c3.nii.gz'), 'NibabelIO');
    assert.deepEqual((await read(folder)).data, (await read(validation)).data);
  });
});
