import { resolve } from 'node:path';
import { UsageError } from '../../method/errors';
import { predictStage } from '../../pipeline/predict';
import type { Command } from '../command';
import { formatDuration } from '../../runs/duration';
import { parseFolds } from '../folds';
import { stageContext } from '../stageContext';
import { deviceOptions } from './deviceOptions';

export const predictCommand: Command = {
  name: 'predict',
  summary: 'segment new images with a trained model',
  description:
    'Segments every image with the trained folds of a model and writes a label map of the same name and geometry. With several folds their mean decides. Models of nnU-Net itself (checkpoint_final.pth) work as well.\nImages are named as for training, CASE_0000 + ending with one file for each channel; models with one channel also take plain names.',
  arguments: [],
  options: [
    {
      name: 'model',
      alias: 'm',
      kind: 'text',
      value: 'FOLDER',
      required: true,
      description: 'the model: nnUNet_results/DatasetXXX_Name/nnUNetTrainer__PLANS__CONFIG',
    },
    {
      name: 'images',
      alias: 'i',
      kind: 'list',
      value: 'IMAGES',
      required: true,
      description: 'a folder of images, or image files',
    },
    {
      name: 'output',
      alias: 'o',
      kind: 'text',
      value: 'FOLDER',
      required: true,
      description: 'where the label maps go',
    },
    {
      name: 'folds',
      alias: 'f',
      kind: 'list',
      value: 'FOLDS',
      description:
        'folds to use: 0 1 2, or 0,1,2, or all for a model trained on all cases (default: every fold that is trained)',
    },
    {
      name: 'engine',
      kind: 'text',
      choices: ['native', 'onnx'],
      description: 'native: the training engine (default); onnx: comes with a later version',
    },
    {
      name: 'no-mirroring',
      kind: 'flag',
      description: 'do not average over mirrored images: several times faster, a little less accurate',
    },
    {
      name: 'step-size',
      kind: 'number',
      value: 'S',
      min: 0,
      exclusiveMin: true,
      max: 1,
      description: 'distance of neighbouring tiles, in tiles (default 0.5); larger is faster and less accurate',
    },
    {
      name: 'save-probabilities',
      kind: 'flag',
      description: 'also write CASE.npz with the probabilities, for ensembles',
    },
    {
      name: 'checkpoint',
      kind: 'text',
      choices: ['final', 'best', 'latest'],
      description: 'which weights (default final)',
    },
    { name: 'continue', kind: 'flag', description: 'leave out cases that are predicted already' },
    {
      name: 'prev-stage-predictions',
      kind: 'text',
      value: 'FOLDER',
      description: "for a cascade's second stage: predictions of its first stage",
    },
    ...deviceOptions,
    {
      name: 'workers',
      kind: 'integer',
      value: 'N',
      min: 1,
      max: 256,
      description: 'images prepared at a time (default: one for each core)',
    },
  ],
  examples: [
    {
      command:
        'nnunet predict -m nnUNet_results/Dataset004_Hippocampus/nnUNetTrainer__nnUNetPlans__3d_fullres -i scans -o masks',
      explains: 'segments all scans with all trained folds',
    },
    {
      command: 'nnunet predict -m MODEL -i scan.nii.gz -o masks -f 0 --no-mirroring',
      explains: 'one image, one fold, fast',
    },
  ],
  async run(parsed, { output, signal }) {
    if (parsed.text('engine') === 'onnx') {
      throw new UsageError('engine-not-available', 'The engine onnx is not part of this version yet', {
        hint: 'Use --engine native, the default.',
      });
    }
    const folds = parsed.list('folds');
    const startedAt = Date.now();
    const outputFolder = resolve(parsed.requiredText('output'));
    const previous = parsed.text('prev-stage-predictions');
    const result = await predictStage({
      ...stageContext(output, signal),
      modelFolder: parsed.requiredText('model'),
      input: parsed.list('images')!,
      output: outputFolder,
      folds: folds && parseFolds(folds),
      checkpoint: parsed.text('checkpoint'),
      mirroring: !parsed.flag('no-mirroring'),
      stepSize: parsed.number('step-size') ?? 0.5,
      saveProbabilities: parsed.flag('save-probabilities'),
      device: parsed.text('device') ?? 'auto',
      precision: parsed.text('precision') ?? 'auto',
      threads: parsed.number('threads'),
      workers: parsed.number('workers'),
      skipExisting: parsed.flag('continue'),
      previousStageFolder: previous === undefined ? undefined : resolve(previous),
    });
    for (const { error } of result.failed) output.error(error.oneLine);
    if (result.skipped.length > 0) output.line(`${result.skipped.length} cases were predicted before and left out.`);
    if (result.cases.length > 0 || result.failed.length === 0) {
      output.line(
        `Predicted ${result.cases.length} cases in ${formatDuration((Date.now() - startedAt) / 1000)}: ${outputFolder}`,
      );
    }
    output.result({
      cases: result.cases,
      ...(result.failed.length > 0 && {
        failed: result.failed.map(({ case: id, error }) => ({ case: id, code: error.code, message: error.message })),
      }),
      ...(result.skipped.length > 0 && { skipped: result.skipped }),
    });
    return result.failed.length > 0 ? 1 : 0;
  },
};
