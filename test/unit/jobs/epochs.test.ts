import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { RunEvent, Untimed } from '../../../src/protocol/events';
import { readCurves } from '../runs/readCurves';
import { readEpochs } from '../../../src/jobs/epochs';
import { EventWriter, eventsFile } from '../../../src/jobs/events';
import { readEvents } from './readEvents';
import { runStatus } from '../../../src/jobs/jobLog';
import { applyEvent } from '../../../src/jobs/status';
import { takeBackEpochs } from '../../../src/jobs/takeBackEpochs';
import { JobStore } from '../../../src/jobs/store';

const root = mkdtempSync(join(tmpdir(), 'nnunet-epochs-'));
after(() => rmSync(root, { recursive: true, force: true }));

const epoch = (number: number, emaDice = number / 10): Untimed<RunEvent> => ({
  type: 'epoch',
  epoch: number,
  epochs: 9,
  trainLoss: 1,
  valLoss: 1,
  dice: [emaDice],
  meanDice: emaDice,
  emaDice,
  learningRate: 0.01,
  seconds: 2,
  samplesPerSecond: 1,
});
const started = (done: number): Untimed<RunEvent> => ({
  type: 'stage',
  stage: 'train',
  state: 'started',
  done,
  total: 9,
});

function logOf(...events: Untimed<RunEvent>[]): string {
  const folder = mkdtempSync(join(root, 'fold-'));
  const writer = new EventWriter(folder);
  for (const event of events) writer.write(event);
  writer.close();
  return folder;
}

/** What every reader shows, which must be the same. */
async function shown(folder: string): Promise<(number | null | undefined)[]> {
  const once = readEpochs(folder).map((event) => event.emaDice);
  assert.deepEqual([...readCurves(folder).curves.column('emaDice')], once);
  const known = await new JobStore(root).learn(folder);
  assert.deepEqual(known?.training?.diceCurve, once);
  assert.equal(known?.training?.seconds, 2 * once.length);
  assert.equal(runStatus(folder)?.epoch ?? 0, once.length);
  return once;
}

describe('the epochs of a log', () => {
  it('are what was written, where nothing happened', async () => {
    assert.deepEqual(await shown(logOf(started(0), epoch(0), epoch(1))), [0, 0.1]);
  });

  it('are taken back as soon as a training goes on from a checkpoint before them', async () => {
    const log = [started(0), epoch(0), epoch(1), epoch(2), epoch(3)];
    assert.deepEqual(await shown(logOf(...log, started(2))), [0, 0.1]);
    assert.deepEqual(await shown(logOf(...log, started(2), epoch(2, 0.9))), [0, 0.1, 0.9]);
    assert.deepEqual(await shown(logOf(...log, started(0))), []);
  });

  it('are as many as the checkpoint has, for a status that began to follow later', () => {
    assert.equal(applyEvent({}, { ...started(7), time: '' } as RunEvent).epoch, 7);
  });

  it('are replaced where they are written again', async () => {
    assert.deepEqual(
      await shown(logOf(epoch(0), epoch(1), epoch(3), epoch(1, 0.5), epoch(2), started(3))),
      [0, 0.5, 0.2],
    );
  });

  it('stand in the log once, when those are taken back that a resumed training does not go on from', async () => {
    const folder = logOf(started(0), epoch(0), epoch(1), epoch(2), epoch(1, 0.5), epoch(2), epoch(3));
    const [before, size] = [readEvents(folder), statSync(eventsFile(folder)).size];
    assert.equal(takeBackEpochs(folder, 3), 3);
    assert.deepEqual(epochLines(folder), [0, 1, 2]);
    assert.deepEqual(await shown(folder), [0, 0.5, 0.2]);
    assert.equal(statSync(eventsFile(folder)).size, size, 'whoever reads on is where they were');
    const whole = readEvents(folder).map((event) => (event.type === 'stale' ? { ...event, type: 'epoch' } : event));
    assert.deepEqual(whole, before, 'nothing is lost');
    assert.equal(takeBackEpochs(folder, 3), 0);
    assert.equal(takeBackEpochs(folder, 0), 3);
  });

  it('are not torn by an end within a line', () => {
    const folder = logOf(epoch(0), epoch(1));
    appendFileSync(eventsFile(folder), '{"type":"epoch","epo');
    assert.equal(takeBackEpochs(folder, 1), 1);
    assert.deepEqual(epochLines(folder), [0]);
  });
});

/** As a program reads them that knows nothing of trainings that go on. */
function epochLines(folder: string): number[] {
  return readEvents(folder).flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
}
