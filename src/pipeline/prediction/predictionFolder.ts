/** A folder of predictions: which cases are still to be done, and what nnU-Net leaves there besides label maps. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { channelExpectation, type ChannelExpectation } from '../../dataset/channelFiles';
import { requireFolderForMasks } from '../../dataset/outputPlace';
import { OutputFolder, type OutputTarget } from '../../dataset/ownedOutputs';
import { predictionCallName } from '../../dataset/predictionRecord';
import { modelPaths } from '../../dataset/results';
import { writeFileAtomic } from '../../storage/atomicFile';
import { exists } from '../../storage/exists';
import type { ReaderName } from '../../images/types';
import { EngineError, type NnunetError } from '../../method/errors';
import { stringifyJson } from '../../method/jsonWriter';
import type { Model } from '../modelFolder';
import type { StageContext } from '../progress';
import type { Doubt } from './plausibility/examine';
import type { PredictionCost } from './predictionCost';
import { inputCases, type InputCase } from './predictionInput';
import type { WrittenPrediction } from './predictCases';

export interface FailedPrediction {
  case: string;
  error: NnunetError;
}

export interface PredictResult {
  cases: WrittenPrediction[];
  /** Cases whose images can't be used; the others are predicted all the same. */
  failed: FailedPrediction[];
  skipped: string[];
  /** What makes masks doubtful that are predicted all the same. */
  doubts?: Doubt[];
  cost?: PredictionCost;
}

export interface FolderOptions {
  /** Only says what speaks against it and what it costs; nothing is predicted. */
  isDryRun?: boolean;
  /** A folder of images, or image files. */
  input: readonly string[];
  output: string;
  saveProbabilities: boolean;
  workers?: number;
  /** Leave out cases that have an output already. */
  skipExisting: boolean;
  /** Of a step towards other masks: where those go. With `skipExisting`, what is there needs no step. */
  towards?: string;
  /** Cascade: folder of the previous stage's label maps, CASE + ending. */
  previousStageFolder?: string;
}

/** What a prediction is about to read and write; nothing is on disk yet. */
export interface OpenedFolder {
  cases: InputCase[];
  /** Cases whose images can't be used. */
  failed: FailedPrediction[];
  skipped: string[];
  outputs: OutputFolder;
}

export interface ModelFiles {
  /** What images are called in the model's dataset, and its masks. */
  fileEnding: string;
  /** What masks are called where the model does not say it. */
  maskEnding?: string;
  reader: ReaderName;
  channels: ChannelExpectation;
  /** What is read of the model itself. */
  files: readonly string[];
  /** Texts that are copied beside the masks. */
  texts?: Model['texts'];
}

/** @param weights  the files that the network's weights are read from */
export function modelFiles(model: Model, weights: readonly string[]): ModelFiles {
  const { plans, datasetJson } = modelPaths(model.folder);
  return {
    fileEnding: model.datasetJson.file_ending,
    reader: model.plans.image_reader_writer as ReaderName,
    channels: channelExpectation(model.datasetJson),
    files: [...weights, plans, datasetJson],
    texts: model.texts,
  };
}

/** @throws ImageError as `inputCases`; StorageError as `OutputFolder.requireReplaceable` and `requireFolderForMasks` */
export async function openCases(
  model: ModelFiles,
  options: FolderOptions & Pick<StageContext, 'warn'>,
): Promise<OpenedFolder> {
  const { input, output, previousStageFolder, saveProbabilities, towards } = options;
  const ending = model.maskEnding ?? model.fileEnding;
  await requirePreviousStage(previousStageFolder);
  const folders = [...input, ...(previousStageFolder === undefined ? [] : [previousStageFolder])];
  await requireFolderForMasks(output, folders);
  const found = await inputCases(input, model, options.warn);
  const outputs = await OutputFolder.open(output);
  const opened: OpenedFolder = { cases: [], failed: [], skipped: [], outputs };
  const targets: OutputTarget[] = [];
  for (const entry of found) {
    const names = [ending, ...(saveProbabilities ? ['.npz', '.pkl'] : [])].map((one) => `${entry.id}${one}`);
    // The spacing of TIFF stacks.
    const sideFiles = model.reader === 'Tiff3DIO' ? [`${entry.id}.json`] : [];
    const isDone = async (): Promise<boolean> => {
      if (towards !== undefined && (await exists(join(towards, `${entry.id}${ending}`)))) return true;
      for (const name of names) if (!(await outputs.holdsOutput(name))) return false;
      return true;
    };
    if (options.skipExisting && (await isDone())) opened.skipped.push(entry.id);
    else if (entry.error) opened.failed.push({ case: entry.id, error: entry.error });
    else {
      opened.cases.push(entry);
      targets.push(...[...names, ...sideFiles].map((name) => ({ name })));
    }
  }
  const { texts } = model;
  if (texts)
    targets.push({ name: 'plans.json', content: texts.plans }, { name: 'dataset.json', content: texts.datasetJson });
  const masks =
    previousStageFolder === undefined ? [] : found.map(({ id }) => join(previousStageFolder, `${id}${ending}`));
  await outputs.requireReplaceable(targets, [...found.flatMap(({ images }) => images), ...masks, ...model.files]);
  return opened;
}

/** @throws EngineError `previous-stage-missing` */
async function requirePreviousStage(folder: string | undefined): Promise<void> {
  if (folder === undefined || (await stat(folder).catch(() => undefined))?.isDirectory()) return;
  throw new EngineError('previous-stage-missing', 'There is no such folder', {
    where: folder,
    hint: "Give the folder with the first stage's masks of these images.",
  });
}

/** @throws EngineError `previous-stage-missing` */
export function requireCascadeInput(
  { configuration, configurationName }: Model,
  previousStage: string | undefined,
): void {
  if (!configuration.previous_stage || previousStage) return;
  throw new EngineError(
    'previous-stage-missing',
    `${configurationName} refines the predictions of ${configuration.previous_stage}, which are not given`,
    {
      hint: `Predict with ${configuration.previous_stage} first and give its output folder with --prev-stage-predictions.`,
    },
  );
}

/** Writes cases to a folder of predictions, and with the first one what describes them. */
export class PredictionWriter {
  private isDescribed = false;

  constructor(
    private readonly outputs: OutputFolder,
    private readonly texts: Model['texts'] | undefined,
    private readonly options: FolderOptions,
  ) {}

  /** @param write  writes a case's files into the folder it gets, and returns the mask's name there. @returns the mask */
  async write(write: (folder: string) => Promise<string>): Promise<string> {
    const file = await this.outputs.write(async (scratch) => {
      const written = await write(scratch);
      if (this.texts && !this.isDescribed) await writeDescription(scratch, this.texts, this.outputs, this.options);
      this.isDescribed = true;
      return written;
    });
    return this.outputs.path(file);
  }
}

/** What nnU-Net leaves in a prediction folder besides predictions; evaluation and ensembling read it. */
async function writeDescription(
  folder: string,
  texts: Model['texts'],
  outputs: OutputFolder,
  options: FolderOptions,
): Promise<void> {
  const input = options.input.length === 1 ? options.input[0]! : options.input;
  const call = {
    list_of_lists_or_source_folder: input,
    output_folder_or_list_of_truncated_output_files: options.output,
    save_probabilities: options.saveProbabilities,
    overwrite: !options.skipExisting,
    num_processes_preprocessing: options.workers ?? 1,
    num_processes_segmentation_export: 1,
    folder_with_segs_from_prev_stage: options.previousStageFolder ?? null,
    num_parts: 1,
    part_id: 0,
  };
  const files = {
    [predictionCallName]: stringifyJson(call, { sortKeys: true }),
    'dataset.json': texts.datasetJson,
    'plans.json': texts.plans,
  };
  for (const [name, text] of Object.entries(files)) {
    if (!(await outputs.holds(name, text))) await writeFileAtomic(join(folder, name), text);
  }
}
