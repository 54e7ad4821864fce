/** Where do the commands of a window send their jobs? */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { rootsBelow } from '../../../../src/dataset/roots';
import type { AnyJob } from '../../../../src/jobs/job';
import type { LaunchHandle, Launcher } from '../../../../src/jobs/launcher';
import type { Services } from '../../../../src/vscode/services';
import type * as Submit from '../../../../src/vscode/progress/submitFromHere';
import { someRequests } from '../../jobs/someRequests';
import { stubVscode } from '../vscodeStub';

describe('what is asked for in a window', () => {
  const settings = new Map<string, unknown>();
  const root = mkdtempSync(join(tmpdir(), 'nnunet-window-'));
  const roots = rootsBelow(root);
  let submitFromHere: typeof Submit.submitFromHere;
  let started: AnyJob[] = [];

  const launcher = (name: 'local' | 'slurm', handle: LaunchHandle): Launcher => ({
    name,
    submit: (_, jobs) => {
      started.push(...jobs);
      return Promise.resolve(jobs.map(() => handle));
    },
    cancel: () => Promise.resolve(),
    observe: (handles) => Promise.resolve(handles.map(() => ({ state: 'pending', reason: 'Priority' }))),
  });
  const services = {
    rootsOf: () => roots,
    starter: {
      launchers: {
        local: launcher('local', { launcher: 'local', host: 'here', pid: 1 }),
        slurm: launcher('slurm', { launcher: 'slurm', jobId: '7' }),
      },
    },
  } as unknown as Services;

  before(async () => {
    stubVscode({
      env: { sessionId: 'window' },
      workspace: { getConfiguration: () => ({ get: (name: string) => settings.get(name) }) },
    });
    ({ submitFromHere } = await import('../../../../src/vscode/progress/submitFromHere'));
    mkdirSync(roots.results);
  });
  beforeEach(() => {
    settings.clear();
    started = [];
  });
  after(() => rmSync(root, { recursive: true }));

  it('runs on this machine, and on the cluster where that is set', async () => {
    const preprocess = { kind: 'preprocess', request: someRequests.preprocess } as const;
    await submitFromHere(services, [preprocess]);
    settings.set('launcher', 'slurm');
    settings.set('slurm.partition', 'gpu');
    await submitFromHere(services, [preprocess, { kind: 'evaluate', request: someRequests.evaluate }]);
    assert.deepEqual(
      started.map(({ kind, launcher, cluster }) => [kind, launcher, cluster?.partition]),
      [
        ['preprocess', 'local', undefined],
        ['preprocess', 'slurm', 'gpu'],
        ['evaluate', 'slurm', 'gpu'],
      ],
    );
    assert.deepEqual(
      started[2]!.after.map(({ id }) => id),
      [started[1]!.id],
    );
  });

  it('stays here where only this machine has the files, or somebody waits for the answer', async () => {
    settings.set('launcher', 'slurm');
    await submitFromHere(services, [{ kind: 'import', request: someRequests.import }]);
    await submitFromHere(services, [{ kind: 'predict', request: { ...someRequests.predict, isDryRun: true } }]);
    assert.deepEqual(
      started.map(({ launcher }) => launcher),
      ['local', 'local'],
    );
  });
});
