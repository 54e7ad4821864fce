import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { clusterCommands, requireAnswer } from '../../../../src/jobs/slurm/commands';

describe("The cluster's commands", { skip: process.platform === 'win32' && 'shell scripts stand in for ssh' }, () => {
  let folder: string;
  const path = process.env.PATH;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nnunet-commands-'));
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });

  function program(name: string, lines: string): void {
    writeFileSync(join(folder, name), `#!/bin/bash\n${lines}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  it('reach a login node word by word, through a shell of its own', async () => {
    // As the other side's shell does it.
    program('ssh', `printf '%s\\n' "$@" >${folder}/words; exec bash -c "\${@: -1}"`);
    const { code, printed } = await clusterCommands('anna@login')(['printf', '<%s>', "it's", '$HOME', 'a  b', '']);
    assert.deepEqual([code, printed], [0, "<it's><$HOME><a  b><>"]);
    const words = readFileSync(join(folder, 'words'), 'utf8').split('\n');
    assert.ok(words.includes('BatchMode=yes') && words.some((word) => word.startsWith('ConnectTimeout=')));
    assert.equal(words.indexOf('anna@login'), words.length - 3);
  });

  it('say that ssh wants a password, with its words, and do not wait for one', async () => {
    program(
      'ssh',
      `if { read -r answer </dev/tty; } 2>/dev/null; then exit 0; fi; read -r answer && exit 0; [ -z "$SSH_ASKPASS" ] || exit 0; echo 'anna@login: Permission denied (publickey,password).' >&2; exit 255`,
    );
    process.env.SSH_ASKPASS = '/bin/true';
    try {
      await assert.rejects(
        clusterCommands('anna@login')(['sbatch', 'x']),
        (error: { code?: string; message: string; hint: string }) => {
          assert.equal(error.code, 'login-failed');
          assert.match(
            error.message,
            /anna@login can't be entered: anna@login: Permission denied \(publickey,password\)\./,
          );
          assert.match(error.hint, /ssh-copy-id anna@login/);
          return true;
        },
      );
    } finally {
      delete process.env.SSH_ASKPASS;
    }
  });

  it('say which is missing: Slurm here, Slurm there, ssh', async () => {
    process.env.PATH = folder;
    await assert.rejects(clusterCommands()(['sbatch', 'x']), { code: 'slurm-missing' });
    await assert.rejects(clusterCommands('login')(['sbatch', 'x']), { code: 'ssh-missing' });
    program('ssh', `echo 'bash: line 1: sbatch: command not found' >&2; exit 127`);
    await assert.rejects(clusterCommands('login')(['sbatch', 'x']), {
      code: 'slurm-missing',
      message: /on login: bash: line 1/,
    });
  });

  it("show the scheduler's own words where it refuses", async () => {
    program(
      'sbatch',
      `echo 'sbatch: error: invalid partition specified: gpuu' >&2; echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1`,
    );
    await assert.rejects(requireAnswer(clusterCommands(), ['sbatch', 'x']), {
      code: 'cluster-refused',
      message: /invalid partition specified: gpuu\n.*Invalid partition name specified$/,
    });
  });
});
