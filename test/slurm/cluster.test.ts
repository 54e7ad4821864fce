import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { describeSlurm, SlurmCluster } from './cluster';

describeSlurm('The cluster of the tests', () => {
  it('runs two at once that do not see each other, and leaves no process and no file', async () => {
    const clusters = await Promise.all([SlurmCluster.start(), SlurmCluster.start()]);
    const [one, other] = clusters as [SlurmCluster, SlurmCluster];
    try {
      assert.match(one.run('sbatch', '--wrap=sleep 300'), /Submitted batch job 1$/);
      assert.match(other.run('squeue', '--noheader', '--states=all'), /^$/);
      assert.equal(other.run('sinfo', '--noheader', '--format=%R %D'), 'main 2\nshort 1');
    } finally {
      await Promise.all(clusters.map((cluster) => cluster.stop()));
    }
    for (const { folder } of clusters) {
      assert.ok(!existsSync(folder));
      // Everything that belongs to a cluster names its folder in its words or its environment.
      assert.deepEqual(processesThatName(folder), []);
    }
  });
});

function processesThatName(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => ['cmdline', 'environ'].map((name) => join('/proc', pid, name)))
    .filter((file) => {
      try {
        return readFileSync(file, 'latin1').includes(folder);
      } catch {
        // It ended meanwhile, or is another person's.
        return false;
      }
    });
}
