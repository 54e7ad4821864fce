import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readHeader } from '../../../src/images/header';
import { EventWriter } from '../../../src/jobs/events';
import { drawProgress, writeProgressPicture } from '../../../src/runs/progressPicture';
import { axisOf } from '../../../src/runs/progressPicture/axis';
import { TrainingCurves } from '../../../src/runs/trainingCurves';

const row = (epoch: number) => ({
  epoch,
  trainLoss: 1 / (epoch + 1),
  valLoss: 1.2 / (epoch + 1),
  dice: [0.5],
  meanDice: 1 - 1 / (epoch + 1),
  emaDice: 1 - 1 / (epoch + 1),
  learningRate: 0.01 * (1 - epoch / 100),
  seconds: 3,
});

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nnunet-picture-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the ticks of an axis', () => {
  it('are round numbers that lie within the values', () => {
    const axis = axisOf([0.03, 0.97], [0, 100]);
    assert.deepEqual(
      axis.ticks.map(({ label }) => label),
      ['0.2', '0.4', '0.6', '0.8'],
    );
    assert.ok(axis.ticks.every(({ at }) => at >= 0 && at <= 100));
  });

  it('count epochs in whole numbers', () => {
    assert.deepEqual(
      axisOf([0, 1, 2], [0, 100], true).ticks.map(({ label }) => label),
      ['0', '1', '2'],
    );
  });

  it('exist for one value, and for none', () => {
    assert.ok(axisOf([0.5, NaN], [0, 100]).ticks.length > 0);
    assert.ok(axisOf([], [0, 100]).ticks.length > 0);
  });
});

describe('the picture of a training', () => {
  it('has the training loss in blue where the loss is, falling to the right', () => {
    const curves = new TrainingCurves();
    for (let epoch = 0; epoch < 100; epoch += 1) curves.add(row(epoch));
    const { pixels, width, height } = drawProgress(curves);
    const plane = width * height;
    const blueRows = (x: number) => {
      const rows = [];
      for (let y = 45; y < 340; y += 1) {
        const at = y * width + x;
        if (pixels[at] === 31 && pixels[plane + at] === 80 && pixels[2 * plane + at] === 200) rows.push(y);
      }
      return rows;
    };
    assert.ok(Math.min(...blueRows(120)) < Math.min(...blueRows(800)), 'rows are counted from the top');
  });

  it('is written as progress.png beside the event log, also before the first epoch', async () => {
    await writeProgressPicture(folder);
    const writer = new EventWriter(folder);
    for (let epoch = 0; epoch < 3; epoch += 1) {
      writer.write({ type: 'epoch', epochs: 3, samplesPerSecond: 1, ...row(epoch) });
    }
    writer.close();
    await writeProgressPicture(folder);
    assert.deepEqual((await readHeader(join(folder, 'progress.png'))).shape, [1, 1200, 1000]);
  });
});
