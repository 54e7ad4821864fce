import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { EpochEvent } from '../../../src/protocol/events';
import { CurveSource, readAll, requireCurves } from '../../../src/runs/curveSource';
import { readCurves } from './readCurves';
import { EventWriter, eventsFile } from '../../../src/jobs/events';
import { ProgressCsvParser, TrainingLogParser } from '../../../src/runs/nnunetLogs';
import { TrainingCurves, bestEpoch } from '../../../src/runs/trainingCurves';
import { describeShared, sharedPath } from '../../shared';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-curves-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

function epochEvent(epoch: number, changes: Partial<EpochEvent> = {}): EpochEvent {
  return {
    type: 'epoch',
    time: '2026-01-01T00:00:00Z',
    epoch,
    epochs: 10,
    trainLoss: 1 - epoch / 10,
    valLoss: 0.5,
    dice: [0.5, null],
    meanDice: 0.5,
    emaDice: 0.4 + epoch / 100,
    learningRate: 0.01,
    seconds: 2,
    samplesPerSecond: 4,
    ...changes,
  };
}

function append(...events: EpochEvent[]): void {
  fs.appendFileSync(eventsFile(folder), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

describe('curves of a run of ours', () => {
  it('grow by what was appended, and say which row is new', () => {
    const source = new CurveSource(folder);
    assert.deepEqual(source.read(), { changedFrom: undefined, hasMore: false });
    append(epochEvent(0), epochEvent(1));
    assert.equal(source.read().changedFrom, 0);
    append(epochEvent(2, { trainLoss: null as never }));
    assert.equal(source.read().changedFrom, 2);
    assert.equal(source.read().changedFrom, undefined);
    assert.deepEqual(source.curves.column('epoch'), [0, 1, 2]);
    assert.ok(Number.isNaN(source.curves.column('trainLoss')[2]));
    assert.deepEqual([...source.curves.columns(1).dice[1]!], [NaN, NaN]);
    assert.equal(source.plannedEpochs, 10);
  });

  it('take back the epochs after the checkpoint that a run was resumed from', () => {
    append(epochEvent(0), epochEvent(1), epochEvent(2), epochEvent(3));
    const source = readCurves(folder);
    append(epochEvent(2, { trainLoss: -1 }));
    assert.equal(source.read().changedFrom, 2);
    assert.deepEqual(source.curves.column('epoch'), [0, 1, 2]);
    assert.equal(source.curves.column('trainLoss')[2], -1);
  });

  it('begin anew when another run has taken the folder', () => {
    append(epochEvent(0), epochEvent(1), epochEvent(2));
    const source = readCurves(folder);
    fs.writeFileSync(eventsFile(folder), '');
    assert.equal(source.read().changedFrom, 0);
    assert.equal(source.curves.length, 0);
    append(epochEvent(0));
    assert.equal(source.read().changedFrom, 0);
    assert.equal(source.curves.length, 1);
  });

  it('pass over torn and foreign lines', () => {
    fs.writeFileSync(eventsFile(folder), '{"type":"epoch","epo\nnonsense\n{"type":"epoch"}\n');
    append(epochEvent(0));
    assert.equal(readCurves(folder).curves.length, 1);
  });

  it('know how the run ended, and forget it when the run goes on', () => {
    append(epochEvent(0));
    assert.equal(readCurves(folder).state, 'interrupted');
    const writer = new EventWriter(folder);
    writer.write({ type: 'finished', state: 'stopped' });
    writer.close();
    assert.equal(readCurves(folder).state, 'stopped');
    append(epochEvent(1));
    assert.equal(readCurves(folder).state, 'interrupted');
  });

  it('read a log with a hundred thousand iterations in slices', async () => {
    const iteration = `${JSON.stringify({ type: 'iteration', time: 't', epoch: 0, iteration: 1, iterations: 250, loss: 0.5 })}\n`;
    fs.writeFileSync(eventsFile(folder), iteration.repeat(100_000));
    append(epochEvent(0));
    const source = new CurveSource(folder);
    assert.equal(source.read().hasMore, true);
    assert.equal(await readAll(source), 0);
    assert.equal(source.curves.length, 1);
  });

  it('are named after the folder, with the class names of the model’s dataset.json', () => {
    const fold = join(folder, 'Dataset004_Hippocampus', 'nnUNetTrainer__nnUNetPlans__3d_fullres', 'fold_1');
    fs.mkdirSync(fold, { recursive: true });
    const labels = { background: 0, Anterior: 1, Posterior: 2 };
    const datasetJson = { channel_names: { 0: 'MRI' }, labels, numTraining: 1, file_ending: '.nii.gz' };
    fs.writeFileSync(join(fold, '..', 'dataset.json'), JSON.stringify(datasetJson));
    const { names } = new CurveSource(fold);
    assert.deepEqual(names, {
      dataset: 'Dataset004_Hippocampus',
      model: 'nnUNetTrainer__nnUNetPlans__3d_fullres',
      configuration: '3d_fullres',
      fold: '1',
      classNames: ['Anterior', 'Posterior'],
    });
  });

  it('refuse a folder that holds no training, with advice', () => {
    assert.throws(() => requireCurves(folder), { code: 'no-training-log', hint: /training_log/ });
    append(epochEvent(0));
    requireCurves(folder);
  });
});

describe('nnU-Net’s own logs', () => {
  const lines = (text: string) => text.split('\n');

  it('are read whatever numpy prints its numbers like', () => {
    const parser = new TrainingLogParser();
    const rows = lines(
      [
        '2026-05-22 17:35:00.855088: Epoch 3 ',
        '2026-05-22 17:35:00.855088: Current learning rate: 1e-05 ',
        '2026-05-22 17:35:00.855088: train_loss nan ',
        '2026-05-22 17:35:00.855088: val_loss -0.5 ',
        '2026-05-22 17:35:00.855088: Pseudo dice [np.float32(0.6183), np.float32(0.0), np.float32(nan)] ',
        '2026-05-22 17:35:00.855088: Epoch time: 68.5 s ',
      ].join('\n'),
    ).map((line) => parser.line(line));
    const row = rows.at(-1)!;
    assert.deepEqual(row.dice, [0.6183, 0, NaN]);
    assert.equal(row.meanDice, 0.6183 / 2);
    assert.deepEqual(
      [row.epoch, row.trainLoss, row.valLoss, row.learningRate, row.seconds],
      [3, NaN, -0.5, 1e-5, 68.5],
    );
    assert.equal(rows.filter(Boolean).length, 1);
  });

  it('may lack columns in a progress.csv', () => {
    const parser = new ProgressCsvParser();
    assert.equal(parser.line('Epoch,train_losses'), undefined);
    assert.equal(parser.line('4,-0.25')!.trainLoss, -0.25);
    assert.ok(Number.isNaN(parser.line('5,')!.valLoss));
    assert.equal(parser.line('total,1'), undefined);
  });

  it('of a resumed training go together, in the order of their dates', () => {
    const epoch = (number: number, loss: number) =>
      `x: Epoch ${number} \ntrain_loss ${loss} \nval_loss 0 \nPseudo dice [0.5] \nEpoch time: 1.0 s \n`.replace(
        'x: ',
        '',
      );
    fs.writeFileSync(join(folder, 'training_log_2023_11_1_00_00_00.txt'), epoch(1, 30));
    fs.writeFileSync(join(folder, 'training_log_2023_3_1_00_00_00.txt'), epoch(0, 10) + epoch(1, 20));
    assert.deepEqual(readCurves(folder).curves.column('trainLoss'), [10, 30]);
  });
});

describe('the EMA of the pseudo Dice', () => {
  it('follows nnU-Net’s rule where a log does not hold it, and passes over epochs without Dice', () => {
    const curves = new TrainingCurves();
    const row = { trainLoss: 0, valLoss: 0, dice: [], emaDice: NaN, learningRate: 0, seconds: 0 };
    [0.5, NaN, 1].forEach((meanDice, epoch) => curves.add({ ...row, epoch, meanDice }));
    assert.deepEqual(curves.column('emaDice'), [0.5, 0.5, 0.9 * 0.5 + (1 - 0.9) * 1]);
    assert.equal(bestEpoch(curves), 2);
  });
});

describeShared('real nnU-Net runs', () => {
  it('give the curves of a training log, with the EMA that the log announces', () => {
    const fold = sharedPath('data', 'hippocampus', 'reference-50epochs', 'fold_0');
    const source = readCurves(fold);
    const { curves } = source;
    assert.equal(curves.length, 50);
    assert.deepEqual(
      [curves.column('trainLoss')[1], curves.column('valLoss')[1], curves.column('seconds')[1]],
      [-0.6863, -0.7918, 14.15],
    );
    assert.equal(source.state, 'finished');
    const log = fs.readFileSync(source.logFile!, 'utf8');
    const announced = [...log.matchAll(/Epoch (\d+) (?:(?!Epoch \d)[^])*?New best EMA pseudo Dice: ([\d.]+)/g)];
    assert.ok(announced.length > 10);
    for (const [, epoch, ema] of announced) {
      assert.ok(Math.abs(curves.column('emaDice')[Number(epoch)]! - Number(ema)) < 2e-4, `epoch ${epoch}: ${ema}`);
    }
    assert.equal(bestEpoch(curves), Number(announced.at(-1)![1]));
  });

  it('give the curves of a progress.csv with what debug.json tells about the run', () => {
    const fold = sharedPath('data', 'reference-runs', 'Dataset002_Heart', 'ExperimentPlanner', 'fold_0');
    const source = readCurves(fold);
    assert.equal(source.curves.length, 1000);
    assert.equal(source.plannedEpochs, 1000);
    assert.equal(source.state, 'finished');
    assert.equal(source.names.dataset, 'Dataset002_Heart');
    assert.deepEqual(source.names.classNames, ['left atrium']);
    assert.equal(source.names.configuration, '3d_fullres');
  });

  it('have the same EMA by our rule as in nnU-Net’s own records', () => {
    const file = sharedPath(
      'data',
      'reference-runs',
      'Dataset004_Hippocampus',
      'ExperimentPlanner',
      'fold_0',
      'progress.csv',
    );
    const recorded = readCurves(file).curves;
    const ours = new TrainingCurves();
    recorded.column('epoch').forEach((epoch, row) => {
      const nothing = { trainLoss: 0, valLoss: 0, dice: [], learningRate: 0, seconds: 0 };
      ours.add({ epoch, meanDice: recorded.column('meanDice')[row]!, emaDice: NaN, ...nothing });
    });
    assert.equal(ours.length, 1000);
    ours.column('emaDice').forEach((value, row) => {
      assert.ok(Math.abs(value - recorded.column('emaDice')[row]!) < 1e-9);
    });
    assert.ok(recorded.column('seconds').every((seconds) => seconds > 1 && seconds < 1000));
  });

  it('with numpy’s newer way of printing are read whole', () => {
    const { curves } = readCurves(
      sharedPath('data', 'reference-runs', 'other', 'MSlesions_navasi', 'training_log.txt'),
    );
    assert.ok(curves.length > 900);
    assert.equal(curves.classCount, 3);
    assert.equal(curves.classDice(0)[0], 0.6183);
  });

  it('of the golden example are read, too', () => {
    const source = readCurves(
      sharedPath(
        'spec',
        'golden',
        'nnUNet_results',
        'Dataset777_Toy',
        'nnUNetTrainer__nnUNetPlans__3d_small',
        'fold_0',
      ),
    );
    assert.deepEqual(
      source.curves.columns().dice.map((column) => column[0]),
      [0.8487, 0],
    );
    assert.equal(source.names.fold, '0');
  });
});
