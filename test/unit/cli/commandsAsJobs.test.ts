import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, chown, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { activeHolder } from '../../../src/dataset/foldLock';
import { followToEnd } from '../../../src/jobs/jobEnd';
import { jobFolder, readJob } from '../../../src/jobs/jobFolder';
import type { Job } from '../../../src/jobs/job';
import type { RunEvent } from '../../../src/protocol/events';
import { scratchFolder, writeGoodDataset, writeText } from '../dataset/scratch';
import { repositoryRoot } from '../../shared';

const cli = join(repositoryRoot, 'dist', 'cli.js');

/** A dataset, and a command line whose user has no jobs of other tests. */
async function place(test: TestContext, { hasResults = true, user }: { hasResults?: boolean; user?: number } = {}) {
  const root = await scratchFolder(test);
  const raw = join(root, 'nnUNet_raw', 'Dataset001_Test');
  await writeGoodDataset(raw);
  const results = join(root, 'nnUNet_results');
  if (hasResults) mkdirSync(results);
  const cache = join(root, 'cache');
  const environment = { ...process.env, XDG_CACHE_HOME: cache };
  const words = (more: readonly string[]): string[] => [cli, ...more, '--root', root, '--json'];
  const nnunet = (...more: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, words(more), {
      encoding: 'utf8',
      env: environment,
      cwd: root,
      uid: user,
      gid: user,
    });
    return {
      status,
      events: eventsIn(stderr),
      result: (stdout === '' ? undefined : JSON.parse(stdout)) as Record<string, unknown>,
    };
  };
  const start = (...more: string[]) => spawn(process.execPath, words(more), { env: environment, cwd: root });
  return { root, raw, results, cache, nnunet, start };
}

/** Every line must be one. */
function eventsIn(text: string): RunEvent[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);
}

describe('a command of the command line', () => {
  it('runs as a job under the results, whose result it prints', async (test) => {
    const { results, nnunet } = await place(test);
    const { status, events, result } = nnunet('check', '1');
    assert.equal(status, 0);
    const states = events.flatMap((event) => (event.type === 'stage' ? [event.state] : []));
    assert.deepEqual([states[0], states.at(-1)], ['started', 'done']);
    const [id] = await readdir(join(results, '.nnunet', 'jobs'));
    const job = readJob(results, id!);
    assert.deepEqual([job.kind, job.title, job.launcher], ['check', 'Check Test', 'local']);
    assert.deepEqual(JSON.parse(readFileSync(join(jobFolder(results, id!), 'result.json'), 'utf8')), result);
  });

  it('lies with the user where there are no results, and makes none', async (test) => {
    const { results, cache, nnunet } = await place(test, { hasResults: false });
    assert.equal(nnunet('check', '1').status, 0);
    assert.equal(existsSync(results), false);
    assert.equal((await readdir(join(cache, 'nnunet', 'jobs', '.nnunet', 'jobs'))).length, 1);
  });

  it('writes nothing before what is plainly wrong is refused', async (test) => {
    const { results, cache, nnunet } = await place(test);
    for (const words of [
      ['check', '7'],
      ['preprocess', '1', '-c', '3d_fulres'],
      ['predict', '-m', 'nowhere', '-i', 'x', '-o', 'y'],
      ['evaluate', 'nowhere', 'x'],
      ['export-onnx', 'nowhere', '-o', 'm.onnx'],
      ['export-model', '1', '-o', 'm.zip'],
      ['import-model', 'nowhere.zip'],
      ['import', 'nowhere'],
    ]) {
      assert.notEqual(nnunet(...words).status, 0, words.join(' '));
    }
    assert.deepEqual([existsSync(join(results, '.nnunet')), existsSync(cache)], [false, false]);
  });

  it('fails as its job does: with code, place and advice, once', async (test) => {
    const { raw, nnunet } = await place(test);
    await writeText(join(raw, 'dataset.json'), '{ "labels": ');
    const { status, events, result } = nnunet('plan', '1');
    assert.equal(status, 1);
    assert.equal(result, undefined);
    const errors = events.filter((event) => event.type === 'error');
    assert.equal(errors.length, 1);
    assert.match(errors[0]!.where!, /dataset\.json/);
    assert.notEqual(errors[0]!.hint, '');
  });

  it('gives the exit code of what it found', async (test) => {
    const { raw, nnunet } = await place(test);
    rmSync(join(raw, 'labelsTr', 'b.nii.gz'));
    const { status, result } = nnunet('check', '1');
    assert.equal(status, 1);
    assert.ok((result.findings as unknown[]).length > 0);
  });

  it('can be left alone: --detach tells where the job is, which ends by itself', async (test) => {
    const { results, nnunet } = await place(test);
    const { status, result } = nnunet('check', '1', '--detach');
    assert.equal(status, 0);
    const job = readJob(results, result.id as string) as Job<'check'>;
    assert.equal(jobFolder(results, job.id), result.folder);
    const end = await followToEnd(results, job, () => undefined);
    assert.equal(end.state === 'done' && end.result.cases, 3);
  });

  it('passes Ctrl-C on to its job, and says that it was interrupted', async (test) => {
    const { raw, results, start } = await place(test);
    // So many that it cannot have ended when it has been heard of.
    for (let at = 0; at < 3000; at += 1) {
      linkSync(join(raw, 'imagesTr', 'a_0000.nii.gz'), join(raw, 'imagesTr', `m${at}_0000.nii.gz`));
      linkSync(join(raw, 'labelsTr', 'a.nii.gz'), join(raw, 'labelsTr', `m${at}.nii.gz`));
    }
    const child = start('check', '1', '--workers', '1');
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('"check"') && (said + text).includes('"check"')) child.kill('SIGINT');
      said += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(code, 130, said);
    const events = eventsIn(said);
    assert.equal(events.findLast((event) => event.type === 'error')?.code, 'interrupted');
    const [id] = await readdir(join(results, '.nnunet', 'jobs'));
    const folder = jobFolder(results, id!);
    assert.equal(activeHolder(folder), undefined);
    assert.equal(eventsIn(readFileSync(join(folder, 'events.jsonl'), 'utf8')).at(-1)?.type, 'finished');
    assert.equal(existsSync(join(folder, 'result.json')), false);
  });

  it('works where only others may write the results', async (test) => {
    // Root may write everywhere: then somebody else gives the command.
    const user = process.getuid?.() === 0 ? 65534 : undefined;
    const { root, results, cache, nnunet } = await place(test, { user });
    await chmod(results, user === undefined ? 0o500 : 0o755);
    if (user !== undefined) {
      for (const folder of [dirname(root), root]) await chmod(folder, 0o755);
      await mkdir(cache);
      await chown(cache, user, user);
    }
    const { status, events } = nnunet('check', '1');
    assert.equal(status, 0, JSON.stringify(events));
    assert.deepEqual(await readdir(results), []);
    assert.ok(existsSync(join(cache, 'nnunet', 'jobs')));
  });
});
