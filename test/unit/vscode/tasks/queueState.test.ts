import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { queueFile } from '../../../../src/jobs/queue';
import { QueueState } from '../../../../src/vscode/tasks/queueState';
import { scratchFolder } from '../../dataset/scratch';

const entry = (id: string): object => ({ id, request: { folders: { results: '/r' }, options: {} }, host: 'h' });

describe('the queue as it is shown', () => {
  it('is what the last look saw, without reading the disk in between', async (context) => {
    const root = await scratchFolder(context);
    await mkdir(dirname(queueFile(root)), { recursive: true });
    await writeFile(queueFile(root), JSON.stringify({ entries: [entry('a'), entry('b')] }));
    const state = new QueueState((error) => assert.fail(String(error)));
    assert.deepEqual(state.entries, []);
    assert.equal(state.look(root), true);
    await rm(queueFile(root));
    assert.deepEqual(
      state.entries.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.equal(state.look(root), true);
    assert.deepEqual(state.entries, []);
    assert.equal(state.look(root), false);
  });

  it('is empty where the file is damaged, which is said once', async (context) => {
    const root = await scratchFolder(context);
    await mkdir(dirname(queueFile(root)), { recursive: true });
    await writeFile(queueFile(root), '{ "entries": [');
    let said = 0;
    const state = new QueueState(() => (said += 1));
    state.look(root);
    state.look(root);
    assert.deepEqual([state.entries, said], [[], 1]);
  });
});
