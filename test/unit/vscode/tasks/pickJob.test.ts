/** Which job is a command meant for, and what does it ask where it was not told? */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { KnownJob } from '../../../../src/jobs/knownJob';
import type { Services } from '../../../../src/vscode/services';
import type * as PickJob from '../../../../src/vscode/tasks/pickJob';
import { stubVscode } from '../vscodeStub';
import { Screen } from '../wizard/quickInputs';

const screen = new Screen();
const told: string[] = [];

const known = (id: string, state: string, updatedAt: string): KnownJob =>
  ({ id, kind: 'check', title: `Check ${id}`, folder: `/jobs/${id}`, status: { state, updatedAt } }) as KnownJob;

describe('a command for one of several jobs', () => {
  let pick: typeof PickJob;
  let jobs: KnownJob[] = [];
  const services = {
    runs: {
      refresh: () => Promise.resolve(),
      get jobs() {
        return jobs;
      },
      job: (folder: string) => jobs.find((one) => one.folder === folder),
    },
  } as unknown as Services;
  const question = { title: 'Show Log', states: ['finished', 'failed'], none: 'There are no jobs yet.' } as const;

  before(async () => {
    stubVscode({
      window: {
        ...screen.window,
        showInformationMessage: (text: string) => Promise.resolve(void told.push(text)),
      },
      l10n: { t: (text: string) => text },
      QuickInputButtons: { Back: {} },
      ProgressLocation: { Window: 10 },
      CancellationError: class extends Error {},
    });
    pick = await import('../../../../src/vscode/tasks/pickJob');
  });

  it('asks for it, the latest first, with a title and the fitting ones only', async () => {
    jobs = [known('a', 'failed', '1'), known('b', 'running', '2'), known('c', 'finished', '3')];
    const picked = pick.pickJob(services, undefined, question);
    const list = await screen.pick();
    assert.equal(list.title, 'Show Log');
    assert.deepEqual(
      list.items.map(({ value }) => value),
      ['/jobs/c', '/jobs/a'],
    );
    list.choose(list.items[1]!.label);
    assert.equal(await picked, '/jobs/a');
  });

  it('takes the only one, and what it was told, without a question', async () => {
    jobs = [known('a', 'failed', '1')];
    assert.equal(await pick.pickJob(services, undefined, question), '/jobs/a');
    assert.equal(await pick.pickJob(services, { folder: '/jobs/x' }, question), '/jobs/x');
    const selected = ['/jobs/a', '/jobs/b'];
    jobs.push(known('b', 'running', '2'));
    assert.deepEqual(await pick.pickJobs(services, ['/jobs/a', selected], question), ['/jobs/a']);
    assert.deepEqual(screen.shown, []);
  });

  it('says where there is none, and does nothing where the person leaves', async () => {
    jobs = [];
    assert.equal(await pick.pickJob(services, undefined, question), undefined);
    assert.deepEqual(told, ['There are no jobs yet.']);
    jobs = [known('a', 'failed', '1'), known('c', 'finished', '3')];
    const left = pick.pickJob(services, undefined, question);
    (await screen.pick()).escape();
    assert.equal(await left, undefined);
  });
});
