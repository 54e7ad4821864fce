import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { foldPaths, modelFolderName, modelPaths } from '../../../src/dataset/results';
import { crossValidationTrainings, stillToTrain } from '../../../src/jobs/missingTrainings';
import { foldFolder } from '../../../src/jobs/runFolder';
import { costLines, costSentences, crossValidationCost } from '../../../src/runs/crossValidationCost';
import { scratchFolder, writeText } from '../dataset/scratch';
import { labelledDataset, modelName } from '../pipeline/validatedModels';

async function place(test: TestContext, checkpoints: [string, number, 'final' | 'latest'][] = []) {
  const dataset = await labelledDataset(await scratchFolder(test), () => 0);
  for (const [configuration, fold, kind] of checkpoints) {
    const model = join(dataset.results, modelFolderName(modelName(configuration)));
    await writeText(foldPaths(modelPaths(model).fold(fold)).checkpoint(kind), 'weights');
  }
  const ask = (budgetSeconds?: number, validation: Record<string, number> = {}) =>
    crossValidationTrainings({
      dataset,
      configurations: ['2d', '3d_fullres'],
      folds: [0, 1, 2],
      plans: 'nnUNetPlans',
      options: { epochs: budgetSeconds === undefined ? 10 : undefined, device: 'cpu', precision: 'auto' },
      budgetSeconds,
      validationSeconds: new Map(Object.entries(validation)),
    });
  return { ask };
}

describe('the trainings of a cross-validation', () => {
  it('are those that are missing; what was stopped goes on, and all leave probabilities', async (test) => {
    const { ask } = await place(test, [
      ['2d', 0, 'final'],
      ['2d', 2, 'final'],
      ['3d_fullres', 1, 'latest'],
    ]);
    const { parts, requests } = await ask();
    assert.deepEqual(parts, [
      { configuration: '2d', ready: [0, 2], missing: [1], resumed: 0 },
      { configuration: '3d_fullres', ready: [], missing: [0, 1, 2], resumed: 1 },
    ]);
    assert.deepEqual(
      requests.map(({ configuration, fold, options }) => [configuration, fold, options.resume]),
      [
        ['2d', 1, false],
        ['3d_fullres', 0, false],
        ['3d_fullres', 1, true],
        ['3d_fullres', 2, false],
      ],
    );
    assert.ok(requests.every(({ options }) => options.npz && options.validate && options.epochs === 10));
  });

  it('of any list are those that are not finished', async (test) => {
    const { ask } = await place(test);
    const { requests } = await ask();
    const [first, second] = requests.map(foldFolder);
    await writeText(foldPaths(first!).checkpoint('final', 'pth'), 'of nnU-Net');
    await writeText(foldPaths(second!).checkpoint('best'), 'weights');
    const left = await stillToTrain(requests.slice(0, 3));
    assert.deepEqual(
      left.map(({ fold, options }) => [fold, options.resume]),
      [
        [1, true],
        [2, false],
      ],
    );
  });

  it('share a budget evenly, and are refused where that leaves too little', async (test) => {
    const { ask } = await place(test, [
      ['2d', 0, 'final'],
      ['2d', 2, 'final'],
    ]);
    const { requests, parts } = await ask(1001);
    assert.deepEqual(
      requests.map(({ options }) => options.budgetSeconds),
      [250, 250, 250, 250],
    );
    assert.equal(parts[0]!.budgetSeconds, 250);
    const validating = await ask(1001, { '2d': 40, '3d_fullres': 20 });
    assert.equal(validating.parts[0]!.budgetSeconds, 225, 'what validation takes is no time to train');
    const slow = await ask(1001, { '2d': 4000 });
    assert.equal(slow.parts[0]!.budgetSeconds, 125);
    await assert.rejects(ask(100), { code: 'budget-too-short' });
  });

  it('are told with what they cost, and that nobody knows where nobody does', async (test) => {
    const { ask } = await place(test, [['2d', 0, 'final']]);
    const { parts } = await ask();
    const choices = [
      { name: '2d', secondsPerEpoch: 60, memoryBytes: 2e9 },
      { name: '3d_fullres', secondsPerEpoch: 100, memoryBytes: 3e9 },
    ];
    const folds = new Map([
      ['2d', { checkpointBytes: 1e9, probabilityBytes: 5e8, validationSeconds: 30 }],
      ['3d_fullres', { checkpointBytes: 2e9, probabilityBytes: 0, validationSeconds: 20 }],
    ]);
    const cost = crossValidationCost(parts, choices, folds, { epochs: 10, iterationsPerEpoch: 125 });
    assert.deepEqual([cost.seconds, cost.memoryBytes, cost.diskBytes], [2 * 330 + 3 * 520, 3e9, 9e9]);
    assert.match(costLines(cost).at(-1)!, /^5 trainings: about 37 min one after the other, /);
    assert.match(costSentences(cost)[0]!, /^2d: folds 1, 2 to train, about 11 min, .* of memory, at most .* of disk$/);
    const unknown = crossValidationCost(parts, [choices[1]!], folds, { epochs: 10 });
    assert.equal(unknown.seconds, undefined);
    assert.match(costLines(unknown).at(-1)!, /time unknown/);
    const budget = crossValidationCost((await ask(500)).parts, [], new Map(), { epochs: 1000 });
    assert.equal(budget.seconds, 500);
    const nothing = crossValidationCost(
      [{ configuration: '2d', ready: [0], missing: [], resumed: 0 }],
      choices,
      folds,
      {
        epochs: 9,
      },
    );
    assert.equal(costLines(nothing).at(-1), 'All folds are trained: they are compared.');
  });
});
