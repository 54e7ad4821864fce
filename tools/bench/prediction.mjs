// What the benchmark measures of prediction: the whole command, from image files to label maps, by ONNX Runtime and by the
// native engine, beside nnUNetv2_predict_from_modelfolder with the same weights. Mirroring on, as nnU-Net does by default.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as data from './data.mjs';
import { NotMeasured, lastJson, run } from './measure.mjs';
import { program } from './program.mjs';

const { oursEnv, scratch } = data;
/** Apart from the trainings that other rows measure. */
const results = join(scratch, 'prediction-models');

/** @param helpers {ours(args, more), plans(who, dataset, spacing)} of sections.mjs */
export function predictionSections({ peer: environment, threads }, { ours, plans }) {
  const hippocampusJob = {
    name: 'hippocampus',
    title: '8 hippocampus cases, 3d_fullres (patch 40x56x40)',
    dataset: data.hippocampus,
    fold: '0',
    cases: 8,
  };
  const volumeJob = {
    name: 'volume',
    title: 'one CT of 122x102x112 voxels, patch 64x64x64',
    dataset: data.pulmonary,
    fold: 'all',
    cases: 1,
    patch: [64, 64, 64],
  };
  const wholePredictions = [hippocampusJob, volumeJob].flatMap((job) => [
    section(job, 'onnx', 'ONNX Runtime, fp32', 0.6, async () => ['-m', await onnxModel(job)]),
    section(job, 'native', 'the native engine, auto precision', 0.4, async () => [
      '-m',
      await model(job),
      '--engine',
      'native',
    ]),
  ]);
  return [...wholePredictions, patchSection()];

  function patchSection() {
    return {
      name: 'onnx-patch',
      title: 'one patch of 64x64x64 through ONNX Runtime',
      included: 'the network alone, as the prediction opens it',
      async ours() {
        const args = [await program('patch'), await onnxModel(volumeJob), String(threads)];
        return lastJson((await run(process.execPath, args)).stdout);
      },
      peer: () => Promise.reject(new NotMeasured('it has no such command')),
    };
  }

  function section(job, engine, title, target, modelOptions) {
    return {
      name: `predict-${engine}-${job.name}`,
      title: `prediction by ${title}: ${job.title}`,
      target,
      memoryTarget: 1 / 2,
      included: 'whole commands: start, loading, preprocessing, all tiles with mirroring, export, writing',
      async ours() {
        const options = [
          ...(await modelOptions()),
          '-i',
          images(job),
          '-o',
          data.fresh(join(scratch, `masks-${engine}`)),
        ];
        return ours(['predict', ...options, '--threads', String(threads)], { memory: true });
      },
      async peer() {
        const output = data.fresh(join(scratch, 'masks-peer'));
        mkdirSync(output, { recursive: true });
        const command = join(environment, 'bin/nnUNetv2_predict_from_modelfolder');
        // prettier-ignore
        const options = ['-i', images(job), '-o', output, '-m', await model(job), '-f', job.fold,
          '-device', 'cpu', '-npp', '1', '-nps', '1', '--disable_progress_bar'];
        return run(command, options, { env: { ...data.peerEnv, nnUNet_compile: 'f' }, memory: true });
      },
    };
  }

  /** A network after one training step: what it says does not matter here, only how long it takes. */
  async function model({ dataset, fold, patch }) {
    const { id, name } = dataset();
    const folder = join(results, name, 'nnUNetTrainer__nnUNetPlans__3d_fullres');
    if (existsSync(join(folder, `fold_${fold}`, 'checkpoint_final.pth'))) return folder;
    const plansFile = await plans('ours', { id, name });
    if (patch) data.setPatch(plansFile, '3d_fullres', patch);
    // prettier-ignore
    await ours(['train', String(id), '-c', '3d_fullres', '-f', fold, '--epochs', '1', '--iterations-per-epoch', '1',
      '--device', 'cpu', '--no-validation'], { env: { ...oursEnv, nnUNet_results: results } });
    return folder;
  }

  async function onnxModel(job) {
    const file = join(results, `${job.name}.onnx`);
    if (!existsSync(file)) await ours(['export-onnx', await model(job), '-f', job.fold, '-o', file]);
    return file;
  }

  function images({ name, dataset, cases }) {
    const folder = join(scratch, `images-${name}`);
    if (existsSync(folder)) return folder;
    mkdirSync(folder, { recursive: true });
    const source = join(dataset().raw, 'imagesTr');
    const files = readdirSync(source).sort().slice(0, cases);
    for (const file of files) data.copy(join(source, file), join(folder, file));
    return folder;
  }
}
