import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { rootsBelow } from '../../../src/dataset/roots';
import type { Starter } from '../../../src/jobs/advance';
import { followHere, type Follower } from '../../../src/jobs/followHere';
import type { After, AnyJob, Job, JobKind } from '../../../src/jobs/job';
import { jobFolder, newJob } from '../../../src/jobs/jobFolder';
import { jobTitle } from '../../../src/jobs/jobTitle';
import { localLauncher } from '../../../src/jobs/local/launch';
import type { JobRequests } from '../../../src/jobs/requests';
import { submitHere } from '../../../src/jobs/submitHere';
import { readWaiting } from '../../../src/jobs/waiting';
import { NnunetError } from '../../../src/method/errors';
import { scratchFolder, writeGoodDataset } from '../dataset/scratch';
import { repositoryRoot } from '../../shared';

const starter: Starter = { launchers: { local: localLauncher(join(repositoryRoot, 'dist', 'runner.js')) } };
const dataset = 'Dataset001_Test';

async function place(test: TestContext) {
  const root = await scratchFolder(test);
  const roots = rootsBelow(root);
  mkdirSync(roots.results);
  const folders = {
    raw: join(roots.raw, dataset),
    preprocessed: join(roots.preprocessed, dataset),
    results: join(roots.results, dataset),
  };
  await writeGoodDataset(folders.raw);
  const job = <K extends Exclude<JobKind, 'train'>>(kind: K, request: JobRequests[K], after: After[] = []): Job<K> =>
    newJob({ kind, title: jobTitle(kind, request), request, roots, after });
  return { results: roots.results, folders, job, check: { dataset, folders } };
}

function follower(more: Partial<Follower> = {}): Follower {
  return { waits: () => undefined, event: () => undefined, stop: new AbortController().signal, ...more };
}

const any = (job: unknown): AnyJob => job as AnyJob;

describe('somebody who follows a job', () => {
  it('is given its events and what it leaves', async (test) => {
    const { results, job, check } = await place(test);
    const asked = job('check', check);
    await submitHere(results, [any(asked)], starter);
    const types: string[] = [];
    const end = await followHere(results, asked, starter, follower({ event: ({ type }) => types.push(type) }));
    assert.deepEqual(end, { state: 'done', result: { cases: 3, findings: [] } });
    assert.deepEqual([types[0], types.at(-1)], ['stage', 'finished']);
  });

  it('is given its failure as it was thrown', async (test) => {
    const { results, job, check, folders } = await place(test);
    rmSync(folders.raw, { recursive: true });
    const asked = job('check', check);
    await submitHere(results, [any(asked)], starter);
    const end = await followHere(results, asked, starter, follower());
    assert.ok(end.state === 'failed');
    assert.deepEqual([end.error.code, end.error.where], ['raw-missing', folders.raw]);
    assert.notEqual(end.error.hint, '');
  });

  it('sees the next begin where the one before it has ended well, though nobody follows that', async (test) => {
    const { results, job, check } = await place(test);
    const first = job('check', check);
    const second = job('fix', check, [{ id: first.id, is: 'done' }]);
    await submitHere(results, [any(first), any(second)], starter);
    const end = await followHere(results, second, starter, follower());
    assert.equal(end.state === 'done' && end.result.cases, 3);
  });

  it('is told where the one before it has not ended well, and nothing stays in the list', async (test) => {
    const { results, job, check, folders } = await place(test);
    rmSync(folders.raw, { recursive: true });
    const first = job('check', check);
    const second = job('fix', check, [{ id: first.id, is: 'done' }]);
    await submitHere(results, [any(first), any(second)], starter);
    await assert.rejects(followHere(results, second, starter, follower()), { code: 'earlier-job-failed' });
    assert.deepEqual(readWaiting(results), []);
    assert.equal(existsSync(join(jobFolder(results, second.id), 'launch.json')), false);
  });

  it('takes it off the list where it has not begun', async (test) => {
    const { results, job, check } = await place(test);
    // What it waits for is only asked for after it.
    const never = job('check', check);
    const waiting = job('fix', check, [{ id: never.id, is: 'ended' }]);
    const stop = new AbortController();
    // A program without a launcher of this machine starts nothing.
    const none: Starter = { launchers: {} };
    await submitHere(results, [any(never), any(waiting)], none);
    const said: string[] = [];
    const end = await followHere(
      results,
      waiting,
      none,
      follower({
        stop: stop.signal,
        waits: (why) => {
          said.push(why.for);
          stop.abort();
        },
      }),
    );
    assert.deepEqual([end.state, said.length], ['stopped', 1]);
    assert.deepEqual(
      readWaiting(results).map((one) => one.job.id),
      [never.id],
    );
  });

  it('is told at once of what can not be started, and nothing stays in the list', async (test) => {
    const { results, job, check } = await place(test);
    const broken: Starter = { launchers: { local: localLauncher(join(results, 'no-runner.js')) } };
    await assert.rejects(submitHere(results, [any(job('check', check))], broken), NnunetError);
    assert.deepEqual(readWaiting(results), []);
  });
});

describe('the title of a job', () => {
  it('says what is done with what', () => {
    const folders = { raw: '/r', preprocessed: '/p', results: '/s' };
    const hippocampus = { dataset: 'Dataset004_Hippocampus', folders };
    const model = '/s/Dataset004_Hippocampus/nnUNetTrainer__nnUNetPlans__3d_fullres';
    const predict = { output: '/o', mirroring: true, stepSize: 0.5, device: 'auto', precision: 'auto' };
    assert.equal(jobTitle('check', hippocampus), 'Check Hippocampus');
    assert.equal(jobTitle('plan', { ...hippocampus, planner: 'resenc-l' }), 'Plan Hippocampus with resenc-l');
    assert.equal(
      jobTitle('preprocess', { ...hippocampus, configuration: '2d', plans: 'x' }),
      'Preprocess Hippocampus 2d',
    );
    assert.equal(
      jobTitle('predict', { ...predict, models: [model], input: ['/a/scans'] }),
      'Predict scans with Hippocampus 3d_fullres',
    );
    assert.equal(
      jobTitle('predict', { ...predict, models: ['/m/liver.onnx'], input: ['/a', '/b'], isDryRun: true }),
      'Look at 2 images with liver.onnx',
    );
    assert.equal(jobTitle('import', { source: '/a/my scans', rawRoot: '/r' }), 'Import my scans');
    assert.equal(
      jobTitle('export-onnx', { modelFolder: model, output: '/a/m.onnx' }),
      'Export Hippocampus 3d_fullres as m.onnx',
    );
  });
});
