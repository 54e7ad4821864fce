import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EventReader, eventsFile } from '../../../src/jobs/events';
import { JobLog } from '../../../src/jobs/jobLog';
import { addEvent, emptySummary, secondsTrained } from '../../../src/jobs/jobSummary';
import type { RunEvent } from '../../../src/protocol/events';
import { longestLineBytes, sliceBytes } from '../../../src/storage/appendedLines';

const root = mkdtempSync(join(tmpdir(), 'nnunet-job-log-'));
after(() => rmSync(root, { recursive: true, force: true }));

const newFolder = (): string => mkdtempSync(join(root, 'fold-'));
const line = (event: object): string => `${JSON.stringify(event)}\n`;
const at = (second: number): string => new Date(1e12 + 1000 * second).toISOString();
const iterations = (epoch: number, count: number): object[] =>
  Array.from({ length: count }, (_, iteration) => {
    return { type: 'iteration', time: at(epoch * 100 + iteration), epoch, iteration, iterations: 50, loss: 0.5 };
  });
const epoch = (number: number, emaDice = 0.5, more: object = {}): object => {
  const values = { trainLoss: 1, valLoss: 1, dice: [emaDice], meanDice: emaDice, emaDice, learningRate: 0.01 };
  const time = at(number * 100 + 60);
  return { type: 'epoch', time, epoch: number, epochs: 9, ...values, seconds: 2, samplesPerSecond: 1, ...more };
};

describe('the log of a job', () => {
  it('adds up to the same whether iterations of ended epochs are read or passed over', () => {
    const folder = newFolder();
    const events = [
      { type: 'stage', time: at(0), stage: 'train', state: 'started', total: 9 },
      ...iterations(0, 50),
      { type: 'checkpoint', time: at(59), kind: 'latest', epoch: 0 },
      epoch(0),
      ...iterations(1, 50),
      epoch(1, 0.6),
      ...iterations(2, 7),
      { type: 'warning', time: at(290), code: 'x', message: 'x' },
      ...iterations(2, 9).slice(7),
    ];
    writeFileSync(eventsFile(folder), events.map(line).join(''));
    const log = new JobLog(folder);
    const read = log.read();
    assert.ok(read.length < 20, `${read.length} events were understood`);
    const sum = emptySummary();
    for (const event of events) addEvent(sum, event as RunEvent);
    assert.deepEqual(log.summary, sum);
    assert.equal(log.summary.progress.begun?.done, 9);
  });

  it('goes on where it was left, by another process too, and begins anew with another log', () => {
    const folder = newFolder();
    writeFileSync(eventsFile(folder), line(epoch(0, 0.1)) + line(epoch(1, 0.2)));
    const first = new JobLog(folder);
    first.read();
    const kept = JSON.parse(JSON.stringify(first.kept)) as NonNullable<typeof first.kept>;
    appendFileSync(eventsFile(folder), line(epoch(2, 0.3)));
    const second = new JobLog(folder);
    second.goOnFrom(kept);
    assert.equal(second.read().length, 1);
    assert.deepEqual(second.summary.diceCurve, [0.1, 0.2, 0.3]);
    assert.equal(secondsTrained(second.summary), 6);
    writeFileSync(eventsFile(folder), line(epoch(0, 0.7, { time: at(99) })));
    second.read();
    assert.deepEqual(second.summary.diceCurve, [0.7]);
    rmSync(eventsFile(folder));
    second.read();
    assert.deepEqual(second.summary, emptySummary());
  });

  it('tells how the job does now before a long log was read', () => {
    const folder = newFolder();
    const ended = line({ type: 'finished', time: at(900), state: 'done', meanDice: 0.9 });
    const epochs = Array.from({ length: 400 }, (_, number) => line(epoch(number, number / 1000))).join('');
    writeFileSync(eventsFile(folder), epochs + ended);
    const { progress, diceCurve } = new JobLog(folder).readTail();
    assert.deepEqual([progress.finished, progress.epoch, progress.meanDice], ['done', 400, 0.9]);
    assert.deepEqual([diceCurve.length, diceCurve[0], diceCurve.at(-1)], [400, null, 0.399]);
  });

  it('is not thrown off by an epoch that cannot be', () => {
    const folder = newFolder();
    const damaged = [-3, 4e9, 1.5, 'three', null, undefined].map((number) => epoch(0, 0.9, { epoch: number }));
    const goesOn = { type: 'stage', time: at(70), stage: 'train', state: 'started', done: -1 };
    writeFileSync(eventsFile(folder), [epoch(0), ...damaged, goesOn, epoch(1)].map(line).join(''));
    const log = new JobLog(folder);
    log.read();
    assert.deepEqual(log.summary.diceCurve, [0.5, 0.5]);
  });

  it('passes over garbage line by line, without trying what cannot be an event', () => {
    const folder = newFolder();
    writeFileSync(eventsFile(folder), `${'x\n'.repeat(100)}${line(epoch(0))}{"type":7}\n{"type":\n`);
    const reader = new EventReader(eventsFile(folder));
    assert.equal(reader.read().length, 1);
    assert.equal(reader.skippedLines, 102);
  });

  it('with 100 MB of garbage in one line is told of at once, read in steps, and next to nothing of it is held', () => {
    const folder = newFolder();
    const file = eventsFile(folder);
    writeFileSync(file, `${line(epoch(0, 0.1))}{"type":"epoch","time":"`);
    const piece = Buffer.alloc(1 << 20, 'x');
    for (let count = 0; count < 100; count += 1) appendFileSync(file, piece);
    appendFileSync(file, `\n${line(epoch(1, 0.2))}`);
    const log = new JobLog(folder);
    assert.equal(log.readTail().progress.epoch, 2);
    const before = heldBytes();
    let [steps, most] = [0, 0];
    do {
      log.read();
      steps += 1;
      if (steps % 8 === 0) most = Math.max(most, heldBytes() - before);
    } while (log.hasMore);
    assert.deepEqual(log.summary.diceCurve, [0.1, 0.2]);
    assert.equal(steps, Math.ceil(statSync(file).size / sliceBytes));
    assert.ok(most < 8 * longestLineBytes, `${most} bytes were held`);
  });
});

/** By this process, in buffers and in texts, once what nobody needs is gone. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
