import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KnownTraining } from '../../../../src/jobs/knownJob';
import type { RunStatus } from '../../../../src/jobs/status';
import { endNotice } from '../../../../src/vscode/progress/endNotice';
import { endQuestion, stopQuestion } from '../../../../src/vscode/progress/stopQuestion';

function run(fold: string, status: RunStatus, diceCurve: (number | null)[] = []): KnownTraining {
  return {
    id: 'abc123',
    folder: `/results/fold_${fold}`,
    kind: 'train',
    title: '',
    status,
    training: {
      dataset: 'Dataset004_Hippocampus',
      trainer: 'nnUNetTrainer',
      plans: 'nnUNetPlans',
      configuration: '3d_fullres',
      fold,
      diceCurve,
      seconds: 0,
    },
  };
}

describe('the notice at the end', () => {
  it('of a validated training has the Dice and offers the worst case', () => {
    const notice = endNotice(run('0', { state: 'finished', epoch: 3, meanDice: 0.8765 }, [0.1, 0.9]));
    assert.equal(notice.text, 'Hippocampus 3d_fullres, fold 0 is trained: Dice 0.876 on the validation cases. ▁█');
    assert.equal(notice.actions[0], 'nnunet.showWorstCase');
  });

  it('of one that was stopped says how far it came', () => {
    const said = (epoch?: number): string => endNotice(run('0', { state: 'stopped', epoch })).text;
    assert.match(said(2), /was stopped after 2 epochs\.$/);
    assert.match(said(), /was stopped in its first epoch\.$/);
  });

  it('of a failure has cause, remedy and the log', () => {
    const error = { code: 'disk-full', message: 'The disk is full', hint: 'Free some space.' };
    const notice = endNotice(run('0', { state: 'failed', error }));
    assert.equal(notice.severity, 'error');
    assert.match(notice.text, /failed: The disk is full\. Free some space\.$/);
    assert.ok(notice.actions.includes('nnunet.showLog'));
  });

  it('of a killed run offers to resume it', () => {
    const notice = endNotice(run('0', { state: 'interrupted', epoch: 7 }));
    assert.match(notice.text, /interrupted after 7 epochs/);
    assert.equal(notice.actions[0], 'nnunet.resumeTraining');
  });
});

describe('the question before trainings are ended', () => {
  const ways = (...trainings: Parameters<typeof stopQuestion>[0]) =>
    stopQuestion(trainings).ways.map(({ title, validate, isAfterEpoch }) => `${title} ${isAfterEpoch ?? validate}`);

  it('offers to validate what was learned, once an epoch is finished', () => {
    const all = ['Stop and Validate true', 'Stop after This Epoch true', 'Stop without Validation false'];
    assert.deepEqual(ways({ stage: 'train', epoch: 2 }), all);
    assert.deepEqual(ways({ stage: 'train' }), ['Stop Training false', 'Stop after This Epoch true']);
    assert.match(stopQuestion([{ stage: 'train' }]).detail, /first epoch is not finished/);
  });

  it('is asked in every stage, and says what stays', () => {
    assert.match(stopQuestion([{ stage: 'preprocess' }]).detail, /prepared so far is kept/);
    assert.match(stopQuestion([{}]).detail, /has not begun to train/);
    assert.deepEqual(ways({ stage: 'validate', epoch: 9 }), ['Stop Validation false']);
  });

  it('offers one that is stopping already to leave out the validation', () => {
    const stopping = { stage: 'train', epoch: 2, isStopping: true } as const;
    assert.deepEqual(ways(stopping), ['Stop without Validation false']);
    assert.equal(stopQuestion([stopping, { stage: 'train', epoch: 1 }]).question, 'Stop 2 trainings?');
  });

  it('offers one that ends with its epoch to end sooner, and nothing twice', () => {
    const ending = { stage: 'train', epoch: 2, stopsAfterEpoch: true } as const;
    assert.deepEqual(ways(ending), ['Stop and Validate true', 'Stop without Validation false']);
  });

  it('counts jobs of other kinds with trainings, and asks of others alone in their own words', () => {
    assert.equal(stopQuestion([{ stage: 'train', epoch: 2 }], 1).question, 'Stop 2 jobs?');
    assert.equal(endQuestion(['Check Liver'], 'check').question, 'Stop "Check Liver"?');
    assert.match(endQuestion(['Predict a', 'Predict b'], 'predict').detail, /masks that are finished stay/);
  });
});
