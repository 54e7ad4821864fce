import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '../../../src/storage/atomicFile';
import { sweepTemporaryFiles, temporaryPath } from '../../../src/storage/temporaryFiles';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nnunet-temporary-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that has ended. */
const deadPid = spawnSync(process.execPath, ['-e', '']).pid;

/** The name that another process, of this or another host, would have used for `file`. */
function nameOf(file: string, pid: number, host?: string): string {
  const [, mark, , ...rest] = basename(temporaryPath(file)).split('-');
  return `.tmp-${host ?? mark}-${pid}-${rest.join('-')}`;
}

describe('temporary files', () => {
  it('lie beside their file, hidden, under names that are never the same nor too long', () => {
    const file = join(folder, `${'ä'.repeat(120)}.nii.gz`);
    const names = [temporaryPath(file), temporaryPath(file)];
    assert.notEqual(names[0], names[1]);
    for (const name of names) {
      assert.equal(dirname(name), folder);
      assert.match(basename(name), /^\.tmp-[0-9a-f]{8}-\d+-[0-9a-f]+-ä{20}$/);
    }
  });

  it('are swept where the process that wrote them was killed, and only there', () => {
    const file = join(folder, 'checkpoint_latest.safetensors');
    const dead = nameOf(file, deadPid);
    const kept = [
      nameOf(file, process.pid),
      nameOf(file, deadPid, '00000000'),
      `.tmp-${deadPid}-0-checkpoint_latest.safetensors`,
      '.tmp-notes',
      'plans.json',
    ];
    for (const name of [dead, ...kept]) writeFileSync(join(folder, name), '');
    sweepTemporaryFiles(folder);
    assert.deepEqual(readdirSync(folder).sort(), kept.toSorted());
    // A folder that nobody else writes into: an earlier version did not say on which host it ran.
    sweepTemporaryFiles(folder, { isOurs: true });
    assert.deepEqual(readdirSync(folder).sort(), kept.filter((name) => !name.startsWith(`.tmp-${deadPid}-0`)).sort());
  });

  it(
    'are swept when their process is dead, but still in the table of processes',
    { skip: process.platform !== 'linux' },
    async () => {
      // The child ends when another program, which does not ask for its end, has taken the shell's place.
      const parent = spawn('/bin/sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const zombie = Number(line.toString());
      while (!/\) Z /.test(readFileSync(`/proc/${zombie}/stat`, 'utf8'))) await sleep(5);
      writeFileSync(join(folder, nameOf(join(folder, 'a.json'), zombie)), '');
      sweepTemporaryFiles(folder);
      parent.kill();
      assert.deepEqual(readdirSync(folder), []);
    },
  );

  it('are swept by whoever writes into the folder next', async () => {
    writeFileSync(join(folder, nameOf(join(folder, 'a.json'), deadPid)), '');
    await writeFileAtomic(join(folder, 'b.json'), '');
    assert.deepEqual(readdirSync(folder), ['b.json']);
  });

  it('are nothing to worry about in a folder that is not there', () => {
    sweepTemporaryFiles(join(folder, 'none'));
  });
});
