import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { AppendedLines, lastLines, longestLineBytes, sliceBytes, sliceLines } from '../../../src/storage/appendedLines';
import { CurveSource, readAll } from '../../../src/runs/curveSource';
import { EventReader, eventsFile } from '../../../src/jobs/events';
import { readEvents } from '../jobs/readEvents';
import { JobStore } from '../../../src/jobs/store';

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
      read.push(...lines.read().map(({ text }) => text));
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
    assert.deepEqual(lines.read()[0], { text: '{"type":1}', at: 0 });
    assert.equal(lines.replacements, 0);
  });

  it('are of a new log when the file was cut and has grown again, with the same beginning', () => {
    const beginning = log(1, 0.1);
    fs.writeFileSync(file, beginning + log(1, 0.2).repeat(3));
    const lines = new AppendedLines(file);
    lines.read();
    fs.writeFileSync(file, beginning + '{"type":"warning"}\n'.repeat(200));
    assert.deepEqual([lines.read().length, lines.replacements], [201, 1]);
  });

  it('are taken back when the file is gone, and begin anew with the next one', () => {
    fs.writeFileSync(file, log(2, 0.1));
    const lines = new AppendedLines(file);
    lines.read();
    fs.rmSync(file);
    assert.deepEqual([lines.read(), lines.replacements], [[], 1]);
    assert.deepEqual([lines.read(), lines.replacements], [[], 1]);
    fs.writeFileSync(file, log(1, 0.2));
    assert.deepEqual([lines.read().length, lines.replacements], [1, 1]);
  });

  it('go on where another reader stopped, without opening a file that is as it was', () => {
    fs.writeFileSync(file, log(3, 0.1));
    const first = new AppendedLines(file);
    first.read();
    const goOn = (): AppendedLines => {
      const lines = new AppendedLines(file);
      lines.goOnFrom(JSON.parse(JSON.stringify(first.place)) as NonNullable<typeof first.place>);
      return lines;
    };
    const opened = mock.method(fs, 'openSync');
    assert.deepEqual(goOn().read(), []);
    assert.equal(opened.mock.callCount(), 0);
    opened.mock.restore();
    fs.appendFileSync(file, log(1, 0.7));
    const grown = goOn();
    assert.deepEqual([grown.read().length, grown.replacements], [1, 0]);
    fs.writeFileSync(file, log(9, 0.9, '2026-02-02T00:00:00Z'));
    const other = goOn();
    assert.deepEqual([other.read().length, other.replacements], [9, 1]);
  });

  it('leave out what is too long to be a line, and hold none of it', () => {
    const garbage = Buffer.alloc(3 * longestLineBytes, 'x');
    fs.writeFileSync(file, Buffer.concat([Buffer.from('a\n'), garbage, garbage, Buffer.from('\nb\n')]));
    const lines = new AppendedLines(file);
    const read: string[] = [];
    const held = (): Buffer[] => (lines as unknown as { rest: Buffer[] }).rest;
    let mostHeld = 0;
    do {
      read.push(...lines.read().map(({ text }) => text));
      mostHeld = Math.max(mostHeld, held().reduce((sum, { length }) => sum + length, 0)); // prettier-ignore
    } while (lines.hasMore);
    assert.deepEqual([read, lines.overlongLines], [['a', 'b'], 1]);
    assert.ok(mostHeld > 0 && mostHeld <= longestLineBytes, `${mostHeld} bytes`);
  });

  it('are so many at a time that none of them has to be understood in a hurry', () => {
    fs.writeFileSync(file, '{\n'.repeat(2.5 * sliceLines));
    const lines = new AppendedLines(file);
    const counts: number[] = [];
    do counts.push(lines.read().length);
    while (lines.hasMore);
    assert.deepEqual(counts, [sliceLines, sliceLines, sliceLines / 2]);
  });

  it('can be looked at from the end', () => {
    fs.writeFileSync(file, 'first\nsecond\nthird\nfou');
    assert.deepEqual(lastLines(file, 14), ['third']);
    assert.deepEqual(lastLines(file, 1000), ['first', 'second', 'third']);
    assert.deepEqual(lastLines(`${file}.absent`, 10), []);
  });
});

describe('a long log', () => {
  it('is read by the tree, the curves and the list of runs with turns for other work in between', async () => {
    fs.writeFileSync(file, longLog());
    const epochs = readEvents(folder).length;
    const curves = new CurveSource(folder);
    assert.ok((await mostBytesInOneTurn(() => readAll(curves))) <= withSlack);
    assert.equal(curves.curves.length, epochs);
    const store = new JobStore(root);
    assert.ok((await mostBytesInOneTurn(() => store.readAll())) <= withSlack);
    assert.equal(store.get(folder)?.training?.diceCurve.length, epochs);
  });

  it('that was replaced by a longer one leaves nothing behind', async () => {
    fs.writeFileSync(file, log(2, 0.1));
    const curves = new CurveSource(folder);
    await readAll(curves);
    const said: string[] = [];
    const store = new JobStore(root, { event: (_, { type }) => said.push(type) });
    await store.scan();
    fs.writeFileSync(file, log(3, 0.9, '2026-02-02T00:00:00Z'));
    await readAll(curves);
    assert.deepEqual([...curves.curves.column('emaDice')], [0.9, 0.9, 0.9]);
    await store.scan();
    assert.deepEqual(store.get(folder)?.training?.diceCurve, [0.9, 0.9, 0.9]);
    assert.deepEqual(said, ['epoch', 'epoch', 'epoch']);
  });
});
