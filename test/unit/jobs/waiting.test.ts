import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sharesDevice } from '../../../src/jobs/devices';
import { graphFile } from '../../../src/jobs/graphFile';
import { readJob, writeJob } from '../../../src/jobs/jobFolder';
import { foldFolder } from '../../../src/jobs/runFolder';
import { moveWaiting, readWaiting, removeWaiting } from '../../../src/jobs/waiting';
import type { NnunetError } from '../../../src/method/errors';
import { trainJob, trainRequest } from './someJobs';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet waiting é-'));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const folds = (): unknown[] => readWaiting(root).map(({ job }) => job.kind === 'train' && job.request.fold);

function wait(count: number): string[] {
  const jobs = Array.from({ length: count }, (_, fold) => trainJob(root, fold));
  for (const job of jobs) writeJob(root, job);
  fs.writeFileSync(graphFile(root), JSON.stringify({ entries: jobs.map(({ id }) => ({ id, host: hostname() })) }));
  return jobs.map(({ id }) => id);
}

describe('the list of waiting jobs', () => {
  it('is empty where there is none, and makes no folder by being read', () => {
    assert.deepEqual(readWaiting(root), []);
    assert.deepEqual(fs.readdirSync(root), []);
  });

  it('keeps the order, lets it be changed, and lets jobs be removed', async () => {
    const ids = wait(4);
    assert.equal(await moveWaiting(root, ids[3]!, -1), 2);
    assert.deepEqual(folds(), [0, 1, 3, 2]);
    await moveWaiting(root, ids[0]!, 99);
    assert.deepEqual(folds(), [1, 3, 2, 0]);
    await moveWaiting(root, ids[0]!, -99);
    assert.deepEqual(await removeWaiting(root, [ids[1]!, '00000000']), [ids[1]!]);
    assert.deepEqual(folds(), [0, 3, 2]);
    assert.equal(await moveWaiting(root, ids[1]!, 1), undefined);
  });
});

describe('the queue of an earlier version', () => {
  const queueFile = (): string => join(root, '.nnunet', 'queue.json');
  const failure = { code: 'no-core', message: 'No engine', hint: 'Install it.' };

  beforeEach(() => {
    const first = trainRequest(root, 0);
    const second = { ...trainRequest(root, 1), after: [foldFolder(first), '/elsewhere'] };
    fs.mkdirSync(join(root, '.nnunet'));
    const common = { host: hostname(), addedAt: '2026-01-02T03:04:05.000Z' };
    const entries = [
      { id: '0000000a', request: second, ...common },
      { id: '0000000b', request: first, ...common, failure },
    ];
    fs.writeFileSync(queueFile(), JSON.stringify({ entries }));
  });

  it('is shown before anybody has taken it over', () => {
    const [second, first] = readWaiting(root);
    assert.deepEqual(second!.job.after, [{ id: '0000000b', is: 'ended' }]);
    assert.deepEqual([second!.job.id, second!.job.createdAt], ['0000000a', '2026-01-02T03:04:05.000Z']);
    assert.deepEqual(first!.failure, failure);
    assert.ok(!fs.existsSync(graphFile(root)), 'nothing is written by being read');
  });

  it('becomes jobs once, at the first change', async () => {
    await moveWaiting(root, '0000000b', -1);
    assert.deepEqual(folds(), [0, 1]);
    assert.ok(!fs.existsSync(queueFile()));
    assert.equal(readJob(root, '0000000a').title, 'Train Hippocampus 2d, fold 1');
    assert.ok(!('after' in readJob(root, '0000000a').request));
  });

  it('is not taken over twice where the first time was cut short', async () => {
    const text = fs.readFileSync(queueFile(), 'utf8');
    await moveWaiting(root, '0000000b', -1);
    // The list was written, the file still there when the power failed.
    fs.writeFileSync(queueFile(), text);
    assert.deepEqual(folds(), [0, 1]);
    await moveWaiting(root, '0000000a', -1);
    assert.deepEqual(folds(), [1, 0]);
  });

  it('that is damaged is told, and left as it is', async () => {
    fs.writeFileSync(queueFile(), '{"entries":[{}]}');
    const isDamaged = (error: NnunetError) => error.code === 'queue-damaged';
    assert.throws(() => readWaiting(root), isDamaged);
    await assert.rejects(moveWaiting(root, '0000000b', -1), isDamaged);
    assert.equal(fs.readFileSync(queueFile(), 'utf8'), '{"entries":[{}]}');
  });
});

describe('devices', () => {
  it('are the same where they may mean the same', () => {
    assert.ok(sharesDevice('cuda', 'cuda:0'));
    assert.ok(sharesDevice('auto', 'cpu'));
    assert.ok(!sharesDevice('cpu', 'cuda'));
    assert.ok(!sharesDevice('cuda:0', 'cuda:1'));
  });
});
