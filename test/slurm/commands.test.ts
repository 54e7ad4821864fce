/** Commands of the command line on a real Slurm: followed to their end as on this machine, taken off the cluster's list by Ctrl-C. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { advance } from '../../src/jobs/advance';
import { readHandle } from '../../src/jobs/launchFile';
import type { PreprocessedDataset } from '../../src/jobs/results';
import { slurmLauncher } from '../../src/jobs/slurm/launcher';
import { readWaiting } from '../../src/jobs/waiting';
import type { RunEvent } from '../../src/protocol/events';
import { repositoryRoot } from '../shared';
import { describeSlurm, SlurmCluster } from './cluster';

const cli = join(repositoryRoot, 'dist', 'cli.js');

describeSlurm('Commands that hand their work to a cluster', () => {
  let cluster: SlurmCluster;
  let root: string;
  let results: string;

  before(async () => {
    cluster = await SlurmCluster.start();
    Object.assign(process.env, cluster.environment);
    root = mkdtempSync(join(tmpdir(), 'nnunet-cluster-commands-'));
    results = join(root, 'nnUNet_results');
    execFileSync(process.execPath, [cli, 'sample', join(root, 'nnUNet_raw', 'Dataset001_Sample'), '--cases', '2']);
  });
  after(async () => {
    await cluster.stop();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  });

  const preprocess = ['preprocess', '1', '-c', '2d', '--launcher', 'slurm', '--time', '00:10:00'];

  /** @param onEvent  of each line that is said */
  async function nnunet(words: readonly string[], onEvent: (event: RunEvent, interrupt: () => void) => void) {
    const child = spawn(process.execPath, [cli, ...words, '--root', root, '--json']);
    let printed = '';
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) onEvent(JSON.parse(line) as RunEvent, () => child.kill('SIGINT'));
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, printed };
  }

  it('are followed to their end: what the job says there is said here, and its result printed', async () => {
    const stages: string[] = [];
    const { code, printed } = await nnunet(preprocess, (event) => {
      if (event.type === 'stage' && event.state === 'done') stages.push(event.stage);
    });
    assert.equal(code, 0, cluster.logs);
    assert.equal((JSON.parse(printed) as PreprocessedDataset).cases, 2);
    assert.deepEqual(stages.slice(-1), ['preprocess']);
    const [id] = readdirSync(join(results, '.nnunet', 'jobs'));
    assert.equal(readHandle(results, id!)?.launcher, 'slurm');
    assert.ok(existsSync(join(results, '.nnunet', 'jobs', id!, 'result.json')));
    // Whoever looks next takes it off the list.
    await advance(results, { launchers: { slurm: slurmLauncher({ freshSeconds: 0 }) } });
    assert.deepEqual(readWaiting(results), []);
  });

  it('leave the cluster where they are interrupted before they begin', async () => {
    // Nobody may use these machines just now.
    cluster.run('scontrol', 'update', 'PartitionName=main', 'State=DOWN');
    try {
      let isInterrupted = false;
      const { code } = await nnunet(preprocess, (event, interrupt) => {
        // Once: that it stops is a note as well, and a second time ends the command at once.
        if (event.type === 'note' && !isInterrupted) interrupt();
        isInterrupted = true;
      });
      assert.equal(code, 130);
      assert.deepEqual(readWaiting(results), []);
      assert.equal(cluster.run('squeue', '--noheader').trim(), '');
    } finally {
      cluster.run('scontrol', 'update', 'PartitionName=main', 'State=UP');
    }
  });
});
