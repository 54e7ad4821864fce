import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../../src/cli/commands';
import { parseArguments } from '../../../src/cli/parse';
import { again } from '../../../src/jobs/again';
import { commandLine, commandWords } from '../../../src/jobs/commandLine';
import type { AnyJob, JobKind } from '../../../src/jobs/job';
import { newJob } from '../../../src/jobs/jobFolder';
import { shortTitle } from '../../../src/jobs/shortTitle';
import { someDataset as dataset, someRequests as requests, someRoots as roots } from './someRequests';

const kinds = Object.keys(requests) as JobKind[];
const jobOf = (kind: JobKind, more: object = {}): AnyJob =>
  newJob({ kind, title: kind, request: requests[kind], roots, ...more }) as AnyJob;

describe('the command that asks for a job', () => {
  it('is one that the command line takes, of every kind', () => {
    for (const kind of kinds) {
      const [program, name, ...words] = commandWords(jobOf(kind));
      assert.equal(program, 'nnunet');
      const command = commands.find((one) => one.name === name);
      assert.ok(command, name);
      assert.doesNotThrow(() => parseArguments(command, words), `${name} ${words.join(' ')}`);
    }
  });

  it('asks for the same', () => {
    const [, , ...words] = commandWords(jobOf('train'));
    const parsed = parseArguments(
      commands.find(({ name }) => name === 'train')!,
      words,
    );
    assert.deepEqual(parsed.positionals, [dataset]);
    assert.deepEqual(parsed.list('fold'), ['all']);
    assert.deepEqual([parsed.text('device'), parsed.number('batch-size'), parsed.flag('resume')], ['cuda:1', 2, true]);
    assert.equal(parsed.flag('no-validation'), true);
  });

  it('can be pasted into a shell: what a shell would take apart stands in quotes, and says where the roots are', () => {
    assert.equal(
      commandLine(jobOf('import')),
      `nnunet import '/data/Anna'\\''s scans' --id 5 --name Liver --root '/data/my scans'`,
    );
    const elsewhere = { ...jobOf('check'), roots: { ...roots, raw: '/raw' } };
    assert.match(commandLine(elsewhere), /^nnUNet_raw=\/raw nnUNet_preprocessed='\/data.* nnunet check Dataset004/);
  });

  it('goes to the cluster where the job does', () => {
    const cluster = {
      partition: 'gpu',
      gpus: 'a100:1',
      pathMap: [{ here: '/here', there: '/there' }],
      modules: ['cuda'],
    };
    const text = commandWords(jobOf('train', { launcher: 'slurm', cluster })).join(' ');
    assert.match(text, /--launcher slurm .*--partition gpu --gpus a100:1 --modules cuda --path-map \/here=\/there/);
  });
});

describe('the short title of a job', () => {
  it('says what is done, and apart from that with what', () => {
    const titles = kinds.map((kind) => {
      const { what, about } = shortTitle({ kind, title: '', job: jobOf(kind) });
      return `${what} | ${about}`;
    });
    assert.deepEqual(titles, [
      'Create sample | s',
      'Import | Liver',
      'Check | Hippocampus',
      'Fix | Hippocampus',
      'Plan resenc-l | Hippocampus',
      'Preprocess 2d | Hippocampus',
      'Train 3d_fullres, all cases | Hippocampus',
      'Look at images with 3d_fullres | Hippocampus',
      'Evaluate 2d | Hippocampus',
      'Validate 2d, fold 3 | Hippocampus',
      'Find best model | Hippocampus',
      'Average 2 predictions | both',
      'Postprocess | masks',
      'Find postprocessing | masks',
      'Report | Hippocampus',
      'Export 2d, 3d_fullres | Hippocampus',
      'Import model | Hippocampus',
      'Make card | Hippocampus',
      'Measure volumes | masks',
      'Export 3d_fullres | Hippocampus',
    ]);
  });

  it('of models that are files names them, and what they are used on', () => {
    const request = { ...requests.predict, models: ['/m/hippocampus.onnx'], isDryRun: false };
    const job = newJob({ kind: 'predict', title: '', request, roots }) as AnyJob;
    assert.deepEqual(shortTitle({ kind: 'predict', title: '', job }), {
      what: 'Predict with hippocampus.onnx',
      about: '2 images',
    });
  });
});

describe('a job that is asked for again', () => {
  const folder = '/somewhere';

  it('is the same on the same cluster; a training goes on, without the weights that it began with', () => {
    const cluster = { partition: 'gpu' };
    const evaluated = again({
      title: 'E',
      folder,
      state: 'failed',
      job: jobOf('evaluate', { launcher: 'slurm', cluster }),
    });
    assert.deepEqual([evaluated.request, evaluated.cluster], [requests.evaluate, cluster]);
    const trained = again({ title: 'T', folder, state: 'stopped', job: jobOf('train') });
    assert.equal(trained.kind === 'train' && trained.request.options.resume, true);
  });

  it('is none that runs, ended well, or is not known any more', () => {
    const refused = (state: 'running' | 'finished' | 'failed', job?: AnyJob) => () =>
      again({ title: 'T', folder, state, job });
    assert.throws(refused('running', jobOf('check')), { code: 'job-not-failed' });
    assert.throws(refused('finished', jobOf('check')), { code: 'job-not-failed' });
    assert.throws(refused('failed'), { code: 'job-unknown' });
  });
});
