import assert from 'node:assert/strict';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { preprocessedPaths } from '../../../src/dataset/preprocessed';
import { foldPaths, listFolds } from '../../../src/dataset/results';
import type { RunRecord } from '../../../src/jobs/runFolder';
import { evaluateStage } from '../../../src/pipeline/evaluate';
import { compareExperiments, comparisonTable } from '../../../src/report/experiments/compareExperiments';
import type { Experiment } from '../../../src/report/experiments/experiment';
import { experimentName, experimentsTable } from '../../../src/report/experiments/experimentsTable';
import { readExperiments } from '../../../src/report/experiments/readExperiments';
import { differingOptions, optionsOf } from '../../../src/report/experiments/trainingOptions';
import { readModels } from '../../../src/report/readModels';
import { resultsTable } from '../../../src/report/results/resultsTable';
import { readSummary } from '../../../src/method/evaluation';
import { readFileSync } from 'node:fs';
import { scratchFolder, writeText } from '../dataset/scratch';
import { datasetJson, labelledDataset, validatedModel } from '../pipeline/validatedModels';

const quiet = { progress: () => undefined, warn: () => undefined };

/** Two models with two validated folds each; the second is better in every case. The first was trained twice. */
async function trainedDataset(test: TestContext) {
  const root = await scratchFolder(test);
  const truth = (_: number, voxel: number): number => (voxel % 7 < 3 ? 1 : voxel % 7 === 5 ? 2 : 0);
  const dataset = await labelledDataset(root, truth);
  const wrongBelow = (limit: number) => (at: number, voxel: number) => (voxel < limit + at * 3 ? 0 : truth(at, voxel));
  const folders = [
    await validatedModel(dataset, '2d', wrongBelow(40), { probabilities: false }),
    await validatedModel(dataset, '3d_fullres', wrongBelow(10), { probabilities: false }),
  ] as const;
  for (const folder of folders) {
    for (const { folder: fold } of await listFolds(folder)) {
      await evaluateStage({
        ...quiet,
        referenceFolder: preprocessedPaths(dataset.preprocessed).groundTruth,
        predictionFolder: foldPaths(fold).validation,
        datasetJson,
        reader: 'SimpleITKIO',
        output: foldPaths(fold).summary,
      });
      await writeText(foldPaths(fold).run, {
        startTime: '2026-11-30T10:00:00.000Z',
        options: { device: 'cpu', precision: 'auto', resume: false, npz: false, validate: true },
        schedule: { optimizer: folder === folders[0] ? 'sgd' : 'adamw', initialLearningRate: 0.01, epochs: 10 },
        versions: {},
      } as Partial<RunRecord>);
    }
  }
  const aside = join(folders[0], 'fold_0', 'earlier_runs', '2026-11-29T10-00-00-000Z');
  await mkdir(join(aside, 'fold_0'), { recursive: true });
  for (const name of ['dataset.json', 'plans.json']) await cp(join(folders[0], name), join(aside, name));
  await cp(foldPaths(join(folders[0], 'fold_0')).validation, foldPaths(join(aside, 'fold_0')).validation, {
    recursive: true,
  });
  const roots = { raw: dirname(dataset.raw), preprocessed: dirname(dataset.preprocessed) };
  return { dataset, folders, roots };
}

function summaryDice(folder: string, fold: string): number {
  const file = foldPaths(join(folder, fold)).summary;
  return readSummary(readFileSync(file, 'utf8'), file).foreground_mean.Dice;
}

describe('the experiments of a dataset', () => {
  it('are its models, and what newer trainings have set aside, with the Dice of each summary.json', async (test) => {
    const { dataset, folders } = await trainedDataset(test);
    const experiments = await readExperiments(dataset);
    assert.deepEqual(experiments.map(experimentName), ['2d', '2d, fold 0 until 2026-11-29 10:00', '3d_fullres']);
    const [first] = experiments as [Experiment];
    const dice = ['fold_0', 'fold_1'].map((fold) => summaryDice(folders[0], fold));
    assert.deepEqual(
      first.folds.map((fold) => fold.dice),
      dice,
    );
    assert.equal(first.meanDice, (dice[0]! + dice[1]!) / 2);
    assert.equal(first.started, '2026-11-30T10:00:00.000Z');
    assert.ok(first.memoryBytes! > 0);
    const table = experimentsTable(dataset.folderName, experiments);
    assert.deepEqual(
      table.columns.filter(({ key }) => key.startsWith('option')).map(({ title }) => title),
      ['device', 'precision', 'optimizer', 'initial learning rate', 'epochs'],
      'the one that was set aside says nothing of itself',
    );
    assert.equal(table.rows[0]!.cells['fold 1']!.text, dice[1]!.toFixed(4));
    assert.ok(table.columns.find(({ key }) => key === 'plans')!.isHidden, 'all have the same');
  });

  it('are not disturbed by a damaged fold', async (test) => {
    const { dataset, folders } = await trainedDataset(test);
    await writeText(foldPaths(join(folders[0], 'fold_0')).run, '{');
    await writeText(foldPaths(join(folders[0], 'fold_0')).summary, '[]');
    await rm(join(folders[1], 'plans.json'));
    const experiments = await readExperiments(dataset);
    assert.equal(experiments.find(({ configuration }) => configuration === '3d_fullres')!.memoryBytes, undefined);
    assert.deepEqual(
      experiments[0]!.folds.map(({ fold }) => fold),
      ['1'],
    );
  });

  it('are compared case by case, over all folds', async (test) => {
    const { dataset, roots } = await trainedDataset(test);
    const experiments = await readExperiments(dataset);
    const [first, , second] = experiments as [Experiment, Experiment, Experiment];
    const compared = await compareExperiments([first, second], roots);
    assert.deepEqual(
      compared.models.map(({ name }) => name),
      ['2d', '3d_fullres'],
    );
    const { rows, text } = comparisonTable(compared);
    assert.deepEqual(
      rows.map(({ cells }) => [cells.label!.text, cells.cases!.text]),
      [
        ['liver', '4'],
        ['tumour', '4'],
        ['Mean of the case', '4'],
      ],
    );
    assert.ok(rows[2]!.cells.mean!.value! > 0);
    assert.match(text[0]!, /3d_fullres has the higher Dice/);
    // Of four cases nobody can be sure: the exact test says 2 of 16.
    assert.equal(rows[2]!.cells.p!.text, '0.1250');
    const same = comparisonTable(await compareExperiments([first, first], roots));
    assert.match(same.text[0]!, /both have the same Dice/);
  });
});

describe('options of trainings', () => {
  const record = (options: object, schedule?: object) => ({ options, schedule }) as unknown as RunRecord;

  it('are told in words, without how a training is run', () => {
    const options = optionsOf([
      record({ device: 'cpu', workers: 3, resume: true, elastic: true }, { initialLearningRate: 0.01 }),
    ]);
    assert.deepEqual(options, { device: 'cpu', elastic: 'yes', 'initial learning rate': '0.01' });
  });

  it('of several folds are both where they differ', () => {
    assert.deepEqual(optionsOf([record({ seed: 1 }), record({ seed: 2 })]), { seed: '1, 2' });
  });

  it('are those in which experiments are not all alike', () => {
    const [a, b] = [{ options: { x: '1', y: '2' } }, { options: { x: '1', z: '3' } }];
    assert.deepEqual(differingOptions([a, b]), ['y', 'z']);
    assert.deepEqual(differingOptions([a, a]), []);
  });
});

describe('the table of results', () => {
  it('has each case and label with the models side by side, and the means of summary.json below', async (test) => {
    const { folders, roots } = await trainedDataset(test);
    const read = await readModels({ ...quiet, models: folders, roots });
    const { columns, rows, footer, text } = resultsTable(read, 'Test');
    assert.deepEqual(
      columns.map(({ title }) => title),
      [
        'Case',
        'Label',
        'Dice, 2d, folds 0, 1',
        'Dice, 3d_fullres, folds 0, 1',
        'Predicted (ml), 2d, folds 0, 1',
        'Predicted (ml), 3d_fullres, folds 0, 1',
        'Reference (ml)',
      ],
    );
    assert.equal(rows.length, 4 * 2);
    assert.deepEqual(new Set(rows.map(({ cells }) => cells.label!.text)), new Set(['liver', 'tumour']));
    const [liver] = footer!;
    const model = read.models[0]!.model;
    assert.equal(liver!.cells['dice 0']!.value, model.labels['1']!.Dice);
    assert.equal(
      liver!.cells['dice 0']!.text,
      `${model.labels['1']!.Dice!.toFixed(4)} ± ${model.labels['1']!.diceDeviation!.toFixed(4)}`,
    );
    assert.equal(footer!.at(-1)!.cells['dice 1']!.value, read.models[1]!.model.foreground.Dice);
    assert.equal(
      rows[0]!.cells['dice 1']!.link,
      read.models[1]!.model.cases.find(({ id }) => id === rows[0]!.cells.case!.text)!.prediction,
    );
    assert.match(text.join(' '), /surfaces were not compared/);
  });

  it('tells of an infinite distance that it is one, and leaves it out of the mean', () => {
    const values = (HD95: number | 'infinite', Dice = 0.5) =>
      ({ Dice, IoU: 0.4, TP: 1, FP: 1, FN: 1, TN: 1, n_pred: 2, n_ref: 2, HD95, ASSD: 1, NSD: 0.5 }) as const;
    const cases = [values(2), values('infinite'), values(4)].map((one, at) => {
      return { id: String(at), meanDice: 0.5, labels: { 1: one }, prediction: `/p/${at}`, reference: `/r/${at}` };
    });
    const means = { Dice: 0.5, IoU: 0.4, HD95: 3, ASSD: 1, NSD: 0.5 };
    const label = { ...means, cases: 3, diceDeviation: 0, infinite: 1 };
    const model = { name: 'm', summaries: [], foreground: means, labels: { 1: label }, cases, facts: [] };
    const place = { name: 'm', folder: '/p', evaluated: [], dataset: undefined };
    const { rows, footer } = resultsTable(
      {
        models: [{ model, place }],
        labels: [{ key: '1', name: 'liver' }],
        surfaces: { unit: 'mm', tolerance: 1 },
        volumeUnit: 'ml',
        remarks: [],
      },
      'm',
    );
    assert.equal(rows[1]!.cells['hd95 0']!.text, '∞');
    assert.equal(footer![0]!.cells['hd95 0']!.text, '3.00 ± 1.41');
    assert.match(footer![0]!.cells['hd95 0']!.title!, /1 case/);
  });
});
