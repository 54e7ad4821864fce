import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { advance } from '../../../src/jobs/advance';
import type { Resources } from '../../../src/jobs/job';
import type { MachineOptions } from '../../../src/jobs/machine';
import { MachineTurns } from '../../../src/jobs/machineTurns';
import { submitJobs, type Submitted } from '../../../src/jobs/submit';
import { titleOfJob } from '../../../src/jobs/waitForTurn';
import { FakeLauncher, roomyMachine, trainJob } from './someJobs';

/** A results root, with whoever starts jobs there. */
class Place {
  readonly root = fs.mkdtempSync(join(tmpdir(), 'nnunet-place-'));
  fails: Error | undefined;
  readonly launcher = new FakeLauncher(() => {
    if (this.fails) throw this.fails;
  });

  async submit(fold: number, resources: Resources, machine: MachineOptions = twoGpus): Promise<Submitted> {
    const job = trainJob(this.root, fold, resources);
    return (await submitJobs(this.root, [job], this.launcher.starter, machine))[0]!;
  }

  async goOn(machine: MachineOptions = twoGpus): Promise<number> {
    return (await advance(this.root, this.launcher.starter, machine)).length;
  }

  remove(): void {
    this.launcher.end(this.root, 'killed');
    fs.rmSync(this.root, { recursive: true });
  }
}

const twoGpus: MachineOptions = { ...roomyMachine, devices: () => Promise.resolve(['cuda:0', 'cuda:1', 'cpu']) };

describe('jobs of two results roots on one machine', () => {
  let one: Place;
  let other: Place;
  beforeEach(() => {
    one = new Place();
    other = new Place();
  });
  afterEach(() => {
    one.remove();
    other.remove();
  });

  it('take one device after the other, and say by whom it is taken', async () => {
    const first = await one.submit(0, { device: 'cuda:1' });
    const second = await other.submit(0, { device: 'cuda:1' });
    assert.deepEqual([first.state, second.state], ['started', 'waiting']);
    assert.deepEqual(second.waiting, { for: 'device', device: 'cuda:1', ids: [first.job.id] });
    assert.equal(titleOfJob(other.root, first.job.id), 'Train Hippocampus 2d, fold 0');
    assert.equal(await other.goOn(), 0);
    one.launcher.end(one.root);
    assert.equal(await other.goOn(), 1);
  });

  it('are spread over several devices', async () => {
    for (const place of [one, other]) assert.equal((await place.submit(0, { device: 'cuda' })).state, 'started');
    assert.deepEqual(
      [one, other].map(({ launcher }) => launcher.started[0]!.resources.device),
      ['cuda:0', 'cuda:1'],
    );
    assert.equal((await other.submit(1, { device: 'cuda' })).state, 'waiting');
  });

  it('never take the same device, however much at once they ask', async () => {
    const asked = [0, 1, 2].flatMap((fold) => [one, other].map((place) => place.submit(fold, { device: 'cpu' })));
    const states = (await Promise.all(asked)).map(({ state }) => state);
    assert.deepEqual(states.filter((state) => state === 'started').length, 1);
    assert.equal(one.launcher.started.length + other.launcher.started.length, 1);
  });

  it('share the memory', async () => {
    const small = { ...twoGpus, memory: () => ({ totalBytes: 10e9, availableBytes: 10e9 }) };
    await one.submit(0, { device: 'cuda:0', memoryBytes: 8e9 }, small);
    const second = await other.submit(0, { device: 'cuda:1', memoryBytes: 8e9 }, small);
    assert.deepEqual(second.waiting, { for: 'memory', neededBytes: 8e9, freeBytes: 2e9 });
  });

  it('take nothing where they could not be started', async () => {
    one.fails = new Error('no');
    assert.equal((await one.submit(0, { device: 'cpu' })).state, 'failed');
    assert.equal((await other.submit(0, { device: 'cpu' })).state, 'started');
  });

  it('are known to whoever ends a job anywhere, as long as one of them waits', async () => {
    const rootsThatWait = async (): Promise<string[]> =>
      (await MachineTurns.here()).rootsThatWait.filter((root) => [one.root, other.root].includes(root));
    await one.submit(0, { device: 'cpu' });
    await other.submit(0, { device: 'cpu' });
    assert.deepEqual(await rootsThatWait(), [other.root]);
    one.launcher.end(one.root);
    await other.goOn();
    assert.deepEqual(await rootsThatWait(), []);
  });
});
