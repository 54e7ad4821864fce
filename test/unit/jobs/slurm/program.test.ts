import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { writeJob } from '../../../../src/jobs/jobFolder';
import { slurmLauncher } from '../../../../src/jobs/slurm/launcher';
import { evaluationJob } from './jobs';

describe('a cluster behind a login node', () => {
  const root = mkdtempSync(join(tmpdir(), 'nnunet-login-'));
  after(() => rmSync(root, { recursive: true }));

  /** @param there  what the login node sees. @returns what it was asked */
  async function handIn(there: (path: string) => boolean): Promise<string[]> {
    const asked: string[] = [];
    const launcher = slurmLauncher({
      commands: () => (words) => {
        asked.push(words.join(' '));
        const code = words[0] === 'test' && !there(words[2]!) ? 1 : 0;
        return Promise.resolve({ code, printed: words[0] === 'sbatch' ? '7' : '', said: '' });
      },
    });
    const job = evaluationJob('aaaaaaaa', { cluster: { loginNode: 'anna@login', program: '/opt/nnunet' } });
    writeJob(root, job);
    await launcher.submit(root, [job]);
    return asked;
  }

  it('that does not have this program is told in one error, and nothing is handed in', async () => {
    await assert.rejects(
      handIn((path) => !path.startsWith('/opt')),
      { code: 'program-missing', where: '/opt/nnunet/dist/runner.js', hint: /--cluster-program/ },
    );
  });

  it('that does not see the results is told in one error', async () => {
    await assert.rejects(
      handIn((path) => path.startsWith('/opt')),
      { code: 'folder-not-shared', where: join(root, '.nnunet', 'jobs'), hint: /--path-map/ },
    );
  });

  it('that has both is given the job', async () => {
    assert.match((await handIn(() => true)).at(-1)!, /^sbatch --parsable .*slurm\.sh$/);
  });
});
