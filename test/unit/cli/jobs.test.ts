import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Command } from '../../../src/cli/command';
import { jobsCommand } from '../../../src/cli/commands/jobs';
import { moveCommand } from '../../../src/cli/commands/move';
import { removeCommand } from '../../../src/cli/commands/remove';
import { stopCommand } from '../../../src/cli/commands/stop';
import { Output } from '../../../src/cli/output';
import { parseArguments } from '../../../src/cli/parse';
import { RunLock } from '../../../src/dataset/foldLock';
import { findJob } from '../../../src/jobs/findJob';
import { graphFile } from '../../../src/jobs/graphFile';
import { jobFolder, userJobsRoot, writeJob } from '../../../src/jobs/jobFolder';
import { foldFolder, runId } from '../../../src/jobs/runFolder';
import { readWaiting } from '../../../src/jobs/waiting';
import type { NnunetError } from '../../../src/method/errors';
import { checkJob, trainJob } from '../jobs/someJobs';

let root: string;
let results: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet cli jobs é-'));
  results = join(root, 'nnUNet_results');
  process.env.XDG_CACHE_HOME = join(root, 'cache');
});
afterEach(() => {
  delete process.env.XDG_CACHE_HOME;
  fs.rmSync(root, { recursive: true });
});

const hasCode = (code: string) => (error: NnunetError) => error.code === code;
const waitingIds = (): string[] => readWaiting(results).map(({ job }) => job.id);

/** Three trainings that wait on another machine, so that nothing starts. */
function wait(): string[] {
  const jobs = [0, 1, 2].map((fold) => trainJob(results, fold));
  for (const job of jobs) writeJob(results, job);
  fs.writeFileSync(graphFile(results), JSON.stringify({ entries: jobs.map(({ id }) => ({ id, host: 'elsewhere' })) }));
  return jobs.map(({ id }) => id);
}

async function run(command: Command, ...words: string[]): Promise<{ result: Record<string, unknown>; said: string }> {
  const [out, err] = ['', ''].map(() => ({ text: '', write: (text: string) => text }));
  for (const stream of [out!, err!]) stream.write = (text) => (stream.text += text);
  const output = new Output(true, out, err);
  const parsed = parseArguments(command, [...words, '--root', root]);
  await command.run(parsed, { output, signal: new AbortController().signal });
  return { result: JSON.parse(out!.text) as Record<string, unknown>, said: err!.text };
}

describe('jobs that wait, on the command line', () => {
  it('are moved up, down, to the front and to the end', async () => {
    const [a, b, c] = wait() as [string, string, string];
    assert.deepEqual((await run(moveCommand, c, '--up')).result, { id: c, place: 2 });
    assert.deepEqual(waitingIds(), [a, c, b]);
    await run(moveCommand, b, '--first');
    assert.deepEqual(waitingIds(), [b, a, c]);
    await run(moveCommand, b, '--down');
    await run(moveCommand, a, '--last');
    assert.deepEqual(waitingIds(), [b, c, a]);
    await assert.rejects(run(moveCommand, b), hasCode('conflicting-options'));
    await assert.rejects(run(moveCommand, b, '--up', '--last'), hasCode('conflicting-options'));
  });

  it('are taken off by remove and by stop, and it is said', async () => {
    const [a, b, c] = wait() as [string, string, string];
    assert.deepEqual((await run(removeCommand, a)).result, { id: a, state: 'removed' });
    const stopped = await run(stopCommand, b);
    assert.equal(stopped.result.state, 'removed');
    assert.match(stopped.said, /Train Hippocampus 2d, fold 1.* off the list: it had not begun/);
    assert.deepEqual(waitingIds(), [c]);
  });

  it('can be removed where what they were asked for is damaged', async () => {
    const [a, ...rest] = wait() as [string, string, string];
    fs.writeFileSync(join(jobFolder(results, a), 'job.json'), '{');
    assert.deepEqual((await run(removeCommand, a)).result, { id: a, state: 'removed' });
    assert.deepEqual(waitingIds(), rest);
  });

  it("are found among this user's own, too", async () => {
    const own = await userJobsRoot();
    const job = checkJob(own);
    writeJob(own, job);
    fs.writeFileSync(graphFile(own), JSON.stringify({ entries: [{ id: job.id, host: 'elsewhere' }] }));
    assert.deepEqual((await run(stopCommand, job.id)).result.state, 'removed');
    assert.deepEqual(readWaiting(own), []);
  });

  it('are not mistaken for what runs', async () => {
    const job = trainJob(results, 0);
    writeJob(results, job);
    const folder = foldFolder(job.request);
    fs.mkdirSync(folder, { recursive: true });
    const lock = await RunLock.acquire(folder);
    const id = runId(results, folder);
    await assert.rejects(run(removeCommand, id), hasCode('job-not-waiting'));
    await assert.rejects(run(moveCommand, id, '--up'), hasCode('job-not-waiting'));
    lock.release();
  });
});

describe('the list of jobs', () => {
  it('says at the end of the line why one failed', async () => {
    const time = '2026-01-01T00:00:00.000Z';
    const job = checkJob(results);
    writeJob(results, job);
    const events = [
      { type: 'error', time, code: 'disk-full', message: 'The disk is full', hint: '' },
      { type: 'finished', time, state: 'failed' },
    ];
    const file = join(jobFolder(results, job.id), 'events.jsonl');
    fs.writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const { said } = await run(jobsCommand);
    assert.match(said, /updated +why"/);
    assert.match(said, / failed .* ago +The disk is full"/);
  });

  type Lists = Record<
    'runs' | 'jobs' | 'queue',
    { id: string; kind?: string; waiting?: unknown; failure?: { code: string } }[]
  >;
  const list = async (...words: string[]) => (await run(jobsCommand, ...words)).result as unknown as Lists;

  it('has trainings, other jobs and what waits with its reason, damaged ones too, and can be narrowed', async () => {
    const [a, b, c] = wait() as [string, string, string];
    fs.writeFileSync(join(jobFolder(results, c), 'job.json'), '{');
    const ended = checkJob(results);
    writeJob(results, ended);
    fs.writeFileSync(
      join(jobFolder(results, ended.id), 'events.jsonl'),
      '{"type":"finished","time":"2026-01-01T00:00:00.000Z","state":"done"}\n',
    );
    const all = await list();
    assert.deepEqual(
      all.queue.map(({ id, waiting, failure }) => [id, waiting, failure?.code]),
      [
        [a, { for: 'host', host: 'elsewhere' }, undefined],
        [b, { for: 'host', host: 'elsewhere' }, undefined],
        [c, undefined, 'job-damaged'],
      ],
    );
    assert.deepEqual([all.runs, all.jobs.map(({ id }) => id)], [[], [ended.id]]);
    const counts = async (...words: string[]) => {
      const { runs, jobs, queue } = await list(...words);
      return [runs.length, jobs.length, queue.length];
    };
    assert.deepEqual(await counts('--state', 'waiting'), [0, 0, 3]);
    assert.deepEqual(await counts('--state', 'finished'), [0, 1, 0]);
    assert.deepEqual(await counts('--kind', 'check'), [0, 1, 0]);
    assert.deepEqual(await counts('--dataset', 'hippo'), [0, 1, 2]);
    assert.deepEqual(await counts('--dataset', 'liver'), [0, 0, 0]);
  });

  it('follows a job that has ended to its end, by its id', async () => {
    const ended = checkJob(results);
    writeJob(results, ended);
    const line = (event: object): string => `${JSON.stringify({ time: '2026-01-01T00:00:00.000Z', ...event })}\n`;
    const failure = { type: 'error', code: 'raw-missing', message: 'Nothing there', hint: 'Import it.' };
    fs.writeFileSync(
      join(jobFolder(results, ended.id), 'events.jsonl'),
      line({ type: 'note', message: 'hello' }) + line(failure) + line({ type: 'finished', state: 'failed' }),
    );
    const { result, said } = await run(jobsCommand, '--follow', ended.id);
    assert.equal(result.state, 'failed');
    assert.match(said, /hello[^]*raw-missing/);
  });
});

describe('the job that a person means', () => {
  it('is found by its id, by the beginning of one, and by its folder; a fold that waits anew is another', () => {
    const [a] = wait() as [string, string, string];
    const { folder } = readWaiting(results)[0]!;
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(join(folder, 'events.jsonl'), '{"type":"finished","time":"t","state":"failed"}\n');
    assert.equal(findJob(a, results).waiting?.host, 'elsewhere');
    const earlier = findJob(folder, results);
    assert.deepEqual([earlier.waiting, earlier.folder, earlier.id], [undefined, folder, runId(results, folder)]);
    assert.equal(findJob(earlier.id.slice(0, 5), results).folder, folder);
    assert.throws(() => findJob('zz', results), hasCode('run-not-found'));
    assert.throws(() => findJob('../..', results), hasCode('run-not-found'));
  });

  it('is asked for more digits where several begin so', () => {
    const jobs = ['aaaaaaa1', 'aaaaaaa2'].map((id, fold) => ({ ...trainJob(results, fold), id }));
    for (const job of jobs) writeJob(results, job);
    fs.writeFileSync(graphFile(results), JSON.stringify({ entries: jobs.map(({ id }) => ({ id, host: hostname() })) }));
    assert.throws(() => findJob('aaaa', results), hasCode('run-ambiguous'));
    assert.equal(findJob('aaaaaaa2', results).id, 'aaaaaaa2');
  });
});
