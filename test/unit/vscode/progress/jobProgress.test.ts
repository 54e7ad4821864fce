import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { rootsBelow } from '../../../../src/dataset/roots';
import { jobFolder, jobsFolder, readJob } from '../../../../src/jobs/jobFolder';
import { localLauncher } from '../../../../src/jobs/local/launch';
import { readWaiting } from '../../../../src/jobs/waiting';
import { NnunetError } from '../../../../src/method/errors';
import type * as JobProgress from '../../../../src/vscode/progress/jobProgress';
import type { Services } from '../../../../src/vscode/services';
import { scratchFolder, writeGoodDataset } from '../../dataset/scratch';
import { repositoryRoot } from '../../../shared';
import { stubVscode } from '../vscodeStub';

class CancellationError extends Error {}

/** What the progress says, and the person who may press Cancel when it does. */
const shown: { title: string; message?: string }[] = [];
let onMessage: (cancel: () => void) => void = () => undefined;

describe('work that VS Code asks for', () => {
  let jobProgress: typeof JobProgress;

  before(async () => {
    stubVscode({
      window: {
        withProgress: (options: { title: string }, work: (progress: unknown, token: unknown) => unknown) => {
          const cancels: (() => void)[] = [];
          const token = {
            onCancellationRequested: (cancel: () => void) => {
              cancels.push(cancel);
              return { dispose: () => undefined };
            },
          };
          const report = ({ message }: { message?: string }): void => {
            shown.push({ title: options.title, message });
            onMessage(() => cancels.forEach((cancel) => cancel()));
          };
          return work({ report }, token);
        },
      },
      ProgressLocation: { Notification: 15 },
      CancellationError,
      env: { sessionId: 'this window' },
      workspace: { getConfiguration: () => ({ get: () => undefined }) },
      l10n: { t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at) => String(values[at])) },
    });
    jobProgress = await import('../../../../src/vscode/progress/jobProgress');
  });

  async function place(test: TestContext) {
    shown.length = 0;
    onMessage = () => undefined;
    const root = await scratchFolder(test);
    const roots = rootsBelow(root);
    mkdirSync(roots.results);
    const dataset = 'Dataset001_Test';
    const folders = {
      raw: join(roots.raw, dataset),
      preprocessed: join(roots.preprocessed, dataset),
      results: join(roots.results, dataset),
    };
    await writeGoodDataset(folders.raw);
    const log: string[] = [];
    const services = {
      roots: () => roots,
      rootsOf: () => roots,
      starter: { launchers: { local: localLauncher(join(repositoryRoot, 'dist', 'runner.js')) } },
      output: {
        info: (text: string) => log.push(text),
        warn: () => undefined,
        error: (text: string) => log.push(text),
      },
    } as unknown as Services;
    const jobs = () => readdirSync(jobsFolder(roots.results)).map((id) => readJob(roots.results, id));
    return { services, roots, log, jobs, request: { dataset, folders } };
  }

  it('is a job of this window, whose stages are shown and whose result is given', async (test) => {
    const { services, jobs, request } = await place(test);
    const result = await jobProgress.runJob(services, { kind: 'check', request, title: 'Checking it' });
    assert.equal(result.cases, 3);
    assert.ok(shown.every(({ title }) => title === 'Checking it'));
    assert.ok(shown.some(({ message }) => message?.startsWith('Checking the dataset')));
    assert.deepEqual(
      jobs().map(({ kind, title, createdBy }) => [kind, title, createdBy.window]),
      [['check', 'Check Test', 'this window']],
    );
  });

  it('fails with the code, place and advice of its error', async (test) => {
    const { services, log, request } = await place(test);
    rmSync(request.folders.raw, { recursive: true });
    const asked = { kind: 'check', request, title: 'Checking' } as const;
    await assert.rejects(jobProgress.runJob(services, asked), (error: NnunetError) => {
      assert.ok(error instanceof NnunetError);
      assert.deepEqual([error.code, error.where], ['raw-missing', request.folders.raw]);
      return error.hint !== '';
    });
    assert.ok(log.some((line) => line.includes('The raw data')));
  });

  it('stops where the person presses Cancel, which is no failure', async (test) => {
    const { services, roots, jobs, request } = await place(test);
    const { raw } = request.folders;
    // So many that it cannot have ended when it has been heard of.
    for (let at = 0; at < 3000; at += 1) {
      linkSync(join(raw, 'imagesTr', 'a_0000.nii.gz'), join(raw, 'imagesTr', `m${at}_0000.nii.gz`));
      linkSync(join(raw, 'labelsTr', 'a.nii.gz'), join(raw, 'labelsTr', `m${at}.nii.gz`));
    }
    onMessage = (cancel) => cancel();
    const asked = { kind: 'check', request: { ...request, workers: 1 }, title: 'Checking' } as const;
    await assert.rejects(jobProgress.runJob(services, asked), CancellationError);
    const [job] = jobs();
    const events = readFileSync(join(jobFolder(roots.results, job!.id), 'events.jsonl'), 'utf8')
      .trim()
      .split('\n');
    assert.deepEqual((JSON.parse(events.at(-1)!) as { state: string }).state, 'stopped');
  });

  it('in several steps ends with the first that fails: the others never begin', async (test) => {
    const { services, roots, jobs, request } = await place(test);
    rmSync(request.folders.raw, { recursive: true });
    const steps = [
      { kind: 'check', request, title: 'First' },
      { kind: 'fix', request, title: 'Second' },
    ] as const;
    await assert.rejects(jobProgress.runInOrder(services, steps), { code: 'raw-missing' });
    assert.deepEqual(readWaiting(roots.results), []);
    const begun = jobs().filter(({ id }) => readdirSync(jobFolder(roots.results, id)).includes('events.jsonl'));
    assert.deepEqual(
      begun.map(({ kind }) => kind),
      ['check'],
    );
  });
});
