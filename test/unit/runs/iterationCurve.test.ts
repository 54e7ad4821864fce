import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CurveSource } from '../../../src/runs/curveSource';
import { eventsFile } from '../../../src/jobs/events';
import { IterationCurve } from '../../../src/runs/iterationCurve';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-iterations-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

const time = '2026-01-01T00:00:00Z';
const iteration = (epoch: number, number: number, loss: number | null = 1) => {
  return { type: 'iteration' as const, time, epoch, iteration: number, iterations: 10, loss };
};
const epoch = (number: number) => {
  const losses = { trainLoss: 1, valLoss: 1, dice: [0.5], meanDice: 0.5, emaDice: 0.5, learningRate: 0.01 };
  return { type: 'epoch', time, epoch: number, epochs: 9, ...losses, seconds: 2, samplesPerSecond: 4 };
};
const append = (...events: object[]): void =>
  fs.appendFileSync(eventsFile(folder), events.map((event) => `${JSON.stringify(event)}\n`).join(''));

describe('the curve over iterations', () => {
  it('is there with the first iteration, and gives way once two epochs are there', () => {
    append(iteration(0, 0, 2), iteration(0, 4, null));
    const source = new CurveSource(folder);
    source.read();
    const { iteration: numbers, loss } = source.iterations.columns();
    assert.deepEqual(
      [[...numbers], [...loss]],
      [
        [1, 5],
        [2, NaN],
      ],
    );
    assert.ok(source.drawsIterations);
    const { version } = source.iterations;
    append(epoch(0), iteration(1, 0));
    source.read();
    assert.deepEqual([...source.iterations.columns().iteration], [1, 5, 11], 'an epoch goes on where the last ended');
    assert.ok(source.iterations.version > version);
    append(epoch(1), iteration(2, 0));
    source.read();
    assert.ok(!source.drawsIterations);
  });

  it('takes back what a resumed training trains again', () => {
    append(iteration(0, 3), { type: 'stage', time, stage: 'train', state: 'started', done: 0 }, iteration(0, 0));
    const source = new CurveSource(folder);
    source.read();
    assert.deepEqual([...source.iterations.columns().iteration], [1]);
    const other = new IterationCurve();
    for (const event of [iteration(0, 5), iteration(0, 6), iteration(0, 5)]) other.add(event);
    assert.deepEqual([...other.columns().iteration], [6]);
  });

  it('stays small in a first epoch of hours', () => {
    const curve = new IterationCurve();
    for (let number = 0; number < 50_000; number += 1) curve.add({ ...iteration(0, number), iterations: 50_000 });
    const { iteration: numbers } = curve.columns();
    assert.ok(numbers.length <= 2000, `${numbers.length} points`);
    assert.deepEqual([numbers[0], numbers.at(-1)! > 49_000], [1, true]);
  });
});
