import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { foldPaths, modelPaths } from '../../../../src/dataset/results';
import { readModelCard } from '../../../../src/vscode/prediction/modelCard';
import { failurePage, modelCardPage } from '../../../../src/vscode/prediction/modelCardPage';
import { readTrainedModelCard } from '../../../../src/vscode/prediction/trainedModelCard';
import { scratchFolder, writeText } from '../../dataset/scratch';
import { labelledDataset, validatedModel } from '../../pipeline/validatedModels';
import { pointwise } from '../../inference/tinyModel';
import { thresholdModel, toyMetadata } from '../../inference/toyModel';

const folder = mkdtempSync(join(tmpdir(), 'nnunet card-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);
const options = { nonce: 'n0nce', language: 'en', predict: 'command:nnunet.predictImage?%5Bnull%5D' };

describe("a model's card", () => {
  it('says what the model segments, what it needs, and who made it', async () => {
    const metadata = {
      ...toyMetadata({
        spacing: [2.5, 0.75, 0.75],
        labels: { background: 0, organ: [1, 2], tumour: 2 },
        regionsClassOrder: [1, 2],
      }),
      ...{ licence: 'CC-BY-4.0', author: 'A & B', description: 'Finds <organs>.', createdAt: '2026-11-24T10:00:00Z' },
      labelColours: { tumour: '#ff8000' },
      measuredDice: { cases: 3, agreement: 0.98765 },
    };
    const file = pointwise(path('model.onnx'), [[1], [1]], metadata);
    const card = await readModelCard(file);
    const row = (name: string): string | undefined =>
      card.sections.flatMap(({ rows }) => rows).find(([key]) => key === name)?.[1];
    assert.deepEqual(
      card.labels.map(({ name, values }) => [name, values]),
      [
        ['organ', 'labels 1, 2'],
        ['tumour', 'label 2'],
      ],
    );
    assert.match(row('Channels')!, /^CT \(CTNormalization\)/);
    assert.match(row('Spacing')!, /^0\.75 × 0\.75 × 2\.5 mm/);
    assert.equal(row('Patch'), '8 × 8 × 8 voxels');
    assert.deepEqual([row('Licence'), row('Author'), row('Made with')], ['CC-BY-4.0', 'A & B', '2026-11-24']);
    assert.match(row('Agreement')!, /0\.9877 .* 3 cases/);
    assert.match(row('Operators')!, /Conv 1/);

    const page = modelCardPage(card, options);
    assert.match(page, /Finds &lt;organs&gt;\./);
    assert.match(page, /A &amp; B/);
    assert.match(page, /href="command:nnunet\.predictImage\?%5Bnull%5D"/);
    assert.doesNotMatch(page, /<script|style="|<organs>/);
    assert.match(page, /default-src 'none'; style-src 'nonce-n0nce'/);
  });

  it('shows what another model takes and gives, with a description to start from', async () => {
    const file = pointwise(path('foreign.onnx'), [[1], [0], [1]]);
    const card = await readModelCard(file);
    assert.equal(card.canPredict, false);
    const inputs = card.sections.find(({ heading }) => heading === 'Inputs')!.rows;
    assert.deepEqual(inputs, [['image', 'float32, batch × 1 × z × y × x']]);
    assert.equal(card.sidecar!.file, 'foreign.onnx.json');
    assert.doesNotMatch(modelCardPage(card, options), /Predict an Image/);

    // The sketch is a valid description: with it the model can be used.
    writeFileSync(path('foreign.onnx.json'), card.sidecar!.text);
    const described = await readModelCard(file);
    assert.equal(described.canPredict, true);
    assert.deepEqual(
      described.labels.map(({ name }) => name),
      ['label 1', 'label 2'],
    );
  });

  it('names the reason where there is no card', async () => {
    writeFileSync(path('damaged.onnx'), 'no model at all');
    await assert.rejects(readModelCard(path('damaged.onnx')), { code: 'model-damaged' });
    const wrong = thresholdModel(path('wrong.onnx'), 1);
    const { datasetJson: _labels, ...incomplete } = toyMetadata();
    pointwise(wrong, [[0], [1]], incomplete);
    await assert.rejects(readModelCard(wrong), /dataset/i);
    const page = failurePage('<damaged>', ['This is no ONNX model & more', '/place', 'Copy it again.'], options);
    assert.match(page, /<h1>&lt;damaged&gt;<\/h1>/);
    assert.match(page, /role="alert">This is no ONNX model &amp; more/);
  });
});

describe("a trained model's card", () => {
  it('says how well it does on what its folds left out, and what it takes', async (test) => {
    const root = await scratchFolder(test);
    const dataset = await labelledDataset(root, (at, voxel) => (voxel % 2 === 0 ? 1 : 2));
    const model = await validatedModel(dataset, '3d_fullres', () => 1, { probabilities: false });
    for (const [fold, dice] of [0.8, 0.9].entries()) {
      const { summary } = foldPaths(modelPaths(model).fold(fold));
      const metric = { Dice: dice, IoU: 0.5, TP: 1, FP: 0, FN: 0, TN: 1, n_pred: 1, n_ref: 1 };
      const one = { metrics: { 1: metric, 2: metric }, prediction_file: 'p', reference_file: 'r' };
      const means = { foreground_mean: metric, mean: { 1: metric, 2: metric } };
      await writeText(summary, { ...means, metric_per_case: [one, one] });
    }
    const card = await readTrainedModelCard(model);
    const rows = (heading: string) => card.sections.find((one) => one.heading === heading)!.rows;
    assert.deepEqual(
      card.labels.map(({ name }) => name),
      ['liver', 'tumour'],
    );
    assert.deepEqual(rows('How well'), [
      ['Mean Dice', '0.8500 ± 0.0707'],
      ['Fold 0', 'Dice 0.8000 on 2 cases left out'],
      ['Fold 1', 'Dice 0.9000 on 2 cases left out'],
    ]);
    assert.match(rows('What it takes').find(([name]) => name === 'To predict')![1], /^about [\d.]+ [MG]B of memory/);
    assert.match(modelCardPage(card, options), /<h2>How well<\/h2>/);
    await rm(modelPaths(model).plans);
    await assert.rejects(readTrainedModelCard(model));
  });
});
