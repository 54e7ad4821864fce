import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { AppendedLines, sliceBytes } from '../../../src/storage/appendedLines';
import { CurveSource, readAll } from '../../../src/runs/curveSource';
import { EventReader, eventsFile, readEvents } from '../../../src/jobs/events';
import { FoldReader } from '../../../src/vscode/catalog/foldReader';
import { RunWatcher } from '../../../src/jobs/runWatcher';

let root: string;
let folder: string;
let file: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet-lines-'));
  folder = join(root, 'Dataset004_Hippocampus', 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
  fs.mkdirSync(folder, { recursive: true });
  file = eventsFile(folder);
});
afterEach(() => fs.rmSync(root, { recursive: true }));

/** A log of epochs as long as is asked for, whose Dice tells it from others. */
function log(epochs: number, emaDice: number, time = '2026-01-01T00:00:00Z'): string {
  const of = (epoch: number): string =>
    `${JSON.stringify({ type: 'epoch', time, epoch, epochs: 10_000, trainLoss: 0, valLoss: 0, dice: [emaDice], meanDice: emaDice, emaDice, learningRate: 0.01, seconds: 1, samplesPerSecond: 1 })}\n`;
  return Array.from({ length: epochs }, (_, epoch) => of(epoch)).join('');
}

const longLog = (): string => log(Math.ceil((5 * sliceBytes) / log(1, 0.5).length), 0.5);

/** The most bytes that were read from files between two turns of the event loop while something was going on. */
async function mostBytesInOneTurn(action: () => Promise<unknown>): Promise<number> {
  const real = fs.readSync;
  let [most, now] = [0, 0];
  let isGoingOn = true;
  const turn = (): void => {
    now = 0;
    if (isGoingOn) setImmediate(turn);
  };
  const counted = mock.method(fs, 'readSync', (...args: Parameters<typeof fs.readSync>): number => {
    const count = real(...args);
    now += count;
    most = Math.max(most, now);
    return count;
  });
  setImmediate(turn);
  await action();
  isGoingOn = false;
  counted.mock.restore();
  assert.ok(most >= sliceBytes, 'nothing was counted');
  return most;
}

/** Besides the slice itself: the beginnings by which logs are told apart, and locks. */
const withSlack = sliceBytes + 4096;

describe('lines that were appended', () => {
  it('come a slice at a time, with a line that is cut by a slice in one piece', () => {
    fs.writeFileSync(file, longLog());
    const lines = new AppendedLines(file);
    const read: string[] = [];
    let slices = 0;
    do {
      read.push(...lines.read());
      slices += 1;
    } while (lines.hasMore);
    assert.equal(slices, 6);
    assert.equal(`${read.join('\n')}\n`, fs.readFileSync(file, 'utf8'));
    assert.equal(readEvents(folder).length, read.length);
  });

  it('are of a new log when a longer one was written in its place, into the same file', () => {
    fs.writeFileSync(file, log(2, 0.1));
    const reader = new EventReader(file);
    reader.read();
    fs.writeFileSync(file, log(4, 0.9, '2026-02-02T00:00:00Z'));
    const read = reader.read() as { emaDice?: number }[];
    assert.deepEqual(
      read.map(({ emaDice }) => emaDice),
      [0.9, 0.9, 0.9, 0.9],
    );
    assert.deepEqual([reader.replacements, reader.skippedLines], [1, 0]);
  });

  it('are of a new log when another file was moved to its place', () => {
    fs.writeFileSync(file, log(2, 0.1));
    const lines = new AppendedLines(file);
    assert.equal(lines.read().length, 2);
    fs.writeFileSync(`${file}.new`, log(3, 0.1));
    fs.renameSync(`${file}.new`, file);
    assert.deepEqual([lines.read().length, lines.replacements], [3, 1]);
    assert.deepEqual([lines.read().length, lines.replacements], [0, 1]);
  });

  it('go on where they were while the log only grows, also from its first bytes', () => {
    fs.writeFileSync(file, '{"ty');
    const lines = new AppendedLines(file);
    assert.deepEqual(lines.read(), []);
    fs.appendFileSync(file, `pe":1}\n${log(3, 0.1)}`);
    assert.equal(lines.read()[0], '{"type":1}');
    assert.equal(lines.replacements, 0);
  });
});

describe('a long log', () => {
  it('is read by the tree, the curves and the list of runs with turns for other work in between', async () => {
    fs.writeFileSync(file, longLog());
    const epochs = readEvents(folder).length;
    const fold = new FoldReader(folder);
    assert.ok((await mostBytesInOneTurn(() => fold.read())) <= withSlack);
    assert.equal((await fold.read()).emaDice.length, epochs);
    const curves = new CurveSource(folder);
    assert.ok((await mostBytesInOneTurn(() => readAll(curves))) <= withSlack);
    assert.equal(curves.curves.length, epochs);
    const nothing = (): void => undefined;
    const runs = new RunWatcher(root, { changed: nothing, event: nothing, began: nothing, ended: nothing });
    assert.ok((await mostBytesInOneTurn(() => runs.scan())) <= withSlack);
    assert.equal(runs.get(folder)?.diceCurve.length, epochs);
  });

  it('that was replaced by a longer one leaves nothing behind', async () => {
    fs.writeFileSync(file, log(2, 0.1));
    const fold = new FoldReader(folder);
    await fold.read();
    const curves = new CurveSource(folder);
    await readAll(curves);
    const said: string[] = [];
    const runs = new RunWatcher(root, {
      changed: () => undefined,
      event: (_, { type }) => said.push(type),
      began: () => undefined,
      ended: () => undefined,
    });
    await runs.scan();
    fs.writeFileSync(file, log(3, 0.9, '2026-02-02T00:00:00Z'));
    assert.deepEqual([...(await fold.read()).emaDice], [0.9, 0.9, 0.9]);
    await readAll(curves);
    assert.deepEqual([...curves.curves.column('emaDice')], [0.9, 0.9, 0.9]);
    await runs.scan();
    assert.deepEqual(runs.get(folder)?.diceCurve, [0.9, 0.9, 0.9]);
    assert.deepEqual(said, ['epoch', 'epoch', 'epoch']);
  });
});
