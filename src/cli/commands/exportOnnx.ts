import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { resolveDataset } from '../../dataset/references';
import { counted } from '../../words/counted';
import { EngineError, UsageError } from '../../method/errors';
import type { ModelPrecision } from '../../inference/modelMetadata';
import type { ExportOnnxResult, ExportTarget } from '../../pipeline/prediction/exportOnnx';
import { choiceFile } from '../../pipeline/chosenModel';
import { requireModelFolder } from '../../pipeline/modelFolder';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { parseFolds } from '../folds';
import type { Output } from '../output';
import type { ParsedArguments } from '../parsedArguments';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { foldsOption } from './workOptions';

export const exportOnnxCommand: Command = {
  name: 'export-onnx',
  summary: 'write a trained model as one .onnx file that predicts anywhere',
  description:
    "Writes the trained folds of a model into one .onnx file; with several folds the file gives the mean of their logits. Plans, labels and normalisation are in it, so that the file alone is enough for nnunet predict -m model.onnx. It runs in every ONNX Runtime, without nnU-Net, Python or LibTorch. The best model of a dataset, which may be several networks, becomes a folder with a file for each and nnunet_ensemble.json, which says how they are put together and holds the postprocessing: nnunet predict -m and Predict This Image in VS Code take that. Works with nnU-Net's own checkpoints too.",
  arguments: [
    {
      name: 'MODEL_FOLDER',
      description:
        'the model: nnUNet_results/DatasetXXX_Name/nnUNetTrainer__PLANS__CONFIG; or a dataset, by number or name, for its best model',
    },
  ],
  options: [
    foldsOption('folds to put into the file: 0, or 0,1,2, or all (default: every fold that is trained)'),
    {
      name: 'output',
      alias: 'o',
      kind: 'text',
      value: 'FILE',
      required: true,
      description: 'the file to write, e.g. model.onnx; for the best model of a dataset the folder',
    },
    {
      name: 'precision',
      kind: 'text',
      choices: ['fp32', 'fp16', 'int8'],
      description:
        'fp32: exact; fp16: weights in half precision, half the file, same speed; int8: a third of the file or less, and less memory, but less exact (default fp32)',
    },
    {
      name: 'calibrate',
      kind: 'list',
      value: 'IMAGES',
      description: 'for int8: a folder of images, or image files, like those the model is for; 16 are enough',
    },
    {
      name: 'prev-stage-predictions',
      kind: 'text',
      value: 'FOLDER',
      description: "for int8 of a cascade's second stage: predictions of its first stage for these images",
    },
    {
      name: 'target',
      kind: 'text',
      choices: ['any', 'cpu'],
      description:
        'cpu: for other programs on processors: the same network as 2D layers, twice as fast there, for patches of the planned size only; nnunet predict needs no such file (default any)',
    },
    {
      name: 'checkpoint',
      kind: 'text',
      choices: ['final', 'best', 'latest'],
      description: 'which weights (default final)',
    },
    { name: 'licence', kind: 'text', value: 'TEXT', description: "shown with the model (default: the dataset's)" },
    { name: 'author', kind: 'text', value: 'TEXT', description: 'shown with the model' },
    {
      name: 'description',
      kind: 'text',
      value: 'TEXT',
      description: "what the model is for, in a sentence (default: the dataset's description)",
    },
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    {
      command:
        'nnunet export-onnx nnUNet_results/Dataset004_Hippocampus/nnUNetTrainer__nnUNetPlans__3d_fullres -f 0 -o hippocampus.onnx',
      explains: 'one fold as one file',
    },
    {
      command: 'nnunet export-onnx MODEL_FOLDER -o ensemble.onnx --precision fp16',
      explains: 'all folds in one file of half the size',
    },
    { command: 'nnunet export-onnx 4 -o hippocampus', explains: 'the best model of dataset 4, whatever it is made of' },
    {
      command: 'nnunet export-onnx MODEL_FOLDER -f 0 -o small.onnx --precision int8 --calibrate imagesTr',
      explains: 'a small file, and how much the labels change',
    },
  ],
  async run(parsed, context) {
    const folds = parsed.list('folds');
    const file = parsed.requiredText('output');
    const [reference = ''] = parsed.positionals;
    const best = existsSync(resolve(reference)) ? undefined : await bestOf(reference, parsed);
    if (best === undefined && !file.toLowerCase().endsWith('.onnx')) {
      throw new UsageError('not-onnx', 'The file to write must end with .onnx', {
        where: file,
        hint: 'Give for example -o model.onnx.',
      });
    }
    const modelFolder = best ?? resolve(reference);
    if (best === undefined) requireModelFolder(modelFolder);
    const previous = parsed.text('prev-stage-predictions');
    const request = {
      modelFolder,
      folds: folds && parseFolds(folds),
      checkpoint: parsed.text('checkpoint'),
      output: resolve(file),
      precision: parsed.text('precision') as ModelPrecision | undefined,
      calibrate: parsed.list('calibrate')?.map((path) => resolve(path)),
      previousStageFolder: previous === undefined ? undefined : resolve(previous),
      target: parsed.text('target') as ExportTarget | undefined,
      licence: parsed.text('licence'),
      author: parsed.text('author'),
      description: parsed.text('description'),
    };
    const present = (result: ExportOnnxResult): void => tell(result, context.output);
    return submitAndFollow({ kind: 'export-onnx', request, roots: rootsFor(parsed), parsed, present }, context);
  },
};

/** @returns what stands for the best model of a dataset; undefined for what names none. @throws EngineError as `chosenModel` */
async function bestOf(reference: string, parsed: ParsedArguments): Promise<string | undefined> {
  const isDataset = /^\d{1,3}$/.test(reference) || parseDatasetName(reference) !== undefined;
  if (!isDataset) return undefined;
  const option = ['folds', 'prev-stage-predictions'].find((name) => parsed.has(name));
  if (option !== undefined) {
    throw new UsageError('conflicting-options', `--${option} was given with the dataset ${reference}`, {
      hint: 'The best model of a dataset has its own folds and stages: leave the option out, or name a model folder.',
    });
  }
  const dataset = await resolveDataset(reference, rootsFor(parsed));
  const file = choiceFile(dataset.results);
  if (existsSync(file)) return file;
  throw new EngineError('not-chosen', `No model of ${dataset.folderName} was chosen as the best`, {
    where: dataset.results,
    hint: `Choose with "nnunet find-best ${dataset.id}", or name a model folder.`,
  });
}

function tell(result: ExportOnnxResult, output: Output): void {
  const size = (result.bytes / 1e6).toFixed(result.bytes < 1e7 ? 1 : 0);
  output.line(`Exported ${result.configuration}, fold ${result.folds.join(', ')} (${size} MB): ${result.file}`);
  if (result.measuredDice) {
    const { agreement, cases } = result.measuredDice;
    output.line(
      `Dice against the exact model's labels, on patches of ${counted(cases, 'image')}: ${agreement.toFixed(4)}`,
    );
  }
  output.result(result);
}
