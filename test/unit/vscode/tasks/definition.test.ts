import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NnunetError } from '../../../../src/method/errors';
import { foldsOf, taskName, trainingAnswers } from '../../../../src/vscode/tasks/definition';

const hasCode = (code: string) => (error: NnunetError) => error.code === code;

describe('a task in tasks.json', () => {
  it('of training becomes one run for each fold', () => {
    const answers = trainingAnswers({
      type: 'nnunet',
      task: 'train',
      dataset: '4',
      configuration: '2d',
      folds: [0, '1', 'all'],
      length: '45m',
      device: 'cpu',
    });
    assert.deepEqual(answers.folds, [0, 1, 'all']);
    assert.deepEqual(answers.length, { budgetSeconds: 2700 });
    assert.deepEqual(answers.options, { device: 'cpu' });
  });

  it('may write folds as a number, words or a list', () => {
    assert.deepEqual(foldsOf({ folds: 3 }), [3]);
    assert.deepEqual(foldsOf({ folds: '0, 1 2' }), [0, 1, 2]);
    assert.deepEqual(foldsOf({}), [0]);
    assert.throws(() => foldsOf({ folds: '-1' }), hasCode('bad-fold'));
  });

  it('trains 1000 epochs unless it says otherwise, and a number means epochs', () => {
    const task = { type: 'nnunet', task: 'train', dataset: '4', configuration: '2d' } as const;
    assert.deepEqual(trainingAnswers(task).length, { epochs: 1000 });
    assert.deepEqual(trainingAnswers({ ...task, length: 7 }).length, { epochs: 7 });
  });

  it('says what is missing', () => {
    assert.throws(() => trainingAnswers({ type: 'nnunet', task: 'train', dataset: '4' }), hasCode('missing-option'));
  });

  it('has a name', () => {
    assert.equal(
      taskName({
        type: 'nnunet',
        task: 'train',
        dataset: 'Dataset004_Hippocampus',
        configuration: '2d',
        folds: [0, 1],
      }),
      'train Dataset004_Hippocampus 2d folds 0 1',
    );
  });
});
