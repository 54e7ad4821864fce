/** Stage "validate" of a fold that is trained already: predicts what its validation has not left, masks or probabilities, from the images. */
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listPreprocessedCases, preprocessedPaths } from '../../dataset/preprocessed';
import { fileNamesIn, rawPaths, readRawDataset, type RawCase } from '../../dataset/rawDataset';
import { requireRaw, type DatasetReference } from '../../dataset/references';
import { foldPaths, listFolds, modelFolderName, modelPaths } from '../../dataset/results';
import type { ModelName } from '../../method/bestConfiguration';
import { EngineError } from '../../method/errors';
import { readSummary, type Summary } from '../../method/evaluation';
import { exists } from '../../storage/exists';
import { evaluateModel } from '../evaluateModel';
import { readModel, type Model } from '../modelFolder';
import { splitOf } from '../splits';
import { predictStage, type PredictOptions } from './predict';

interface RevalidateOptions extends Pick<
  PredictOptions,
  | 'engine'
  | 'provider'
  | 'device'
  | 'precision'
  | 'threads'
  | 'workers'
  | 'logFile'
  | 'progress'
  | 'warn'
  | 'signal'
  | 'note'
> {
  dataset: DatasetReference;
  model: ModelName;
  fold: number;
  saveProbabilities: boolean;
}

interface Revalidated {
  folder: string;
  /** Those that were predicted. */
  cases: string[];
  summary: Summary;
}

/** Masks that are there stay as they are. @throws EngineError `no-such-case`, `previous-stage-missing`; what prediction throws */
export async function revalidateStage(options: RevalidateOptions): Promise<Revalidated> {
  const { dataset, fold, saveProbabilities } = options;
  requireRaw(dataset);
  const model = await readModel(join(dataset.results, modelFolderName(options.model)));
  const folder = foldPaths(modelPaths(model.folder).fold(fold)).validation;
  const { cases: rawCases } = await readRawDataset(dataset.raw);
  const names = new Set(await fileNamesIn(folder));
  const ending = model.datasetJson.file_ending;
  const needed = [ending, ...(saveProbabilities ? ['.npz', '.pkl'] : [])];
  const ids = await validationCases(dataset, model, fold, rawCases, names);
  const missing = ids.filter((id) => !needed.every((one) => names.has(`${id}${one}`)));
  if (missing.length > 0) {
    const scratch = await mkdtemp(join(dataset.results, '.validating-'));
    try {
      const output = join(scratch, 'masks');
      const previousStageFolder = await previousStageMasks(options, model, missing, join(scratch, 'previous'));
      const { failed } = await predictStage({
        ...options,
        modelFolder: model.folder,
        folds: [fold],
        input: missing.flatMap((id) => imagesOf(id, rawCases, dataset)),
        output,
        mirroring: true,
        stepSize: 0.5,
        skipExisting: false,
        previousStageFolder,
      });
      if (failed[0]) throw failed[0].error;
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(output)) {
        if (missing.some((id) => needed.some((one) => name === `${id}${one}`)) && !names.has(name))
          await rename(join(output, name), join(folder, name));
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  const isMeasured = names.has('summary.json') && ids.every((id) => names.has(`${id}${ending}`));
  const summary = isMeasured ? await readSummaryIn(folder) : await measure(folder, model, options);
  return { folder, cases: missing, summary };
}

/** Those that were validated before, else those that the split leaves out. */
async function validationCases(
  dataset: DatasetReference,
  { datasetJson, configuration }: Model,
  fold: number,
  rawCases: readonly RawCase[],
  names: ReadonlySet<string>,
): Promise<string[]> {
  const ending = datasetJson.file_ending;
  const masks = [...names].filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  if (masks.length > 0 && names.has('summary.json')) return masks.sort();
  const { data } = preprocessedPaths(dataset.preprocessed);
  const preprocessed = await listPreprocessedCases(data(configuration.data_identifier));
  const all = preprocessed.length > 0 ? preprocessed : rawCases.map(({ id }) => id);
  return [...new Set((await splitOf(dataset, fold, all)).val)];
}

function imagesOf(id: string, cases: readonly RawCase[], { raw }: DatasetReference): string[] {
  const found = cases.find((one) => one.id === id);
  if (found) return found.images;
  throw new EngineError('no-such-case', `The validation case ${id} is not among the training images`, {
    where: rawPaths(raw).images,
    hint: 'Put its images back, or choose folds of which all cases are there.',
  });
}

/** A cascade's second stage refines what the first one's folds predicted of the cases that they had left out. */
async function previousStageMasks(
  { dataset, model: name }: RevalidateOptions,
  model: Model,
  ids: readonly string[],
  target: string,
): Promise<string | undefined> {
  const { previous_stage: previous } = model.configuration;
  if (!previous) return undefined;
  const first = join(dataset.results, modelFolderName({ ...name, configuration: previous }));
  const folds = await listFolds(first);
  const ending = model.datasetJson.file_ending;
  await mkdir(target, { recursive: true });
  for (const id of ids) {
    const places = folds.map(({ folder }) => join(foldPaths(folder).validation, `${id}${ending}`));
    const found = await firstThatExists(places);
    if (found === undefined) {
      throw new EngineError('previous-stage-missing', `${previous} has no prediction of the validation case ${id}`, {
        where: first,
        hint: `Train and validate all folds of ${previous} first.`,
      });
    }
    await copyFile(found, join(target, `${id}${ending}`));
  }
  return target;
}

async function firstThatExists(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) if (await exists(file)) return file;
  return undefined;
}

async function readSummaryIn(folder: string): Promise<Summary> {
  const file = join(folder, 'summary.json');
  return readSummary(await readFile(file, 'utf8'), file);
}

async function measure(folder: string, model: Model, options: RevalidateOptions): Promise<Summary> {
  const { groundTruth } = preprocessedPaths(options.dataset.preprocessed);
  const reference = (await exists(groundTruth)) ? groundTruth : rawPaths(options.dataset.raw).labels;
  return evaluateModel(folder, reference, model, options);
}
