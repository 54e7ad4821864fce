/** A folder of predictions: which cases are still to be done, and what nnU-Net leaves there besides label maps. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../../dataset/preprocessed';
import { writeFileAtomic } from '../../images/atomicFile';
import { EngineError, type NnunetError } from '../../method/errors';
import { stringifyJson } from '../../method/json';
import type { Model } from '../modelFolder';
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
}

export interface FolderOptions {
  /** A folder of images, or image files. */
  input: readonly string[];
  output: string;
  saveProbabilities: boolean;
  workers?: number;
  /** Leave out cases that have an output already. */
  skipExisting: boolean;
  /** Cascade: folder of the previous stage's label maps, CASE + ending. */
  previousStageFolder?: string;
}

/** @param fileEnding  of images and label maps */
export async function openCases(
  fileEnding: string,
  channels: number,
  options: FolderOptions,
): Promise<{ cases: InputCase[]; skipped: string[] }> {
  const all = await inputCases(options.input, fileEnding, channels);
  const skipped: string[] = [];
  const cases: InputCase[] = [];
  for (const entry of all) {
    if (await isDone(entry.id, fileEnding, options)) skipped.push(entry.id);
    else cases.push(entry);
  }
  return { cases, skipped };
}

async function isDone(id: string, fileEnding: string, options: FolderOptions): Promise<boolean> {
  if (!options.skipExisting) return false;
  const output = join(options.output, id);
  if (!(await exists(`${output}${fileEnding}`))) return false;
  return !options.saveProbabilities || exists(`${output}.npz`);
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

/** What nnU-Net leaves in a prediction folder besides predictions; evaluation and ensembling read it. */
export async function writeDescription(model: Model, options: FolderOptions): Promise<void> {
  await mkdir(options.output, { recursive: true });
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
  await writeFileAtomic(
    join(options.output, 'predict_from_raw_data_args.json'),
    stringifyJson(call, { sortKeys: true }),
  );
  await writeFileAtomic(join(options.output, 'dataset.json'), model.texts.datasetJson);
  await writeFileAtomic(join(options.output, 'plans.json'), model.texts.plans);
}
