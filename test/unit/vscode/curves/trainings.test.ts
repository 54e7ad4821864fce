import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KnownTraining } from '../../../../src/jobs/knownJob';
import { listTrainings, usualChoice } from '../../../../src/vscode/curves/trainings';

it('a training that was started just now can be chosen before it has a log, and comes first; then the latest', () => {
  const known = (fold: string, state: string, updatedAt?: string) =>
    ({
      folder: `/results/fold_${fold}`,
      status: { state, updatedAt },
      training: {
        ...{ dataset: 'Dataset001_Study', trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration: '2d', fold },
      },
    }) as unknown as KnownTraining;
  const all = [known('0', 'finished', '2026-01-01'), known('1', 'running'), known('2', 'failed', '2026-01-02')];
  const trainings = listTrainings(all);
  assert.deepEqual(
    trainings.map(({ dataset, configuration, fold, isRunning }) => [dataset, configuration, fold, isRunning]),
    [
      ['Dataset001_Study', '2d', 'fold 1', true],
      ['Dataset001_Study', '2d', 'fold 2', false],
      ['Dataset001_Study', '2d', 'fold 0', false],
    ],
  );
  assert.deepEqual(usualChoice(trainings), ['/results/fold_1']);
  assert.deepEqual(usualChoice(trainings.slice(1)), ['/results/fold_2']);
});
