// What the benchmark measures: one entry a row, with how we do it and how nnU-Net does it. Each gives {seconds, peakBytes?}.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as data from './data.mjs';
import { NotMeasured, lastJson, median, run } from './measure.mjs';
import { predictionSections } from './prediction.mjs';
import { program } from './program.mjs';

const { oursEnv, peerEnv, repository, scratch } = data;

/** @param options {threads, workers, steps, peer: folder of the Python environment, precision} */
export function sections(options) {
  const { threads, workers } = options;

  const core = join(repository, 'dist/native/nnunet-core');
  const ours = (args, more) =>
    run(process.execPath, [join(repository, 'dist/cli.js'), ...args], { env: oursEnv, ...more });

  /** As with the peer: `seconds` as the command says itself, without the start of Node, and `command` with it. */
  async function oursWithin(args, more) {
    const result = await ours([...args, '--json'], more);
    return { seconds: lastJson(result.stdout).seconds, command: result.seconds, peakBytes: result.peakBytes };
  }

  async function peer(command, job, more) {
    const file = data.writeJson(join(scratch, `peer-${command}.json`), job);
    const python = join(options.peer, 'bin/python');
    const result = await run(python, [join(import.meta.dirname, 'peer.py'), command, file], { env: peerEnv, ...more });
    const printed = lastJson(result.stdout);
    return {
      ...printed,
      seconds: printed.medianSeconds ?? printed.seconds,
      command: result.seconds,
      peakBytes: result.peakBytes,
    };
  }

  /** Plans are ours, so that both sides do the same work; the peer makes its own while ours cannot be made. */
  async function plans(who, { id, name }, spacing) {
    const files = ['nnUNetPlans.json', 'dataset_fingerprint.json', 'dataset.json'];
    const [own, other] = [oursEnv, peerEnv].map((env) => join(env.nnUNet_preprocessed, name));
    const planned = (folder) => existsSync(join(folder, files[0]));
    if (!planned(own)) {
      try {
        await ours(['plan', String(id)]);
        if (spacing) data.setSpacing(join(own, files[0]), '3d_fullres', spacing);
      } catch (error) {
        if (who === 'ours') throw error;
        if (!planned(other)) {
          await peer('plan', { dataset: id, workers });
          if (spacing) data.setSpacing(join(other, files[0]), '3d_fullres', spacing);
        }
      }
    }
    if (planned(own)) {
      mkdirSync(other, { recursive: true });
      for (const file of files) if (existsSync(join(own, file))) data.copy(join(own, file), join(other, file));
    }
    return join(who === 'ours' ? own : other, files[0]);
  }

  function stepSection(name, title, network, patchSize, batchSize, target) {
    const job = {
      command: 'bench',
      network,
      patchSize,
      batchSize,
      batchDice: false,
      precision: options.precision,
      threads,
      steps: options.steps,
      warmup: 2,
    };
    return {
      name,
      title: `training step, ${title}`,
      target,
      included: `forward, loss, backward, clipping, SGD; median of ${options.steps} steps; the peer in fp32, as nnU-Net trains on a CPU`,
      async ours() {
        const file = data.writeJson(join(scratch, `${name}.json`), job);
        const result = lastJson((await run(core, ['bench', file])).stdout);
        return { ...result, seconds: result.medianSeconds };
      },
      peer: () => peer('step', job),
    };
  }

  const hippocampusPreprocess = {
    name: 'preprocess',
    title: `preprocessing of 156 hippocampus cases, ${workers} workers`,
    target: 1 / 8,
    included:
      'reading, cropping, normalising, resampling, class locations, writing; both without the start of Node or Python and its imports',
    async ours() {
      const dataset = data.hippocampus();
      await plans('ours', dataset);
      data.fresh(join(oursEnv.nnUNet_preprocessed, dataset.name, 'nnUNetPlans_3d_fullres'));
      return oursWithin(['preprocess', '4', '-c', '3d_fullres', '--workers', String(workers)], { memory: true });
    },
    async peer() {
      const dataset = data.hippocampus();
      await plans('peer', dataset);
      data.fresh(join(peerEnv.nnUNet_preprocessed, dataset.name, 'nnUNetPlans_3d_fullres'));
      return peer('preprocess', { dataset: dataset.id, configuration: '3d_fullres', workers }, { memory: true });
    },
  };

  /** Both sides train on what they preprocessed themselves. */
  async function preprocessed(env, preprocess) {
    const folder = join(env.nnUNet_preprocessed, 'Dataset004_Hippocampus', 'nnUNetPlans_3d_fullres');
    if (!existsSync(folder) || readdirSync(folder).length < 156) await preprocess();
  }

  function epochSection(device) {
    const [epochs, iterations] = device === 'cpu' ? [3, 10] : [4, 250];
    return {
      name: device === 'cpu' ? 'epoch' : `epoch-${device}`,
      title: `whole epoch on ${device}, hippocampus 3d_fullres, ${iterations} + ${iterations / 5} iterations`,
      target: device === 'cpu' ? 0.4 : 0.8,
      included: 'loading, augmentation, training and validation steps; the first epoch left out',
      async ours() {
        if (device !== 'cpu' && !(await hasDevice(device))) throw new NotMeasured(`no ${device} device here`);
        await preprocessed(oursEnv, hippocampusPreprocess.ours);
        data.fresh(join(oursEnv.nnUNet_results, 'Dataset004_Hippocampus'));
        const { stdout } = await ours(
          // prettier-ignore
          ['train', '4', '-c', '3d_fullres', '-f', '0', '--epochs', String(epochs), '--iterations-per-epoch', String(iterations),
            '--device', device, '--precision', options.precision, '--no-validation', '--json'],
        );
        const { folder } = lastJson(stdout);
        const seconds = lastJson((await run(process.execPath, [await program('epochSeconds'), folder])).stdout);
        return { seconds: median(seconds.slice(1)), all: seconds };
      },
      async peer() {
        if (device !== 'cpu' && !(await hasDevice(device))) throw new NotMeasured(`no ${device} device here`);
        await preprocessed(peerEnv, hippocampusPreprocess.peer);
        return peer('epoch', {
          dataset: 'Dataset004_Hippocampus',
          configuration: '3d_fullres',
          fold: 0,
          device,
          epochs,
          iterationsPerEpoch: iterations,
          validationIterationsPerEpoch: iterations / 5,
        });
      },
    };
  }

  async function hasDevice(device) {
    const { stdout } = await run(core, ['info']);
    return lastJson(stdout).devices.some((one) => String(one).startsWith(device));
  }

  /** @param initialPatchSize  what nnU-Net crops before it rotates by up to 30 degrees and scales by 0.7 to 1.4 */
  function augmentationSection(name, patchSize, initialPatchSize) {
    const job = {
      dims: 3,
      patchSize,
      initialPatchSize,
      targetShapes: [1, 2, 4].map((stride) => patchSize.map((edge) => edge / stride)),
      channels: 1,
      rotationDegrees: 30,
      dummy2d: false,
      mirrorAxes: [0, 1, 2],
      samples: patchSize[0] > 100 ? 40 : 200,
      warmup: 5,
      seed: 1,
    };
    return {
      name,
      title: `augmentation of one 3D sample of ${patchSize.join('x')}, one thread`,
      target: 1 / 5,
      included: `all transforms of nnU-Net 2.8 with their probabilities; mean of ${job.samples} samples`,
      async ours() {
        await run('bash', [join(repository, 'tools/build-core.sh'), 'augmentation-bench']);
        const file = data.writeJson(join(scratch, `${name}.json`), job);
        return mean(await run(join(repository, 'build/core/augmentation-bench'), [file]));
      },
      async peer() {
        const file = data.writeJson(join(scratch, `${name}.json`), job);
        const script = join(import.meta.dirname, 'augmentation.py');
        return mean(await run(join(options.peer, 'bin/python'), [script, file], { env: peerEnv }));
      },
    };
    function mean({ stdout }) {
      const { meanSeconds, transforms } = lastJson(stdout);
      return { seconds: meanSeconds, transforms };
    }
  }

  function volumeJob() {
    const dataset = data.brain();
    return { ...dataset, configuration: '3d_fullres', spacing: [0.8, 0.8, 0.8] };
  }

  return [
    stepSection('step-hippocampus', '3D 40x56x40 batch 9', plainUnet(3, [32, 64, 128, 256], 3), [40, 56, 40], 9, 0.4),
    stepSection('step-64', '3D 64x64x64 batch 2', plainUnet(3, [32, 64, 128, 256, 320], 3), [64, 64, 64], 2, 0.4),
    stepSection(
      'step-2d',
      '2D 256x256 batch 12',
      plainUnet(2, [32, 64, 128, 256, 512, 512, 512], 3),
      [256, 256],
      12,
      undefined,
    ),
    epochSection('cpu'),
    epochSection('cuda'),
    augmentationSection('augmentation', [40, 56, 40], [73, 80, 64]),
    augmentationSection('augmentation-128', [128, 128, 128], [205, 205, 205]),
    hippocampusPreprocess,
    {
      name: 'volume',
      title: 'preprocessing of one 256x256x256 brain to 0.8 mm',
      target: 1 / 10,
      memoryTarget: 1 / 2,
      included: 'as above, one worker; ours is the whole command, the peer without Python start, imports and pool',
      async ours() {
        const job = volumeJob();
        await plans('ours', job, job.spacing);
        data.fresh(join(oursEnv.nnUNet_preprocessed, job.name, 'nnUNetPlans_3d_fullres'));
        return ours(['preprocess', String(job.id), '-c', job.configuration, '--workers', '1'], { memory: true });
      },
      async peer() {
        const job = volumeJob();
        const { configuration, image, label, raw } = job;
        const output = join(data.fresh(join(scratch, 'volume')), 'brain');
        const datasetJson = join(raw, 'dataset.json');
        const plansFile = await plans('peer', job, job.spacing);
        return peer(
          'volume',
          { plans: plansFile, configuration, images: [image], label, datasetJson, output },
          { memory: true },
        );
      },
    },
    {
      name: 'evaluation',
      title: `evaluation of 156 hippocampus predictions, ${workers} workers`,
      target: 1 / 5,
      included: 'reading both files, counts, summary.json; ours is the whole command, the peer without Python start',
      async ours() {
        const { raw } = data.hippocampus();
        // prettier-ignore
        return ours(['evaluate', join(raw, 'labelsTr'), data.hippocampusPredictions(),
          '--dataset-json', join(raw, 'dataset.json'), '--output', join(scratch, 'summary-ours.json'), '--workers', String(workers)]);
      },
      async peer() {
        const reference = join(data.hippocampus().raw, 'labelsTr');
        const prediction = data.hippocampusPredictions();
        return peer('evaluate', {
          reference,
          prediction,
          output: join(scratch, 'summary-peer.json'),
          labels: [1, 2],
          workers,
        });
      },
    },
    {
      name: 'export',
      title: 'export of logits, 7 classes, 205 to 256 voxels a side',
      target: 1 / 5,
      included: 'resampling to the image grid, labels, writing .nii.gz; reading the logits left out',
      async ours() {
        const outfile = await program('export');
        const job = data.writeJson(join(scratch, 'export-ours.json'), await exportJob('ours'));
        const result = await run(process.execPath, [outfile, job], { memory: true });
        return { ...lastJson(result.stdout), peakBytes: result.peakBytes };
      },
      peer: async () => peer('export', await exportJob('peer'), { memory: true }),
    },
    ...predictionSections(options, { ours, plans }),
  ];

  async function exportJob(who) {
    const dataset = data.brain();
    const logits = join(scratch, 'logits.npy');
    if (!existsSync(logits)) data.writeLogits(logits, 7, 205, 10);
    const planned = await plans(who, dataset, [0.8, 0.8, 0.8]);
    const plansFile = join(scratch, 'export-plans.json');
    data.copy(planned, plansFile);
    data.setSpacing(plansFile, '3d_fullres', [256 / 205, 256 / 205, 256 / 205]);
    const output = join(scratch, `exported-${who}`);
    const datasetJson = join(dataset.raw, 'dataset.json');
    return {
      plans: plansFile,
      configuration: '3d_fullres',
      image: dataset.image,
      logits,
      datasetJson,
      output,
      threads,
    };
  }
}

/** nnU-Net's plain U-Net with two convolutions a stage, as its planner writes it. */
function plainUnet(dims, features, classes) {
  const stages = features.length;
  const cube = (edge) => Array.from({ length: dims }, () => edge);
  return {
    className: 'dynamic_network_architectures.architectures.unet.PlainConvUNet',
    archKwargs: {
      n_stages: stages,
      features_per_stage: features,
      conv_op: `torch.nn.modules.conv.Conv${dims}d`,
      kernel_sizes: features.map(() => cube(3)),
      strides: features.map((_, stage) => cube(stage === 0 ? 1 : 2)),
      n_conv_per_stage: features.map(() => 2),
      n_conv_per_stage_decoder: Array.from({ length: stages - 1 }, () => 2),
      conv_bias: true,
      norm_op: `torch.nn.modules.instancenorm.InstanceNorm${dims}d`,
      norm_op_kwargs: { eps: 1e-5, affine: true },
      dropout_op: null,
      dropout_op_kwargs: null,
      nonlin: 'torch.nn.LeakyReLU',
      nonlin_kwargs: { inplace: true },
    },
    inputChannels: 1,
    outputChannels: classes,
  };
}
