/** Is a model that came from elsewhere whole, of one piece, and harmless? Read as data, before it gets its place among the others. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPostprocessing } from '../../dataset/postprocessingFile';
import { foldPaths, listFolds, modelPaths, parseModelFolderName, type Fold } from '../../dataset/results';
import { inspectPth } from '../../engine/checkpoint';
import { networkOf, requireFit } from '../../engine/checkpointFit';
import { isStateTensor } from '../../engine/optimizerState';
import { SafetensorsFile } from '../../engine/safetensors';
import { EngineError } from '../../method/errors';
import { readPlans } from '../../method/plans';
import { exists } from '../../storage/exists';
import { chooseFolds } from '../chosenFolds';
import { requireModelFolder, type Model } from '../modelFolder';
import type { StageContext } from '../progress';

const kinds = ['final', 'best', 'latest'] as const;
const formats = ['safetensors', 'pth'] as const;

export interface AcceptedModel {
  model: Model;
  folds: Fold[];
}

/**
 * @param folder  of the model, with all of its files
 * @throws EngineError `not-a-model`, `no-folds`, `fold-without-checkpoint`, `checkpoint-mismatch`; what reading plans, labels and
 *   checkpoints throws, and `chooseFolds`
 */
export async function acceptModel(folder: string, warn: StageContext['warn']): Promise<AcceptedModel> {
  requireModelFolder(folder);
  const found = await listFolds(folder);
  if (found.length === 0) {
    throw new EngineError('no-folds', 'The model has no fold that was trained', {
      where: folder,
      hint: 'Export it again with its folds: fold_0, … or fold_all hold the checkpoints.',
    });
  }
  const files = await Promise.all(found.map(({ folder: fold }) => checkpointsIn(fold)));
  const empty = files.findIndex((one) => one.length === 0);
  if (empty >= 0) {
    throw new EngineError('fold-without-checkpoint', `Fold ${found[empty]!.fold} has no checkpoint`, {
      where: found[empty]!.folder,
      hint: 'Export the model again with checkpoint_final.pth of each of its folds, or without this fold.',
    });
  }
  const model = await ofOnePiece(
    folder,
    found.map(({ fold }) => fold),
    files,
    warn,
  );
  const network = networkOf(model.plans, model.datasetJson, model.configurationName);
  for (const { file } of files.flat()) requireFit(network, await shapesIn(file), file);
  return { model, folds: found.map(({ fold }) => fold) };
}

interface FoundCheckpoint {
  kind: (typeof kinds)[number];
  file: string;
}

async function checkpointsIn(foldFolder: string): Promise<FoundCheckpoint[]> {
  const all = kinds.flatMap((kind) =>
    formats.map((format) => ({ kind, file: foldPaths(foldFolder).checkpoint(kind, format) })),
  );
  const there = await Promise.all(all.map(({ file }) => exists(file)));
  return all.filter((_, at) => there[at]);
}

/** Each kind of checkpoint by itself: a fold may have one that another lacks. */
async function ofOnePiece(
  modelFolder: string,
  folds: readonly Fold[],
  files: readonly FoundCheckpoint[][],
  warn: StageContext['warn'],
): Promise<Model> {
  let chosen: Model | undefined;
  for (const checkpoint of kinds) {
    const having = folds.filter((_, at) => files[at]!.some(({ kind }) => kind === checkpoint));
    if (having.length === 0) continue;
    const { model } = await chooseFolds({ modelFolder, folds: having, checkpoint, warn: chosen ? undefined : warn });
    chosen ??= model;
  }
  return chosen!;
}

async function shapesIn(file: string): Promise<ReadonlyMap<string, readonly number[]>> {
  if (file.endsWith('.pth')) return (await inspectPth(file)).shapes;
  const checkpoint = await SafetensorsFile.open(file);
  try {
    const weights = [...checkpoint.tensors].filter(([name]) => !isStateTensor(name));
    return new Map(weights.map(([name, { shape }]) => [name, shape]));
  } finally {
    await checkpoint.close();
  }
}

/** Its folder's name, TRAINER__PLANS__CONFIGURATION, where that got lost: its files tell. @throws EngineError `not-a-model` */
export async function modelNameFrom(folder: string): Promise<string> {
  requireModelFolder(folder);
  const [fold] = await listFolds(folder);
  const pth = fold && (await checkpointsIn(fold.folder)).find(({ file }) => file.endsWith('.pth'));
  if (pth) {
    const { trainerName, configuration } = await inspectPth(pth.file);
    const { plans: file } = modelPaths(folder);
    const name = `${trainerName}__${readPlans(await readFile(file, 'utf8'), file).plans_name}__${configuration}`;
    if (parseModelFolderName(name) && /^[\w.+-]+$/.test(name)) return name;
  }
  throw new EngineError('not-a-model', "The folder's name does not tell trainer, plans and configuration", {
    where: folder,
    hint: 'Name it as nnU-Net does, like nnUNetTrainer__nnUNetPlans__3d_fullres.',
  });
}

/** Of cross-validations and pairs. @throws EvaluationError `postprocessing-invalid`; EngineError `unsafe-pickle` */
export async function acceptPostprocessing(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((one) => basename(one) === 'postprocessing.pkl'))
    await readPostprocessing(join(folder, name));
}

/** Models of one dataset find the same structures in the same channels. @throws EngineError `models-differ` */
export function requireSameDataset(models: readonly Model[]): void {
  const essence = ({ datasetJson, imageChannels, labels }: Model): string =>
    JSON.stringify([
      Object.entries(datasetJson.labels).sort(),
      imageChannels,
      labels.usesRegions && labels.regionsClassOrder,
    ]);
  const [first, ...others] = models;
  const other = others.find((model) => essence(model) !== essence(first!));
  if (!other) return;
  throw new EngineError(
    'models-differ',
    `${first!.configurationName} and ${other.configurationName} have different labels or channels, so they are not of one dataset`,
    { where: other.folder, hint: 'Import them one at a time, each with a --dataset of its own.' },
  );
}
