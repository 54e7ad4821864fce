import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { EpochEvent } from '../../../src/protocol/events';
import { TrainingLog } from '../../../src/runner/trainingLog';

it("the training log has nnU-Net's name and words", () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-log-'));
  try {
    const log = new TrainingLog(folder, new Date(2026, 2, 5, 7, 8, 9));
    const epoch: EpochEvent = {
      type: 'epoch',
      time: '',
      epoch: 0,
      epochs: 10,
      trainLoss: 0.72954,
      valLoss: -0.1,
      dice: [0.84871, null, 0],
      meanDice: 0.4244,
      emaDice: 0.42441,
      learningRate: 0.01,
      seconds: 2.761,
      samplesPerSecond: 1,
    };
    log.epoch(epoch);
    log.epoch({ ...epoch, epoch: 1, emaDice: 0.3 });
    const file = join(folder, 'training_log_2026_3_5_07_08_09.txt');
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    assert.ok(lines.slice(0, -1).every((line) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}: .* $|: {2}$/.test(line)));
    assert.deepEqual(
      lines.slice(0, 10).map((line) => line.slice(28).trimEnd()),
      [
        '',
        'Epoch 0',
        'Current learning rate: 0.01',
        'train_loss 0.7295',
        'val_loss -0.1',
        'Pseudo dice [0.8487, nan, 0.0]',
        'Epoch time: 2.76 s',
        'Yayy! New best EMA pseudo Dice: 0.4244',
        '',
        'Epoch 1',
      ],
    );
    assert.equal(lines.filter((line) => line.includes('Yayy')).length, 1);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
