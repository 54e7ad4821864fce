import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { graphFile } from '../../../../src/jobs/graphFile';
import { writeJob } from '../../../../src/jobs/jobFolder';
import { QueueState } from '../../../../src/vscode/tasks/queueState';
import { scratchFolder } from '../../dataset/scratch';
import { trainJob } from '../../jobs/someJobs';

describe('the queue as it is shown', () => {
  it('is what the last look saw, without reading the disk in between', async (context) => {
    const root = await scratchFolder(context);
    const jobs = [trainJob(root, 0), trainJob(root, 1)];
    for (const job of jobs) writeJob(root, job);
    await writeFile(graphFile(root), JSON.stringify({ entries: jobs.map(({ id }) => ({ id, host: 'h' })) }));
    const state = new QueueState((error) => assert.fail(String(error)));
    const ids = (): string[] => state.entries.map(({ job }) => job.id);
    assert.deepEqual(ids(), []);
    assert.equal(state.look(root), true);
    await rm(graphFile(root));
    assert.deepEqual(
      ids(),
      jobs.map(({ id }) => id),
    );
    assert.equal(state.look(root), true);
    assert.deepEqual(ids(), []);
    assert.equal(state.look(root), false);
  });

  it('is empty where the file is damaged, which is said once', async (context) => {
    const root = await scratchFolder(context);
    await mkdir(dirname(graphFile(root)), { recursive: true });
    await writeFile(graphFile(root), '{ "entries": [');
    let said = 0;
    const state = new QueueState(() => (said += 1));
    state.look(root);
    state.look(root);
    assert.deepEqual([state.entries, said], [[], 1]);
  });
});
