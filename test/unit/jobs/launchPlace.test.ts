import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../../src/cli/commands';
import { commandWords } from '../../../src/jobs/commandLine';
import type { AnyJob, JobKind, LaunchChoice } from '../../../src/jobs/job';
import { launchPlace, type Asked } from '../../../src/jobs/launchPlace';
import { someRequests } from './someRequests';

const cluster: LaunchChoice = { launcher: 'slurm', cluster: { partition: 'gpu' } };
const predict = { ...someRequests.predict, isDryRun: false };
const placeOf = (...asked: Asked[]): string => launchPlace(asked, () => cluster).launcher;

describe('where a job is done', () => {
  it('is the cluster for every kind whose command can be sent there, and for no other', () => {
    for (const [kind, request] of Object.entries({ ...someRequests, predict }) as [JobKind, Asked['request']][]) {
      const [, word] = commandWords({ kind, request, launcher: 'local' } as AnyJob);
      const command = commands.find(({ name }) => name === word)!;
      const canBeSent = command.options.some(({ name }) => name === 'launcher');
      assert.equal(placeOf({ kind, request }), canBeSent ? 'slurm' : 'local', kind);
    }
  });

  it('is this machine for who only wants to know what something would do', () => {
    const look = { kind: 'predict', request: { ...someRequests.predict, isDryRun: true } } as const;
    assert.equal(placeOf(look), 'local');
    assert.equal(placeOf({ kind: 'predict', request: predict }, look), 'local');
  });

  it('does not read the setting where it does not matter', () => {
    const where = launchPlace([{ kind: 'import', request: someRequests.import }], () => assert.fail('it was read'));
    assert.deepEqual(where, { launcher: 'local' });
  });
});
