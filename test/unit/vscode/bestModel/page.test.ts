import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComparedCandidate, FoundBest } from '../../../../src/jobs/results';
import type { DatasetJson } from '../../../../src/method/datasetJson';
import { bestModelPage } from '../../../../src/vscode/bestModel/bestModelPage';

const candidate = (configurations: string[], meanDice: number): ComparedCandidate => ({
  identifier: configurations.join('-'),
  models: configurations.map((configuration) => ({ configuration, trainer: 'nnUNetTrainer', plans: 'nnUNetPlans' })),
  folder: `/results/${configurations.join('-')}`,
  meanDice,
  dice: { 1: meanDice, 2: null },
});

const candidates = [candidate(['2d'], 0.8), candidate(['3d_fullres'], 0.85), candidate(['2d', '3d_fullres'], 0.9)];
const found: FoundBest = {
  best: candidates[2]!,
  candidates,
  folds: [0, 1, 2, 3, 4],
  cases: 20,
  files: [],
  postprocessing: {
    steps: [{ alone: 1 }],
    trials: [
      { step: { together: [1, 2] }, before: 0.9, after: 0.89, accepted: false },
      { step: { alone: 1 }, before: 0.9, after: 0.92, accepted: true },
    ],
    before: 0.9,
    after: 0.91,
    file: '/results/postprocessing.pkl',
  },
};
const datasetJson = {
  channel_names: { 0: 'CT' },
  labels: { background: 0, '<liver>': 1, tumour: 2 },
  numTraining: 20,
  file_ending: '.nii.gz',
} as unknown as DatasetJson;

describe('the page "Best model"', () => {
  const options = {
    nonce: 'n',
    language: 'en',
    predict: 'command:p',
    openJson: 'command:j',
    openSummary: () => 'command:s',
  };
  const page = bestModelPage('Abdomen', found, datasetJson, options);

  it('says which one, by how much, what else was compared, and why the postprocessing is as it is', () => {
    for (const text of [
      '<p class="choice">2d + 3d_fullres</p>',
      'mean Dice 0.9000 over 20 cases of 5 folds, 0.0500 above 3d_fullres',
      'Keeping only the largest island of all labels together does not help',
      'Postprocessing keeps only the largest island of &lt;liver&gt;',
      '2d predicts with the mean of folds 0, 1, 2, 3, 4.',
      'The probabilities of both are averaged.',
    ])
      assert.ok(page.includes(text), text);
    assert.equal(page.match(/<tr class="best">/g)?.length, 1);
    assert.match(page, /<tr class="best"><th scope="row"><a href="command:s">2d \+ 3d_fullres</);
  });

  it('writes names as they are, and has no script', () => {
    assert.ok(!page.includes('<liver>') && !page.includes('<script'));
  });
});
