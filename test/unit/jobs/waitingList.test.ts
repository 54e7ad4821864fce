import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { graphFile } from '../../../src/jobs/graphFile';
import { writeJob } from '../../../src/jobs/jobFolder';
import { JobStore } from '../../../src/jobs/store';
import { WaitingList } from '../../../src/jobs/waitingList';
import { scratchFolder } from '../dataset/scratch';
import { trainJob } from './someJobs';

describe('the queue as it is shown', () => {
  it('is what the last look saw, without reading the disk in between', async (context) => {
    const root = await scratchFolder(context);
    const jobs = [trainJob(root, 0), trainJob(root, 1)];
    for (const job of jobs) writeJob(root, job);
    await writeFile(graphFile(root), JSON.stringify({ entries: jobs.map(({ id }) => ({ id, host: 'h' })) }));
    const state = new WaitingList(root);
    const ids = (): string[] => state.entries.map(({ job }) => job.id);
    assert.deepEqual(ids(), []);
    assert.equal(state.look(), true);
    await rm(graphFile(root));
    assert.deepEqual(
      ids(),
      jobs.map(({ id }) => id),
    );
    assert.equal(state.look(), true);
    assert.deepEqual(ids(), []);
    assert.equal(state.look(), false);
  });

  it('is one problem where the file is damaged, and whole again when it is mended', async (context) => {
    const root = await scratchFolder(context);
    await mkdir(dirname(graphFile(root)), { recursive: true });
    await writeFile(graphFile(root), '{ "entries": [');
    const store = new JobStore(root);
    assert.equal(store.lookAtWaiting(), true);
    assert.deepEqual([store.waiting.length, store.problems.length], [0, 1]);
    assert.match(store.problems[0]!.where, /graph\.json/);
    assert.equal(store.lookAtWaiting(), false);
    await rm(graphFile(root));
    assert.equal(store.lookAtWaiting(), true);
    assert.deepEqual(store.problems, []);
  });
});
