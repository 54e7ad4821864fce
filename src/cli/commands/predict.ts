import { resolve } from 'node:path';
import { parseChannels } from '../../dataset/importers/dicomChannels';
import { withFirstStage } from '../../jobs/cascadePrediction';
import { exportedSetAt } from '../../jobs/exportedSetPrediction';
import type { CommonPrediction } from '../../jobs/predictionSteps';
import type { PredictRequest } from '../../jobs/requests';
import type { PredictedFolder } from '../../jobs/results';
import { UsageError } from '../../method/errors';
import { providerChoices, type ProviderChoice } from '../../inference/providers';
import { requireModelFolder } from '../../pipeline/modelFolder';
import { isOnnxFile } from '../../pipeline/prediction/predictModel';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { parseFolds } from '../folds';
import type { ParsedArguments } from '../parsedArguments';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { computeOptions, deviceOptions } from './deviceOptions';
import { predictWithChosen, predictWithSet } from './predictWithChosen';
import { tellPrediction } from './tellPrediction';
import { foldsOption, masksOption, workersOption } from './workOptions';

export const predictCommand: Command = {
  name: 'predict',
  summary: 'segment new images with a trained model, or with the best one of a dataset',
  description:
    'With a DATASET instead of a model it takes what "nnunet find-best" has chosen, whatever that is made of: the mean of folds and of configurations, a cascade, postprocessing. What comes before the masks goes to folders beside the output.\nSegments every image with the trained folds of a model and writes a label map of the same name and geometry. With several folds their mean decides. Models of nnU-Net itself (checkpoint_final.pth) and .onnx files work as well.\nImages are named as for training, CASE_0000 + ending with one file for each channel; models with one channel also take plain names.\nThe second stage of a cascade refines masks of the first: where those are not given and both stages are trained, the first is predicted before it, into a folder beside the output.',
  arguments: [
    { name: 'DATASET', description: 'folder, number or name of a dataset, for its best model', optional: true },
  ],
  options: [
    {
      name: 'model',
      alias: 'm',
      kind: 'list',
      value: 'MODEL',
      description:
        'the model: a folder nnUNet_results/DatasetXXX_Name/nnUNetTrainer__PLANS__CONFIG, or an .onnx file; several .onnx files are averaged; or the folder that export-onnx makes of the best model of a dataset',
    },
    {
      name: 'images',
      alias: 'i',
      kind: 'list',
      value: 'IMAGES',
      required: true,
      description: 'a folder of images, or image files; or a folder of DICOM series',
    },
    masksOption,
    foldsOption(
      'folds to use: 0 1 2, or 0,1,2, or all for a model trained on all cases (default: every fold that is trained)',
    ),
    {
      name: 'engine',
      kind: 'text',
      choices: ['native', 'onnx'],
      description:
        'native: the training engine (default where it is installed); onnx: ONNX Runtime, for which the folds are exported. An .onnx file always runs in ONNX Runtime',
    },
    {
      name: 'provider',
      kind: 'text',
      choices: providerChoices,
      description: 'where ONNX Runtime computes; auto takes a GPU that works, else the processor (default auto)',
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
    {
      name: 'dry-run',
      kind: 'flag',
      description:
        'only say what makes a mask doubtful (channels, spacing, size and intensities unlike those of the training), and about how long it takes',
    },
    {
      name: 'channels',
      kind: 'text',
      value: 'NAME=PATTERN,…',
      description: 'DICOM: which series are which channel, by modality and description; * stands for anything',
    },
    { name: 'dicom-seg', kind: 'flag', description: 'DICOM: also write CASE.dcm, the mask as DICOM SEG of its series' },
    { name: 'continue', kind: 'flag', description: 'leave out cases that are predicted already' },
    {
      name: 'prev-stage-predictions',
      kind: 'text',
      value: 'FOLDER',
      description: "for a cascade's second stage: predictions of its first stage (default: they are made)",
    },
    ...deviceOptions,
    workersOption('images prepared at a time'),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    {
      command: 'nnunet predict -m MODEL -i disc -o masks --dicom-seg',
      explains: 'the series of a disc; the masks go back as DICOM',
    },
    { command: 'nnunet predict 4 -i scans -o masks', explains: 'with the best model of dataset 4' },
    {
      command:
        'nnunet predict -m nnUNet_results/Dataset004_Hippocampus/nnUNetTrainer__nnUNetPlans__3d_fullres -i scans -o masks',
      explains: 'segments all scans with all trained folds',
    },
    {
      command: 'nnunet predict -m MODEL -i scan.nii.gz -o masks -f 0 --no-mirroring',
      explains: 'one image, one fold, fast',
    },
    {
      command: 'nnunet predict -m model.onnx -i scans -o masks',
      explains: 'with an exported model: nothing else of it is needed',
    },
  ],
  async run(parsed, context) {
    const dataset = parsed.positionals[0];
    const given = parsed.list('model');
    if (dataset !== undefined) {
      requireNoModel(parsed, dataset);
      return predictWithChosen(dataset, commonRequest(parsed), parsed, context);
    }
    if (!given) {
      throw new UsageError('missing-option', '--model, -m is missing', {
        hint: 'Name a model, or a dataset whose best model is to predict. See "nnunet predict --help".',
      });
    }
    const set = given.length === 1 ? await exportedSetAt(resolve(given[0]!)) : undefined;
    if (set !== undefined) {
      requireNoPart(parsed, given[0]!);
      return predictWithSet(set, commonRequest(parsed), parsed, context);
    }
    const requests = await withFirstStage(requestFrom(given, parsed));
    const request = requests.at(-1)!;
    const before = requests.slice(0, -1);
    const present = (result: PredictedFolder): number => tellPrediction(request, result, context.output);
    return submitAndFollow({ kind: 'predict', request, before, roots: rootsFor(parsed), parsed, present }, context);
  },
};

function requestFrom(given: string[], parsed: ParsedArguments): PredictRequest {
  const folds = parsed.list('folds');
  const common = commonRequest(parsed);
  const isOnnx = given.some(isOnnxFile);
  const models = (isOnnx ? onnxFiles(given, common.engine, folds) : [oneFolder(given)]).map((path) => resolve(path));
  if (!isOnnx) requireModelFolder(models[0]!);
  return { ...common, models, folds: folds && parseFolds(folds) };
}

function commonRequest(parsed: ParsedArguments): CommonPrediction {
  const previous = parsed.text('prev-stage-predictions');
  const channels = parsed.text('channels');
  return {
    input: parsed.list('images')!.map((path) => resolve(path)),
    output: resolve(parsed.requiredText('output')),
    checkpoint: parsed.text('checkpoint'),
    engine: parsed.text('engine') as PredictRequest['engine'],
    provider: parsed.text('provider') as ProviderChoice | undefined,
    mirroring: !parsed.flag('no-mirroring'),
    stepSize: parsed.number('step-size') ?? 0.5,
    saveProbabilities: parsed.flag('save-probabilities'),
    ...computeOptions(parsed),
    workers: parsed.number('workers'),
    channels: channels === undefined ? undefined : parseChannels(channels),
    dicomSeg: parsed.flag('dicom-seg'),
    skipExisting: parsed.flag('continue'),
    previousStageFolder: previous === undefined ? undefined : resolve(previous),
    isDryRun: parsed.flag('dry-run'),
  };
}

/** @throws UsageError `conflicting-options` */
function requireNoModel(parsed: ParsedArguments, dataset: string): void {
  const other = ['model', 'folds', 'prev-stage-predictions'].find((name) => parsed.has(name));
  if (other === undefined) return;
  throw new UsageError('conflicting-options', `--${other} was given with the dataset ${dataset}`, {
    hint:
      other === 'model'
        ? 'Name either a model or a dataset, whose best model then predicts.'
        : 'The best model of a dataset has its own folds and stages: leave the option out, or name a model with -m.',
  });
}

/** @throws UsageError `option-conflict` */
function requireNoPart(parsed: ParsedArguments, set: string): void {
  const option = ['folds', 'prev-stage-predictions'].find((name) => parsed.has(name));
  if (option === undefined && parsed.text('engine') !== 'native') return;
  throw new UsageError(
    'option-conflict',
    `--${option ?? 'engine native'} is for model folders, and this is an exported set`,
    {
      where: set,
      hint: 'Leave the option out: all of the set predicts. Or name one of its .onnx files.',
    },
  );
}

function oneFolder(models: readonly string[]): string {
  if (models.length === 1) return models[0]!;
  throw new UsageError('several-models', 'Only .onnx files can be given several at a time', {
    where: models.join(', '),
    hint: 'Give one model folder.',
  });
}

function onnxFiles(models: string[], engine: string | undefined, folds: readonly string[] | undefined): string[] {
  const other = models.find((model) => !isOnnxFile(model));
  if (other !== undefined) {
    throw new UsageError('several-models', 'Model folders and .onnx files can not be mixed', {
      where: other,
      hint: 'Give one model folder, or only .onnx files.',
    });
  }
  if (engine === 'native' || folds) {
    const option = folds ? '--folds' : '--engine native';
    throw new UsageError('option-conflict', `${option} is for model folders; an .onnx file is predicted as it is`, {
      hint: folds ? 'Give the .onnx files of the folds you want.' : 'Leave the option out, or give the model folder.',
    });
  }
  return models;
}
