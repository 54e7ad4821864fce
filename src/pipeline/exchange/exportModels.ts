/** Writes trained models of a dataset as one archive that nnU-Net and this program import: nnU-Net's own form, weights and all. */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { requireFreeFile } from '../../dataset/outputPlace';
import { modelFolderName, parseModelFolderName, type Fold } from '../../dataset/results';
import { inspectPth, safetensorsToPth } from '../../engine/checkpoint';
import { writeZip } from '../../engine/zipWriter';
import type { ModelName } from '../../method/bestConfiguration';
import { EngineError } from '../../method/errors';
import { exists } from '../../storage/exists';
import { makeScratch } from '../../storage/scratch';
import { mirrorAxesOf } from '../checkpoints';
import { chooseFolds } from '../chosenFolds';
import { readModel, type FoldCheckpoint, type Model } from '../modelFolder';
import { finishedEpochs } from '../newestForm';
import type { StageContext } from '../progress';
import { exportedFiles, type ExportedModel } from './exportedFiles';
import { requireModelsIn } from './foundModels';

interface ExportModelsOptions extends StageContext {
  /** The dataset's results. */
  results: string;
  models: readonly ModelName[];
  /** undefined: every trained fold of each model. */
  folds?: readonly Fold[];
  checkpoint: 'final' | 'best' | 'latest';
  /** .zip */
  output: string;
  /** Also the masks of the cases that each fold left out. */
  withMasks: boolean;
}

export interface ExportedModels {
  file: string;
  bytes: number;
  models: (ModelName & { folds: Fold[] })[];
  /** Which of them is the best is told with them. */
  isChosen: boolean;
}

/**
 * @throws EngineError `previous-stage-missing`, and as `chooseFolds`; StorageError `output-exists` for a file that is no such
 *   archive, and what writing throws
 */
export async function exportModels(options: ExportModelsOptions): Promise<ExportedModels> {
  const { results, output, withMasks, signal, progress } = options;
  await requireArchivePlace(output);
  const names = await withPreviousStages(results, options);
  const scratch = await makeScratch('export');
  try {
    const models: ExportedModel[] = [];
    for (const name of names) models.push(await exportedModel(join(results, modelFolderName(name)), scratch, options));
    const { files, isChosen } = await exportedFiles(results, models, withMasks);
    const packed = files.map((one) => ({ ...one, compress: !one.name.endsWith('.pth') && !one.name.endsWith('.gz') }));
    const total = files.length;
    let done = 0;
    progress({ stage: 'export', state: 'started', total });
    const begins = (name: string): void => {
      progress({ stage: 'export', state: 'progress', done, total, message: basename(name) });
      done += 1;
    };
    const bytes = await writeZip(output, packed, { signal, begins });
    progress({ stage: 'export', state: 'done', done: total, total });
    return {
      file: output,
      bytes,
      models: models.map(({ folder, folds }) => ({
        ...parseModelFolderName(basename(folder))!,
        folds: folds.map(({ fold }) => fold),
      })),
      isChosen,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** An earlier archive is replaced, and nothing else. @throws StorageError `output-exists`, `is-a-folder` */
export async function requireArchivePlace(output: string): Promise<void> {
  const isSuch = (file: string): Promise<boolean> =>
    requireModelsIn(file).then(
      () => true,
      () => false,
    );
  await requireFreeFile(output, { isSuch });
}

/** The second stage of a cascade predicts nothing without the first. */
async function withPreviousStages(results: string, { models, warn }: ExportModelsOptions): Promise<ModelName[]> {
  const names = [...models];
  for (const name of models) {
    const { previous_stage: previous } = (await readModel(join(results, modelFolderName(name)))).configuration;
    const stage = previous === undefined ? undefined : { ...name, configuration: previous };
    if (!stage || names.some((one) => modelFolderName(one) === modelFolderName(stage))) continue;
    const folder = join(results, modelFolderName(stage));
    if (!(await exists(folder))) {
      throw new EngineError(
        'previous-stage-missing',
        `${name.configuration} needs ${previous}, which is not trained here`,
        {
          where: folder,
          hint: `Train ${previous}, or import it: without its masks ${name.configuration} predicts nothing.`,
        },
      );
    }
    warn('previous-stage-added', `${previous} is exported, too: ${name.configuration} predicts with its masks.`);
    names.push(stage);
  }
  return names;
}

async function exportedModel(
  modelFolder: string,
  scratch: string,
  { folds, checkpoint, warn, signal }: ExportModelsOptions,
): Promise<ExportedModel> {
  const { model, checkpoints } = await chooseFolds({ modelFolder, folds, checkpoint, warn });
  const exported: ExportedModel = { folder: modelFolder, folds: [] };
  for (const one of checkpoints) {
    signal?.throwIfAborted();
    const file = await asPth(model, one, scratch);
    exported.folds.push({ fold: one.fold, checkpoint: file, checkpointName: `checkpoint_${checkpoint}.pth` });
  }
  return exported;
}

/** The .pth beside ours where it is of the same epoch; it is written when a training ends. */
async function asPth(model: Model, { fold, file }: FoldCheckpoint, scratch: string): Promise<string> {
  if (file.endsWith('.pth')) return file;
  const beside = file.replace(/\.safetensors$/, '.pth');
  if ((await exists(beside)) && (await isOfSameEpoch(beside, file))) return beside;
  const target = join(scratch, `${basename(model.folder)}-${fold}.pth`);
  await safetensorsToPth(file, target, {
    plans: model.plans,
    datasetJson: model.datasetJson,
    configuration: model.configurationName,
    fold,
    trainerName: parseModelFolderName(basename(model.folder))!.trainer,
    mirroringAxes: await mirrorAxesOf(model, file),
  });
  return target;
}

async function isOfSameEpoch(pth: string, safetensors: string): Promise<boolean> {
  const epoch = (await inspectPth(pth)).epoch;
  return epoch === ((await finishedEpochs(safetensors)) ?? epoch);
}
