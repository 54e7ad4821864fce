import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunEvent } from '../../../../src/protocol/events';
import { TerminalText } from '../../../../src/vscode/tasks/terminalText';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const terminal = (columns = 100): TerminalText =>
  new TerminalText({ classNames: ['Anterior', 'Posterior'], folder: '/results/fold_0', columns, startTime: at(0) });

function epoch(number: number, emaDice: number): RunEvent {
  return {
    type: 'epoch',
    time: at(number),
    epoch: number,
    epochs: 3,
    trainLoss: 0.1,
    valLoss: -0.2,
    dice: [0.5, null],
    meanDice: 0.5,
    emaDice,
    learningRate: 0.01,
    seconds: 2,
    samplesPerSecond: 1,
  };
}

/** What a person sees: the screen's lines after all carriage returns and clears. */
function screen(text: string): string[] {
  const plain = text.replace(/\u001b\[\d+m/g, '');
  return plain.split('\r\n').map((line) => line.slice(line.lastIndexOf('\r\u001b[K') + 1).replace('\u001b[K', ''));
}

describe('the terminal of a training', () => {
  it('shows one bar per stage, which becomes one line when the stage is done', () => {
    const text = terminal();
    const written =
      text.event({ type: 'stage', time: at(0), stage: 'preprocess', state: 'started', done: 0, total: 4 }) +
      text.event({
        type: 'stage',
        time: at(1),
        stage: 'preprocess',
        state: 'progress',
        done: 2,
        total: 4,
        message: 'case_2',
      });
    assert.deepEqual(screen(written), [`Preprocessing ${'█'.repeat(12)}${'░'.repeat(12)} 2/4  case_2`]);
    const done =
      written + text.event({ type: 'stage', time: at(65), stage: 'preprocess', state: 'done', message: '4 cases' });
    assert.deepEqual(screen(done), ['✓ Preprocessing (1 min 5 s, 4 cases)', '']);
  });

  it('writes a line for each epoch, with the classes by name', () => {
    const text = terminal();
    const written =
      text.event({ type: 'iteration', time: at(0), epoch: 0, iteration: 3, iterations: 10, loss: 0.25 }) +
      text.event(epoch(0, 0.4));
    const [line] = screen(written);
    assert.match(
      line!,
      /^Epoch 1\/3 {2}loss 0\.1000 \(validation -0\.2000\) {2}Dice 0\.5000 \(Anterior 0\.500, Posterior NaN\)/,
    );
    assert.equal(screen(written).length, 2);
  });

  it('ends with the Dice, its curve and where the files are', () => {
    const text = terminal();
    const lines = screen(
      [epoch(0, 0.1), epoch(1, 0.5), epoch(2, 0.9)].map((event) => text.event(event)).join('') +
        text.event({ type: 'finished', time: at(90), state: 'done', meanDice: 0.8123 }),
    );
    const end = lines.slice(3).join('\n');
    assert.match(end, /Trained 3 epochs in 1 min 30 s, mean Dice 0\.8123/);
    assert.match(end, /Dice in training {2}▁▅█ {2}0\.100 → 0\.900/);
    assert.match(end, /Model: {6}\/results\/fold_0\nValidation: \/results\/fold_0\/validation/);
  });

  it('says why a training failed, what to do, and where the log is', () => {
    const text = terminal();
    const lines = screen(
      text.event({
        type: 'error',
        time: at(0),
        code: 'disk-full',
        message: 'The disk is full',
        hint: 'Free some space.',
      }) + text.event({ type: 'finished', time: at(1), state: 'failed' }),
    ).join('\n');
    assert.match(
      lines,
      /The training failed\. The disk is full\. Free some space\.\nLog: \/results\/fold_0\/core\.log/,
    );
  });

  it('keeps the bar within the width, so that it can be cleared', () => {
    const written = terminal(40).event({
      type: 'stage',
      time: at(0),
      stage: 'validate',
      state: 'progress',
      done: 1,
      total: 2,
      message: 'a case with a very long name indeed',
    });
    assert.equal(screen(written)[0]!.length, 39);
  });

  it('survives a loss that is no number', () => {
    const written = terminal().event({
      type: 'iteration',
      time: at(0),
      epoch: 0,
      iteration: 0,
      iterations: 2,
      loss: null as unknown as number,
    });
    assert.match(written, /loss NaN/);
  });

  it('says how long an iteration and the rest take, and once that it stops', () => {
    const text = terminal();
    const iteration = (second: number, number: number): RunEvent => ({
      ...{ type: 'iteration', time: at(second), epoch: 0, iteration: number, iterations: 10, loss: 0.5 },
    });
    text.event({ type: 'stage', time: at(0), stage: 'train', state: 'started', done: 0, budgetSeconds: 60 });
    assert.match(screen(text.event(iteration(1, 0)))[0]!, /^Epoch 1 .* 1\/10  loss 0.5000, 59 s left$/);
    assert.match(screen(text.event(iteration(5, 2)))[0]!, /3\/10  loss 0.5000, 2.0 s each, 55 s left$/);
    const stopping: RunEvent = { type: 'stopping', time: at(6), validates: false };
    assert.deepEqual(screen(text.event(stopping)), ['Stopping: the training finishes this iteration and saves.', '']);
    text.saysStopping = true;
    assert.equal(text.event(stopping), '');
  });
});
