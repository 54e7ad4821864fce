import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { preprocessedPaths } from '../../src/dataset/preprocessed';
import type { DatasetReference } from '../../src/dataset/references';
import { writeSampleDataset } from '../../src/dataset/sample';
import type { NnunetError } from '../../src/method/errors';
import { prepareStage } from '../../src/pipeline/prepare';

/** What happens to results whose dataset changes under them. */
describe('preparing a dataset that changes', () => {
  let root: string;
  let dataset: DatasetReference;
  let stages: string[] = [];
  let warnings: string[] = [];
  const prepare = async () => {
    stages = [];
    warnings = [];
    const context = {
      progress: ({ stage, state }: { stage: string; state: string }) => void (state === 'done' && stages.push(stage)),
      warn: (code: string) => void warnings.push(code),
    };
    return prepareStage(dataset, 'nnUNetPlans', '3d_fullres', context);
  };
  const plansFile = () => preprocessedPaths(dataset.preprocessed).plans('nnUNetPlans');
  const edit = (file: string, change: (text: string) => string) =>
    fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));

  before(async () => {
    root = fs.mkdtempSync(join(tmpdir(), 'nnunet change-'));
    const [raw, preprocessed, results] = ['raw', 'pre', 'res'].map((name) => join(root, name, 'Dataset001_S')) as [
      string,
      string,
      string,
    ];
    fs.mkdirSync(join(root, 'raw'));
    await writeSampleDataset(raw, { cases: 5, testCases: 1 });
    const exists = { raw: true, preprocessed: false, results: false };
    dataset = { id: 1, name: 'S', folderName: 'Dataset001_S', raw, preprocessed, results, exists };
    await prepare();
  });
  after(() => fs.rmSync(root, { recursive: true, force: true }));

  it('does nothing while nothing changes', async () => {
    assert.equal((await prepare()).preprocessed, 0);
    assert.deepEqual(stages, ['check']);
  });

  it('preprocesses a case anew whose files were replaced, and measures again', async () => {
    for (const name of ['imagesTr/sample_00N_0000.nii.gz', 'labelsTr/sample_00N.nii.gz']) {
      const [source, target] = ['1', '2'].map((number) => join(dataset.raw, name.replace('N', number)));
      fs.copyFileSync(source!, target!);
    }
    const { preprocessed } = await prepare();
    assert.ok(preprocessed === 1 || preprocessed === 5, `${preprocessed}`); // 5 where the statistics changed.
    assert.ok(stages.includes('fingerprint'));
    assert.deepEqual(warnings, ['raw-data-changed']);
  });

  it('keeps plans that a fold was trained with, and says so', async () => {
    const fold = join(dataset.results, 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
    fs.mkdirSync(fold, { recursive: true });
    fs.writeFileSync(join(fold, 'checkpoint_best.safetensors'), '');
    edit(join(dataset.raw, 'dataset.json'), (text) => text.replace('"CT"', '"T1"'));
    await prepare();
    assert.deepEqual(warnings, ['plans-kept']);
    fs.rmSync(join(fold, 'checkpoint_best.safetensors'));
    edit(join(dataset.raw, 'dataset.json'), (text) => text.replace('"T1"', '"CT"'));
  });

  it('takes up a changed dataset.json, also where a training has begun and not trained yet', async () => {
    edit(join(dataset.raw, 'dataset.json'), (text) => text.replace('"CT"', '"MRI"'));
    assert.equal((await prepare()).preprocessed, 5);
    assert.match(fs.readFileSync(plansFile(), 'utf8'), /ZScoreNormalization/);
    const { datasetJson } = preprocessedPaths(dataset.preprocessed);
    assert.match(fs.readFileSync(datasetJson, 'utf8'), /MRI/);
  });

  it('keeps plans that were edited by hand, and says so', async () => {
    edit(plansFile(), (text) => text.replace(/"batch_size": \d+/, '"batch_size": 3'));
    edit(join(dataset.raw, 'dataset.json'), (text) => text.replace('"MRI"', '"CT"'));
    await prepare();
    assert.deepEqual(warnings, ['plans-kept']);
    assert.match(fs.readFileSync(plansFile(), 'utf8'), /"batch_size": 3/);
  });

  it('refuses plans that are no JSON instead of replacing them', async () => {
    edit(plansFile(), (text) => text.slice(0, -20));
    await assert.rejects(
      prepare(),
      (error: NnunetError) => error.name === 'JsonError' && /:\d+:\d+/.test(error.where ?? ''),
    );
  });

  it('forgets a case that is gone', async () => {
    fs.rmSync(plansFile());
    for (const file of ['imagesTr/sample_005_0000.nii.gz', 'labelsTr/sample_005.nii.gz'])
      fs.rmSync(join(dataset.raw, file));
    const { folder, cases } = await prepare();
    assert.equal(cases, 4);
    assert.ok(!fs.readdirSync(folder).some((name) => name.startsWith('sample_005')));
  });
});
