import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AnyJob } from '../../../../src/jobs/job';
import { batchesOf } from '../../../../src/jobs/slurm/batches';
import { batchScript } from '../../../../src/jobs/slurm/script';
import type { ClusterSettings } from '../../../../src/jobs/slurm/settings';
import { someRequests } from '../someRequests';
import { evaluationJob, trainingJob } from './jobs';

const program = { node: '/usr/bin/node', runner: '/opt/nnunet/dist/runner.js' };

function scriptOf(jobs: AnyJob[], settings: ClusterSettings = {}, resultsRoot = '/data/res'): string {
  return batchScript({ jobs, resultsRoot, folder: `${resultsRoot}/.nnunet/jobs/${jobs[0]!.id}`, settings, program });
}

describe('The script for the cluster', () => {
  it('says what it does, what it asks for and how it is handed in by hand', () => {
    const settings: ClusterSettings = {
      partition: 'gpu',
      account: 'lab',
      gpus: 'a100:1',
      cores: 8,
      memory: '32G',
      time: '1-00:00:00',
      saveSeconds: 120,
      modules: ['cuda/13'],
      lines: ['ulimit -n 4096', '#SBATCH --mail-type=END'],
    };
    assert.equal(
      scriptOf([trainingJob('aaaaaaaa', 0)], settings),
      `#!/bin/bash -l
# Job aaaaaaaa: Train Heart 2d, fold 0
# Written by nnU-Net for VS Code. By hand: sbatch /data/res/.nnunet/jobs/aaaaaaaa/slurm.sh
#SBATCH --job-name="Train Heart 2d, fold 0"
#SBATCH --comment="nnunet:aaaaaaaa"
#SBATCH --nodes=1 --ntasks=1
#SBATCH --partition=gpu
#SBATCH --account=lab
#SBATCH --gres=gpu:a100:1
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
#SBATCH --time=1-00:00:00
#SBATCH --output=/dev/null
#SBATCH --requeue --signal=B:USR1@120
#SBATCH --mail-type=END

root=/data/res
id=aaaaaaaa
exec >>"$root/.nnunet/jobs/$id/slurm.txt" 2>&1
ulimit -n 4096
module load cuda/13
export OMP_NUM_THREADS=8
# In place of this shell: the signal that comes before the time is up has to reach it.
exec /usr/bin/node --enable-source-maps /opt/nnunet/dist/runner.js "$root" "$id"
`,
    );
  });

  it('asks for a GPU only where the work computes on a device', () => {
    assert.doesNotMatch(scriptOf([evaluationJob('aaaaaaaa')], { gpus: '1' }), /--gres/);
    assert.doesNotMatch(
      scriptOf([trainingJob('aaaaaaaa', 0, { resources: { device: 'cpu' } })], { gpus: '1' }),
      /--gres/,
    );
    assert.match(scriptOf([trainingJob('aaaaaaaa', 0)], { gpus: '1' }), /^#SBATCH --gres=gpu:1$/m);
  });

  it('asks for a GPU for a prediction, too, though that takes no turn of its own', () => {
    const job = (device: string): AnyJob =>
      ({
        ...evaluationJob('aaaaaaaa'),
        ...{ kind: 'predict', request: { ...someRequests.predict, device } },
      }) as AnyJob;
    assert.match(scriptOf([job('auto')], { gpus: '1' }), /^#SBATCH --gres=gpu:1$/m);
    assert.doesNotMatch(scriptOf([job('cpu')], { gpus: '1' }), /--gres/);
  });

  it('asks for the memory that was estimated, and some more, where none is set', () => {
    const job = trainingJob('aaaaaaaa', 0, { resources: { device: 'cpu', memoryBytes: 4 * 2 ** 30 } });
    assert.match(scriptOf([job]), /^#SBATCH --mem=7168M$/m);
    assert.match(scriptOf([job], { memory: '3G' }), /^#SBATCH --mem=3G$/m);
  });

  it('lets no title begin a line or end its word', () => {
    const text = scriptOf([
      trainingJob('aaaaaaaa', 0, { title: 'Train "x" \\ $(touch y)\n#SBATCH --uid=0\n`touch z`' }),
    ]);
    assert.match(text, /^#SBATCH --job-name="Train \\"x\\" \\\\ \$\(touch y\) #SBATCH --uid=0 `touch z`"$/m);
    assert.equal(text.match(/^#SBATCH --uid/m), null);
  });

  it('refuses a folder with a line break', () => {
    assert.throws(() => scriptOf([trainingJob('aaaaaaaa', 0)], {}, '/data/a\nrm -rf x'), { code: 'path-unusable' });
  });
});

describe('What a script runs', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'nnunet-script-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The arguments that the runner gets from a script that a shell runs, and the environment's path map. */
  function ran(
    jobs: AnyJob[],
    settings: ClusterSettings,
    name: string,
    task?: number,
  ): { words: string[]; map?: string } {
    const resultsRoot = join(folder, name);
    for (const { id } of jobs) mkdirSync(join(resultsRoot, '.nnunet', 'jobs', id), { recursive: true });
    const runner = join(folder, "it's the runner.js");
    const out = join(folder, 'out.json');
    writeFileSync(
      runner,
      `require('fs').writeFileSync(${JSON.stringify(out)}, JSON.stringify({ words: process.argv.slice(2), map: process.env.NNUNET_PATH_MAP })); console.log('said');`,
    );
    const file = join(folder, 'script.sh');
    writeFileSync(
      file,
      batchScript({ jobs, resultsRoot, folder, settings, program: { node: process.execPath, runner } }),
    );
    chmodSync(file, 0o700);
    execFileSync('bash', [file], {
      env: { ...process.env, SLURM_ARRAY_TASK_ID: task === undefined ? '' : String(task) },
    });
    const ranAs = JSON.parse(readFileSync(out, 'utf8')) as { words: string[]; map?: string };
    assert.equal(readFileSync(join(resultsRoot, '.nnunet', 'jobs', ranAs.words[1]!, 'slurm.txt'), 'utf8'), 'said\n');
    return ranAs;
  }

  it('is the runner with the folder and the job, whatever signs the folder has in its name', () => {
    for (const name of ['plain', 'O\'Brien $(x) `y` "z" %a \\ é #1', '-dash', '$root']) {
      const { words } = ran([trainingJob('aaaaaaaa', 0)], {}, name);
      assert.deepEqual(words, [join(folder, name), 'aaaaaaaa']);
    }
  });

  it('is the job at its place in an array', () => {
    const jobs = [trainingJob('aaaaaaaa', 0), trainingJob('bbbbbbbb', 1)];
    assert.deepEqual(ran(jobs, {}, 'plain', 1).words, [join(folder, 'plain'), 'bbbbbbbb']);
  });

  it('tells which folders are called otherwise', () => {
    const pathMap = [{ here: "/Volumes/it's", there: '/nfs' }];
    assert.deepEqual(JSON.parse(ran([trainingJob('aaaaaaaa', 0)], { pathMap }, 'mapped').map!), pathMap);
  });
});

describe('What is handed in together', () => {
  const ids = (jobs: AnyJob[]): string[][] =>
    batchesOf(jobs, (job) => job.cluster ?? {}).map((batch) => batch.jobs.map(({ id }) => id));

  it('are the folds of one training, and nothing that differs in more', () => {
    const folds = [0, 1, 2].map((fold) => trainingJob(`aaaaaaa${fold}`, fold));
    const other = trainingJob('bbbbbbbb', 3, { cluster: { partition: 'long' } });
    assert.deepEqual(ids([...folds, other, evaluationJob('cccccccc'), evaluationJob('dddddddd')]), [
      ['aaaaaaa0', 'aaaaaaa1', 'aaaaaaa2'],
      ['bbbbbbbb'],
      ['cccccccc'],
      ['dddddddd'],
    ]);
  });

  it('comes after what it waits for, wherever that stands', () => {
    const first = trainingJob('aaaaaaaa', 0);
    const second = trainingJob('bbbbbbbb', 1, { after: [{ id: 'aaaaaaaa', is: 'done' }] });
    const third = evaluationJob('cccccccc', {
      after: [
        { id: 'bbbbbbbb', is: 'done' },
        { id: '99999999', is: 'ended' },
      ],
    });
    assert.deepEqual(ids([third, second, first]), [['aaaaaaaa'], ['bbbbbbbb'], ['cccccccc']]);
  });

  it('is everything once, even where two wait for each other', () => {
    const one = evaluationJob('aaaaaaaa', { after: [{ id: 'bbbbbbbb', is: 'done' }] });
    const other = evaluationJob('bbbbbbbb', { after: [{ id: 'aaaaaaaa', is: 'done' }] });
    assert.deepEqual(ids([one, other]).flat().sort(), ['aaaaaaaa', 'bbbbbbbb']);
  });
});
