import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, it } from 'node:test';
import { readBlosc2 } from '../../src/dataset/blosc2';
import { readNpy } from '../../src/dataset/npy';
import { preprocessedCaseFiles, preprocessedPaths } from '../../src/dataset/preprocessed';
import { readCasePickle } from '../../src/dataset/properties';
import type { DatasetReference } from '../../src/dataset/references';
import { validateDatasetJson } from '../../src/method/datasetJson';
import { parseJson } from '../../src/method/jsonReader';
import { LabelManager } from '../../src/method/labels';
import { prepareStage, type Prepared } from '../../src/pipeline/prepare';
import type { ProgressReport } from '../../src/pipeline/progress';
import { splitOf } from '../../src/pipeline/splits';
import { describeShared, sharedPath } from '../shared';

/** A real nnU-Net 2.8.1 run on six synthetic cases of two channels. */
const golden = preprocessedPaths(sharedPath('spec/golden/nnUNet_preprocessed/Dataset777_Toy'));
const read = (file: string) => parseJson(fs.readFileSync(file, 'utf8'), file);

describeShared('preparing the golden dataset', () => {
  let root: string;
  let dataset: DatasetReference;
  let prepared: Prepared;
  const reports: ProgressReport[] = [];
  const context = {
    progress: (report: ProgressReport) => void reports.push(report),
    warn: () => assert.fail('no warning is due'),
  };

  before(async () => {
    root = fs.mkdtempSync(join(tmpdir(), 'nnunet golden é-'));
    dataset = {
      id: 777,
      name: 'Toy',
      folderName: 'Dataset777_Toy',
      raw: sharedPath('spec/golden/nnUNet_raw/Dataset777_Toy'),
      preprocessed: join(root, 'Dataset777_Toy'),
      results: join(root, 'results'),
      exists: { raw: true, preprocessed: false, results: false },
    };
    prepared = await prepareStage(dataset, 'nnUNetPlans', '3d_fullres', context);
  });
  after(() => fs.rmSync(root, { recursive: true, force: true }));

  const own = () => preprocessedPaths(dataset.preprocessed);

  it('measures the same fingerprint, to the byte', () => {
    assert.equal(fs.readFileSync(own().fingerprint, 'utf8'), fs.readFileSync(golden.fingerprint, 'utf8'));
  });

  it('makes the same plans', () => {
    const expected = read(golden.plans('nnUNetPlans')) as { configurations: Record<string, unknown> };
    delete expected.configurations['3d_small']; // A person's own.
    assert.deepEqual(read(own().plans('nnUNetPlans')), expected);
  });

  it('copies dataset.json to the byte', () => {
    assert.deepEqual(fs.readFileSync(own().datasetJson), fs.readFileSync(golden.datasetJson));
  });

  it('makes the same folds', async () => {
    const split = await splitOf(dataset, 0, ['c5', 'c4', 'c3', 'c2', 'c1', 'c0']);
    assert.deepEqual(split.val, ['c3', 'c5']);
    assert.equal(fs.readFileSync(own().splits, 'utf8'), fs.readFileSync(golden.splits, 'utf8'));
  });

  it('preprocesses to the same voxels, labels, places and properties', async () => {
    const labels = new LabelManager(validateDatasetJson(read(golden.datasetJson)));
    const folder = golden.data('nnUNetPlans_3d_fullres');
    assert.equal(prepared.preprocessed, 6);
    for (const id of ['c0', 'c1', 'c2', 'c3', 'c4', 'c5']) {
      const files = preprocessedCaseFiles(prepared.folder, id);
      const expected = await readBlosc2(join(folder, `${id}.b2nd`));
      const data = await readNpy(files.data);
      assert.deepEqual([data.dtype, data.shape], ['float32', expected.shape]);
      let worst = 0;
      for (let at = 0; at < data.data.length; at += 1) {
        worst = Math.max(worst, Math.abs(Number(data.data[at]) - Number(expected.data[at])));
      }
      assert.ok(worst <= 1e-5, `${id}: data differs by ${worst}`);

      const segmentation = await readNpy(files.segmentation);
      const expectedSegmentation = await readBlosc2(join(folder, `${id}_seg.b2nd`));
      assert.deepEqual([segmentation.dtype, segmentation.shape], ['int16', expectedSegmentation.shape]);
      assert.deepEqual(Array.from(segmentation.data, Number), Array.from(expectedSegmentation.data, Number), id);

      const pickle = await readCasePickle(join(folder, `${id}.pkl`), labels.locationRequests());
      assert.deepEqual((await readNpy(files.locations)).data, pickle.locations!.data, id);
      assert.deepEqual(read(files.properties), pickle.properties, id);
    }
  });

  it('keeps copies of the labels for validation', () => {
    for (const name of fs.readdirSync(golden.groundTruth)) {
      assert.deepEqual(
        fs.readFileSync(join(own().groundTruth, name)),
        fs.readFileSync(join(golden.groundTruth, name)),
        name,
      );
    }
  });

  it('leaves the data folder clean, with its notes elsewhere', () => {
    const names = fs.readdirSync(prepared.folder);
    assert.equal(names.length, 24);
    assert.ok(
      names.every((name) => /^c\d(_seg|_locations)?\.(npy|json)$/.test(name)),
      names.join(),
    );
  });

  it('does nothing the second time, and only what changed after that', async () => {
    assert.equal((await prepareStage(dataset, 'nnUNetPlans', '3d_fullres', context)).preprocessed, 0);
    fs.rmSync(preprocessedCaseFiles(prepared.folder, 'c2').segmentation);
    const before = fs.statSync(preprocessedCaseFiles(prepared.folder, 'c1').data).mtimeMs;
    assert.equal((await prepareStage(dataset, 'nnUNetPlans', '3d_fullres', context)).preprocessed, 1);
    assert.equal(fs.statSync(preprocessedCaseFiles(prepared.folder, 'c1').data).mtimeMs, before);
    const file = own().plans('nnUNetPlans');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('"CTNormalization"', '"ZScoreNormalization"'));
    assert.equal(
      (await prepareStage(dataset, 'nnUNetPlans', '3d_fullres', context)).preprocessed,
      6,
      'hand-edited plans count',
    );
  });

  it('tells how far it is, stage by stage', () => {
    const stages = [...new Set(reports.map(({ stage }) => stage))];
    assert.deepEqual(stages, ['check', 'fingerprint', 'plan', 'preprocess']);
    const last = reports.filter(({ stage, state }) => stage === 'preprocess' && state === 'progress').at(5);
    assert.deepEqual([last?.done, last?.total], [6, 6]);
    assert.equal(basename(prepared.folder), 'nnUNetPlans_3d_fullres');
  });
});
