import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newJob } from '../../../../src/jobs/jobFolder';
import { foldFolder, type RunRequest } from '../../../../src/jobs/runFolder';
import { rootsOf, trainingTitle } from '../../../../src/jobs/trainingJob';
import type { WaitingJob } from '../../../../src/jobs/waiting';
import type { RunStatus } from '../../../../src/jobs/status';
import {
  endNotice,
  listLines,
  movesTo,
  queueLine,
  runTooltip,
  statusBarText,
} from '../../../../src/vscode/progress/runList';
import { stopQuestion } from '../../../../src/vscode/progress/stopQuestion';
import type { KnownTraining } from '../../../../src/jobs/knownJob';

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

function waiting(fold: number, { failure, place = 0 }: Partial<WaitingJob> = {}): WaitingJob {
  const folders = { raw: '', preprocessed: '', results: '/results' };
  const request: RunRequest = {
    ...{ dataset: 'Dataset004_Hippocampus', folders, configuration: '2d', fold, plans: 'p', trainer: 't' },
    options: { device: 'cpu', precision: 'auto', npz: false, validate: true, resume: false, epochs: 5 },
  };
  const job = newJob({ kind: 'train', title: trainingTitle(request), request, roots: rootsOf(request) });
  return { job, place, folder: foldFolder(request), host: 'here', failure };
}

const running: RunStatus = {
  ...{ state: 'running', stage: 'train', stageState: 'started', epoch: 12, epochs: 40 },
  ...{ emaDice: 0.8123, secondsPerEpoch: 10 },
};

describe('the list of trainings', () => {
  it('has one line for each folder that cannot be read, before everything else', () => {
    const unreadable = { ...run('1', { state: 'interrupted' }), problem: 'EISDIR: illegal operation' };
    const problem = { where: '/results/Dataset005_[x](command:evil)', message: 'ELOOP: too many links' };
    const lines = listLines([run('0', { state: 'finished' }), unreadable], [], [problem]);
    assert.deepEqual(
      lines.map(({ label, short, context }) => [label, short, context]),
      [
        ['Dataset005_[x](command:evil)', 'cannot be read', 'problem'],
        ['Hippocampus 3d_fullres, fold 0', 'finished', 'run.finished'],
        ['Hippocampus 3d_fullres, fold 1', 'cannot be read', 'run.unreadable'],
      ],
    );
    assert.match(lines[2]!.description, /EISDIR/);
    assert.doesNotMatch(lines[0]!.tooltip.replaceAll(/`[^`]*`/g, ''), /command:/);
  });

  it('has what runs first, then the queue in order, then what ended, the latest first', () => {
    const lines = listLines(
      [
        run('0', { state: 'finished', updatedAt: '2026-01-01' }),
        run('1', { state: 'failed', updatedAt: '2026-01-02' }),
        run('2', running),
      ],
      [waiting(3), waiting(4, { place: 1 })],
    );
    assert.deepEqual(
      lines.map(({ label, context }) => [label, context]),
      [
        ['Hippocampus 3d_fullres, fold 2', 'run.running'],
        ['Hippocampus 2d, fold 3', 'queued.waiting'],
        ['Hippocampus 2d, fold 4', 'queued.waiting'],
        ['Hippocampus 3d_fullres, fold 1', 'run.failed'],
        ['Hippocampus 3d_fullres, fold 0', 'run.finished'],
      ],
    );
    assert.equal(lines[0]!.description, 'Training, epoch 12 of 40, Dice 0.812, 4 min 40 s left');
    assert.equal(lines[1]!.description, 'Next in the queue, 5 epochs');
    assert.equal(lines[2]!.description, '2 in the queue, 5 epochs');
  });

  it('begins with what matters where the side bar is narrow', () => {
    const shortOf = (status: RunStatus) => listLines([run('0', status)], [])[0]!.short;
    assert.equal(shortOf(running), 'epoch 12 of 40, Dice 0.812, 4 min 40 s left');
    assert.equal(
      shortOf({ state: 'finished', epoch: 2, epochs: 2, meanDice: 0.5 }),
      'Dice 0.500 · finished · 2 epochs',
    );
    assert.equal(shortOf({ state: 'running', stage: 'preprocess', done: 3, total: 16 }), 'Preprocessing 3 of 16');
    assert.match(shortOf({ ...running, isStopping: true }), /^Stopping…/);
  });

  it('shows the curve in the tooltip, and no markdown of a foreign name', () => {
    const harmless = run('0', running, [0.1, 0.9]);
    const training = { ...harmless.training, configuration: '[x](command:evil)' };
    const tooltip = runTooltip({ ...harmless, training });
    assert.match(tooltip, /`▁█` 0\.100 → 0\.900/);
    assert.ok(!tooltip.includes('[x](command'));
  });

  it('says why an entry could not start', () => {
    const [line] = listLines([], [waiting(0, { failure: { code: 'x', message: 'No engine', hint: 'Install it.' } })]);
    assert.equal(line?.description, 'Could not start: No engine');
    assert.equal(line?.context, 'queued.failed');
  });
});

describe('what a cluster has', () => {
  it('says why it has not begun, in the word of the cluster', () => {
    const entry = { ...waiting(3), handedOver: { reason: 'BeginTime' } };
    assert.equal(queueLine(entry, [entry]).description, "In the cluster's queue (BeginTime), 5 epochs");
  });
});

describe('dragging in the queue', () => {
  const queue = ['a', 'b', 'c', 'd', 'e'];
  const after = (dragged: string[], target?: string, toFront?: boolean): string => {
    const order = [...queue];
    for (const { id, places } of movesTo(queue, dragged, target, toFront)) {
      const from = order.indexOf(id);
      order.splice(from, 1);
      order.splice(from + places, 0, id);
    }
    return order.join('');
  };

  it('puts entries where they are dropped, in their order', () => {
    assert.equal(after(['a'], 'c'), 'bcade');
    assert.equal(after(['d'], 'b'), 'adbce');
    assert.equal(after(['a', 'b'], 'd'), 'cdabe');
    assert.equal(after(['d', 'e'], 'b'), 'adebc');
  });

  it('puts them last below the list, and first on what runs', () => {
    assert.equal(after(['b', 'a']), 'cdeab');
    assert.equal(after(['d', 'e'], undefined, true), 'deabc');
    assert.equal(after(['b'], 'b'), 'abcde');
  });
});

describe('the status bar', () => {
  it('counts what runs and waits, and is empty otherwise', () => {
    const two = [run('0', running), run('1', running)];
    assert.equal(statusBarText(two, [waiting(1)]), '$(sync~spin) nnU-Net: 2 running, 1 waiting');
    assert.equal(statusBarText([], [waiting(1)]), '$(clock) nnU-Net: 1 waiting');
    assert.equal(statusBarText([run('0', { state: 'finished' })], []), undefined);
  });
});

describe('the status bar of one training', () => {
  const textOf = (status: RunStatus) => statusBarText([run('0', status)], [])!.replace('$(sync~spin) ', '');

  it('says how far it is', () => {
    assert.equal(textOf({ state: 'running' }), 'nnU-Net: 1 running · Starting');
    assert.equal(
      textOf({ state: 'running', stage: 'preprocess', stageState: 'progress', done: 3, total: 16 }),
      'nnU-Net: 1 running · Preprocessing 3 of 16',
    );
    assert.equal(textOf(running), 'nnU-Net: 1 running · epoch 12 of 40, Dice 0.812, 4 min 40 s left');
    assert.equal(textOf({ ...running, isStopping: true }), 'nnU-Net: 1 running · Stopping…');
  });
});

describe('the notice at the end', () => {
  it('of a validated training has the Dice and offers the worst case', () => {
    const notice = endNotice(run('0', { state: 'finished', epoch: 3, meanDice: 0.8765 }, [0.1, 0.9]));
    assert.equal(notice.text, 'Hippocampus 3d_fullres, fold 0 is trained: Dice 0.876 on the validation cases. ▁█');
    assert.equal(notice.actions[0], 'nnunet.showWorstCase');
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
    stopQuestion(trainings).ways.map(({ title, validate }) => `${title} ${validate}`);

  it('offers to validate what was learned, once an epoch is finished', () => {
    assert.deepEqual(ways({ stage: 'train', epoch: 2 }), ['Stop and Validate true', 'Stop without Validation false']);
    assert.deepEqual(ways({ stage: 'train' }), ['Stop Training false']);
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
});
