import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { curveNotes, type NoteContext } from '../../../src/runs/curveNotes';
import { readCurves } from './readCurves';
import { TrainingCurves, type EpochRow } from '../../../src/runs/trainingCurves';
import { describeShared, sharedPath } from '../../shared';

const finished: NoteContext = { classNames: ['Anterior', 'Posterior'], plannedEpochs: null, isRunning: false };

/** A training that goes well, with `change` applied to each epoch; a little noise that is the same every time. */
function training(epochs: number, change: (row: EpochRow) => Partial<EpochRow> = () => ({})): TrainingCurves {
  const curves = new TrainingCurves();
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const learned = 1 - Math.exp(-epoch / 15);
    const noise = 0.01 * Math.sin(epoch * 12.9898);
    const dice = 0.9 * learned + noise;
    const row: EpochRow = {
      epoch,
      trainLoss: -0.9 * learned + noise,
      valLoss: -0.8 * learned - noise,
      dice: [dice, dice],
      meanDice: dice,
      emaDice: NaN,
      learningRate: 0.01,
      seconds: 10,
    };
    curves.add({ ...row, ...change(row) });
  }
  return curves;
}

const note = (curves: TrainingCurves, code: string, context = finished) =>
  curveNotes(curves, context).find((one) => one.code === code);
const codes = (curves: TrainingCurves, context = finished) => curveNotes(curves, context).map(({ code }) => code);

describe('notes on curves', () => {
  it('say nothing of a training that has no epoch yet', () => assert.deepEqual(codes(training(0)), []));

  it('praise no more than the best epoch where all goes well', () => {
    assert.deepEqual(codes(training(40), { ...finished, isRunning: true }), ['best-epoch']);
    const best = note(training(40), 'best-epoch')!;
    assert.match(best.text, /^Best epoch: \d+ of 40, with a mean pseudo Dice of 0\.\d{3}/);
  });

  it('call no epoch the best where none has found anything', () => {
    assert.equal(
      note(
        training(3, () => ({ dice: [0, 0], meanDice: 0, emaDice: 0 })),
        'best-epoch',
      ),
      undefined,
    );
  });

  it('count the flat epochs', () => {
    const stopped = training(100, ({ epoch }) =>
      epoch >= 60 ? { meanDice: 0.85, emaDice: 0.85 } : { emaDice: epoch / 70 },
    );
    const flat = note(stopped, 'flat')!;
    assert.match(flat.text, /^Flat for 39 epochs: .* 0\.850 since epoch 61\.$/);
    const running = note(stopped, 'flat', { ...finished, isRunning: true, plannedEpochs: 150 })!;
    assert.match(running.text, /remaining 50 epochs/);
  });

  it('tell overfitting, and whether it does harm', () => {
    const risingLoss = ({ epoch, valLoss, trainLoss }: EpochRow) =>
      epoch < 60 ? {} : { valLoss: valLoss + (epoch - 60) * 0.003, trainLoss: trainLoss - (epoch - 60) * 0.001 };
    const harmless = note(training(150, risingLoss), 'overfitting')!;
    assert.match(harmless.text, /^Validation loss rising while training loss falls/);
    assert.match(harmless.text, /no harm/);
    assert.ok(harmless.epoch! > 40 && harmless.epoch! < 75, `since ${harmless.epoch}`);
    const harmful = training(150, (row) => ({
      ...risingLoss(row),
      meanDice: row.epoch < 60 ? row.meanDice : row.meanDice - (row.epoch - 60) * 0.002,
    }));
    assert.equal(note(harmful, 'overfitting')!.severity, 'warning');
    assert.equal(note(training(150), 'overfitting'), undefined);
  });

  it('make NaN an error while it lasts, and a warning when it has passed', () => {
    const lost = note(
      training(30, ({ epoch }) => (epoch >= 20 ? { trainLoss: NaN } : {})),
      'not-a-number',
    )!;
    assert.equal(lost.severity, 'error');
    assert.match(lost.text, /since epoch 21\b/);
    const passed = note(
      training(30, ({ epoch }) => (epoch === 20 ? { valLoss: Infinity } : {})),
      'not-a-number',
    )!;
    assert.equal(passed.severity, 'warning');
    assert.match(passed.text, /in 1 epoch, the first being epoch 21/);
    assert.equal(codes(training(30, ({ epoch }) => (epoch >= 20 ? { trainLoss: NaN } : {})))[0], 'not-a-number');
  });

  it('notice a loss that leaps up and stays there', () => {
    const jump = note(
      training(60, ({ epoch }) => (epoch >= 40 ? { trainLoss: 0.2 } : {})),
      'loss-jump',
    )!;
    assert.ok(Math.abs(jump.epoch! - 40) <= 1, `at ${jump.epoch}`);
    assert.equal(
      note(
        training(60, ({ epoch }) => (epoch === 40 ? { trainLoss: 0.2 } : {})),
        'loss-jump',
      ),
      undefined,
    );
  });

  it('name the class that is never found or never occurs, and the training that finds nothing', () => {
    const missed = training(60, ({ meanDice }) => ({ dice: [meanDice, 0] }));
    assert.match(note(missed, 'class-not-found')!.text, /^"Posterior" is not found/);
    const absent = training(60, ({ meanDice }) => ({ dice: [NaN, meanDice] }));
    assert.match(note(absent, 'class-absent')!.text, /^"Anterior" has no Dice/);
    const nothing = training(25, () => ({ meanDice: 0, dice: [0, 0] }));
    assert.equal(note(nothing, 'no-foreground')!.severity, 'warning');
  });

  it('notice that epochs take longer than they did', () => {
    const slow = note(
      training(50, ({ epoch }) => ({ seconds: epoch > 40 ? 30 : 10 })),
      'slower',
    )!;
    assert.match(slow.text, /3\.0 times as long as usual \(30 s instead of 10 s\)/);
  });

  it('say that a training was too short, but not while it goes on', () => {
    assert.ok(note(training(15), 'too-short'));
    assert.equal(note(training(15), 'too-short', { ...finished, isRunning: true }), undefined);
    assert.equal(note(training(120), 'too-short'), undefined);
  });
});

describeShared('notes on real nnU-Net trainings', () => {
  const read = (dataset: string) =>
    readCurves(sharedPath('data', 'reference-runs', dataset, 'ExperimentPlanner', 'fold_0')).curves;

  it('find overfitting that does no harm in 1000 epochs of Prostate, and nothing that is broken', () => {
    const found = curveNotes(read('Dataset005_Prostate'), { ...finished, plannedEpochs: 1000 });
    assert.ok(found.every(({ severity }) => severity !== 'error'));
    assert.ok(found.some(({ code }) => code === 'overfitting'));
    assert.ok(found.some(({ code }) => code === 'best-epoch'));
  });

  for (const dataset of ['Dataset002_Heart', 'Dataset004_Hippocampus', 'Dataset007_Pancreas', 'Dataset009_Spleen']) {
    it(`raise no false alarm about ${dataset}`, () => {
      const alarms = curveNotes(read(dataset), { ...finished, plannedEpochs: 1000 }).filter(
        ({ code }) => code === 'not-a-number' || code === 'loss-jump' || code === 'no-foreground' || code === 'slower',
      );
      assert.deepEqual(alarms, []);
    });
  }
});
