import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBlosc2 } from '../../src/dataset/blosc2';
import { readNpy, readNpyHeader } from '../../src/dataset/npy';
import { PthFile } from '../../src/engine/pth';
import { readEvents } from '../unit/jobs/readEvents';
import { identityOf, isAlive } from '../../src/storage/processes';
import { runStatus } from '../../src/jobs/jobLog';
import { repositoryRoot } from '../shared';

/** The whole path on synthetic scans with a tiny network, through the command line as a person uses it. */
const cli = join(repositoryRoot, 'dist', 'cli.js');
let root: string;
let raw: string;

function nnunet(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words, '--root', root], {
    encoding: 'utf8',
    cwd: tmpdir(),
  });
  return { status, stdout, stderr, json: () => JSON.parse(stdout) };
}

function done(...words: string[]) {
  const result = nnunet(...words, '--json');
  assert.equal(result.status, 0, result.stderr);
  return result.json();
}

const train = (...more: string[]) => [
  'train',
  '1',
  '-c',
  'tiny',
  '--device',
  'cpu',
  '--iterations-per-epoch',
  '4',
  ...more,
];
const fold = (name: string) =>
  join(root, 'nnUNet_results/Dataset001_Sample/nnUNetTrainer__nnUNetPlans__tiny', `fold_${name}`);
const epochsOf = (folder: string) =>
  readEvents(folder).flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));

/** Waits for what must come, but not for ever. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 600_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `not within ten minutes: ${String(condition)}`);
    await sleep(50);
  }
}

before(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet cli é-'));
  raw = join(root, 'nnUNet_raw', 'Dataset001_Sample');
});
after(() => fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

describe('the command line, from scans to Dice', () => {
  it('writes a sample, checks it and plans it', () => {
    done('sample', raw, '--cases', '6', '--test-cases', '2');
    assert.deepEqual(done('check', '1').findings, []);
    const { file, configurations } = done('plan', '1');
    assert.ok(configurations.includes('3d_fullres'));
    const plans = JSON.parse(fs.readFileSync(file, 'utf8'));
    const { architecture } = plans.configurations['3d_fullres'];
    // A configuration of the person's own, small enough for a test.
    plans.configurations.tiny = {
      inherits_from: '3d_fullres',
      data_identifier: 'nnUNetPlans_tiny',
      patch_size: [16, 16, 16],
      batch_size: 2,
      spacing: [4, 4, 4],
      architecture: {
        ...architecture,
        arch_kwargs: {
          ...architecture.arch_kwargs,
          n_stages: 3,
          features_per_stage: [4, 8, 8],
          kernel_sizes: [
            [3, 3, 3],
            [3, 3, 3],
            [3, 3, 3],
          ],
          strides: [
            [1, 1, 1],
            [2, 2, 2],
            [2, 2, 2],
          ],
          n_conv_per_stage: [1, 1, 1],
          n_conv_per_stage_decoder: [1, 1],
        },
      },
    };
    plans.configurations.tiny_lowres = {
      inherits_from: 'tiny',
      data_identifier: 'nnUNetPlans_tiny_lowres',
      spacing: [6, 6, 6],
      next_stage: 'tiny_cascade',
    };
    plans.configurations.tiny_cascade = { inherits_from: 'tiny', previous_stage: 'tiny_lowres' };
    fs.writeFileSync(file, JSON.stringify(plans, undefined, 4));
  });

  it('trains a fold: preprocesses, trains, validates, and reports it as JSON', () => {
    const result = done(...train('-f', '0', '--epochs', '2', '--seed', '3'));
    assert.equal(result.state, 'done');
    assert.equal(result.folder, fold('0'));
    assert.equal(result.epochs, 2);
    assert.equal(typeof result.meanDice, 'number');
    for (const name of [
      'checkpoint_final.safetensors',
      'checkpoint_final.pth',
      'checkpoint_best.pth',
      'debug.json',
      'progress.png',
      'run.json',
      'validation/summary.json',
    ]) {
      assert.ok(fs.existsSync(join(fold('0'), name)), name);
    }
    assert.deepEqual(epochsOf(fold('0')), [0, 1]);
  });

  it('writes checkpoints that nnU-Net reads', async () => {
    const checkpoint = await PthFile.open(join(fold('0'), 'checkpoint_final.pth'));
    try {
      const value = checkpoint.value as Map<string, unknown>;
      assert.equal(value.get('current_epoch'), 2);
      assert.equal(value.get('trainer_name'), 'nnUNetTrainer');
      assert.deepEqual([...(value.get('inference_allowed_mirroring_axes') as number[])], [0, 1, 2]);
    } finally {
      await checkpoint.close();
    }
  });

  it('gives the same weights for the same seed', () => {
    done(...train('-f', '5', '--epochs', '1', '--seed', '11', '--no-validation', '--threads', '1'));
    const first = fs.readFileSync(join(fold('5'), 'checkpoint_final.pth'));
    done(...train('-f', '5', '--epochs', '1', '--seed', '11', '--no-validation', '--threads', '1'));
    const [kept] = fs.readdirSync(join(fold('5'), 'earlier_runs'));
    assert.deepEqual(
      fs.readFileSync(join(fold('5'), 'earlier_runs', kept!, 'fold_5', 'checkpoint_final.pth')).length,
      first.length,
    );
    const weights = (file: string) => {
      const bytes = fs.readFileSync(file);
      return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
    };
    const again = weights(join(fold('5'), 'checkpoint_final.safetensors'));
    assert.ok(again.equals(weights(join(fold('5'), 'earlier_runs', kept!, 'fold_5', 'checkpoint_final.safetensors'))));
  });

  it('extends a finished training', () => {
    const result = done(...train('-f', '0', '--epochs', '3', '--resume', '--no-validation'));
    assert.equal(result.epochs, 3);
    assert.deepEqual(epochsOf(fold('0')), [0, 1, 2]);
  });

  it('predicts and evaluates', () => {
    const output = join(root, 'masks ü');
    const model = join(fold('0'), '..');
    const { cases } = done(
      'predict',
      '-m',
      model,
      '-i',
      join(raw, 'imagesTs'),
      '-o',
      output,
      '-f',
      '0',
      '--no-mirroring',
    );
    assert.equal(cases.length, 2);
    for (const one of cases) assert.ok(fs.existsSync(one.output) && one.seconds > 0);
    const summaryFile = join(root, 'summary.json');
    const summary = done(
      'evaluate',
      join(raw, 'labelsTs'),
      output,
      '--dataset-json',
      join(raw, 'dataset.json'),
      '--output',
      summaryFile,
    );
    assert.equal(summary.cases, 2);
    assert.ok(fs.existsSync(summaryFile));
  });

  it('trains and predicts both stages of a cascade', async () => {
    const stage = (name: string) => [
      'train',
      '1',
      '-c',
      name,
      '-f',
      'all',
      '--epochs',
      '1',
      '--iterations-per-epoch',
      '2',
    ];
    done(...stage('tiny_lowres'));
    const handedOver = join(
      fold('0'),
      '../../nnUNetTrainer__nnUNetPlans__tiny_lowres/predicted_next_stage/tiny_cascade',
    );
    const labels = await readNpy(join(handedOver, 'sample_001.npy'));
    assert.deepEqual(labels, await readBlosc2(join(handedOver, 'sample_001.b2nd')));
    const data = await readNpyHeader(
      join(root, 'nnUNet_preprocessed/Dataset001_Sample/nnUNetPlans_tiny/sample_001.npy'),
    );
    assert.deepEqual(labels.shape, data.shape.slice(1));
    done(...stage('tiny_cascade'));
    const model = (name: string) => ['predict', '-m', join(fold('0'), `../../nnUNetTrainer__nnUNetPlans__${name}`)];
    const images = ['-i', join(raw, 'imagesTs'), '--no-mirroring'];
    done(...model('tiny_lowres'), ...images, '-o', join(root, 'low'));
    const fine = (...more: string[]) => done(...model('tiny_cascade'), ...images, ...more).cases as unknown[];
    assert.equal(fine('-o', join(root, 'fine'), '--prev-stage-predictions', join(root, 'low')).length, 2);
    // Without them, the first stage is predicted before it.
    assert.equal(fine('-o', join(root, 'whole')).length, 2);
    const masks = (folder: string) => fs.readdirSync(join(root, folder)).filter((name) => name.endsWith('.nii.gz'));
    assert.deepEqual(masks('whole-tiny_lowres'), masks('low'));
    for (const name of masks('fine'))
      assert.ok(fs.readFileSync(join(root, 'whole', name)).equals(fs.readFileSync(join(root, 'fine', name))), name);
  });

  it('stops on Ctrl-C, keeping what was learned', async () => {
    const child = spawn(
      process.execPath,
      [cli, ...train('-f', '1', '--epochs', '100000', '--no-validation'), '--root', root],
      { stdio: 'ignore' },
    );
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await until(() => fs.existsSync(fold('1')) && epochsOf(fold('1')).length >= 2);
    child.kill('SIGINT');
    assert.equal(await ended, 0);
    assert.equal(runStatus(fold('1'))?.state, 'stopped');
    assert.ok(fs.existsSync(join(fold('1'), 'checkpoint_final.pth')));
  });

  it('survives kill -9 in mid-epoch, and resumes', async () => {
    const started = done(...train('-f', '2', '--epochs', '100000', '--no-validation', '--detach'));
    await until(() => epochsOf(fold('2')).length >= 3);
    fs.writeFileSync(join(fold('2'), 'control', 'checkpoint'), '');
    await until(() => fs.existsSync(join(fold('2'), 'checkpoint_latest.safetensors')));
    process.kill(started.pid, 'SIGKILL');
    await until(() => runStatus(fold('2'))?.state === 'interrupted');
    const listed = done('runs').runs.find((run: { fold: string }) => run.fold === '2');
    assert.equal(listed.state, 'interrupted');
    const before = epochsOf(fold('2')).at(-1)!;
    const result = done(...train('-f', '2', '--epochs', String(before + 3), '--resume', '--no-validation'));
    assert.equal(result.state, 'done');
    assert.equal(epochsOf(fold('2')).at(-1), before + 2);
  });

  it('says that the disk is full, and goes on when it is not', async (test) => {
    fs.mkdirSync(fold('4'), { recursive: true });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', fold('4')]);
    if (mounted.status !== 0) return test.skip('only root can mount a small disk');
    try {
      const { pid } = done(...train('-f', '4', '--epochs', '100000', '--no-validation', '--detach'));
      await until(() => epochsOf(fold('4')).length >= 2);
      const filler = join(fold('4'), 'filler');
      const full = fs.openSync(filler, 'w');
      assert.throws(() => {
        for (;;) fs.writeSync(full, Buffer.alloc(4096));
      }, /ENOSPC/);
      fs.closeSync(full);
      await until(() => !isAlive(identityOf(pid)));
      fs.rmSync(filler);
      const shown = runStatus(fold('4'))!;
      assert.ok(['failed', 'interrupted'].includes(shown.state), shown.state);
      const before = epochsOf(fold('4')).at(-1)!;
      const result = done(...train('-f', '4', '--epochs', String(before + 3), '--resume', '--no-validation'));
      assert.equal(result.state, 'done');
    } finally {
      spawnSync('umount', ['--lazy', fold('4')]);
    }
  });

  it('stops a run by its id', async () => {
    done(...train('-f', '3', '--epochs', '100000', '--detach'));
    const { id } = done('runs').runs.find((run: { fold: string }) => run.fold === '3');
    await until(() => epochsOf(fold('3')).length >= 1);
    done('stop', id.slice(0, 4), '--no-validation', '--wait');
    assert.equal(runStatus(fold('3'))?.state, 'stopped');
  });
});

describe('the command line, wrongly used', () => {
  const refused: [words: string[], status: number, said: RegExp][] = [
    [['train', '1', '-c', '3d_fulres', '-f', '0'], 1, /3d_fullres/],
    [['train', '1', '-c', 'tiny', '-f', '-1'], 2, /"-1" is not a fold/],
    [['train', '1', '-c', 'tiny', '-f', 'every'], 2, /not a fold/],
    [['train', '99', '-c', 'tiny', '-f', '0'], 1, /Dataset099 does not exist/],
    [['train', '1', '-c', 'tiny', '-f', '0', '--epochs', '2', '--budget', '2m'], 2, /both given/],
    [['train', '1', '-c', 'tiny', '-f', '0', '--device', 'cuda', '--epochs', '1'], 1, /cuda/],
    [['predict', '-m', 'nowhere', '-i', 'x', '-o', 'y'], 1, /no such model folder/],
    [['predict', '-m', 'x.onnx', '-i', 'x', '-o', 'y', '-f', '0'], 2, /for model folders/],
    [['predict', '-m', 'x', '-i', 'x', '-o', 'y', '--step-size', '0'], 2, /above 0/],
    [['evaluate', 'nowhere', 'x'], 1, /no such folder/],
    [['inspect', 'nothing.nii.gz'], 1, /nothing\.nii\.gz/],
    [['plan'], 2, /DATASET is missing/],
    [['nonsense'], 2, /not a command/],
  ];
  for (const [words, status, said] of refused) {
    it(`says in one line what is wrong with: nnunet ${words.join(' ')}`, () => {
      const result = nnunet(...words);
      assert.equal(result.status, status, result.stderr);
      const errors = result.stderr.split('\n').filter((line) => line.startsWith('error: '));
      assert.equal(errors.length, 1, result.stderr);
      assert.match(errors[0]!, said);
      assert.ok(!/^\s+at /m.test(result.stderr), 'no stack trace');
      assert.equal(result.stdout, '');
    });
  }
});
