/** Stage "plan": turns the fingerprint into plans, and keeps plans that are there unless they are asked for anew. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { preprocessedPaths } from '../dataset/preprocessed';
import { rawPaths } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { listCheckpoints, listModels } from '../dataset/results';
import { copyFileAtomic, writeFileAtomic } from '../storage/atomicFile';
import { DatasetError, NnunetError, PlansError } from '../method/errors';
import { fingerprintToJson } from '../method/fingerprint';
import { parseJson } from '../method/jsonReader';
import { plannerPresets, type PlannerName } from '../method/planner/presets';
import { planExperiment } from '../method/planner/planExperiment';
import { readPlans, type Plans } from '../method/plans';
import { plansToJson } from '../method/plansText';
import { validateSplits } from '../method/splitsFile';
import { requireSlices } from '../method/slices';
import { activeHolder } from '../dataset/foldLock';
import { exists } from '../storage/exists';
import { fingerprintStage, readerOf, type MeasuredDataset } from './measureDataset';
import { requireCompleteCases } from './completeCases';
import type { StageContext } from './progress';
import { digest, readState, writeState } from './stageState';

interface PlanOptions extends StageContext {
  planner?: PlannerName;
  gpuMemoryGb?: number;
  workers?: number;
}

export const defaultPlansName = plannerPresets.default.plansName;

/** Plans anew (and measures the dataset where that is needed). Configurations that a person added to the file are kept. */
export async function planDataset(dataset: DatasetReference, options: PlanOptions): Promise<Plans> {
  const raw = await requireCompleteCases(dataset, options.warn);
  return writePlans(dataset, await fingerprintStage(dataset, raw, options), options);
}

/**
 * The plans of this name: read where they are there, made where they are missing and a planner has this name.
 * Where the raw data has changed since, plans that this program made and nobody edited are made anew.
 * @param measured  undefined where the raw data is not there
 * @param context  keepPlans: a network that goes on learning needs the plans it has
 */
export async function ensurePlans(
  dataset: DatasetReference,
  plansName: string,
  measured: MeasuredDataset | undefined,
  context: StageContext & { workers?: number; keepPlans?: boolean },
): Promise<Plans> {
  const file = preprocessedPaths(dataset.preprocessed).plans(plansName);
  const planner = plannerOf(plansName);
  if (await exists(file)) {
    const text = await readFile(file, 'utf8');
    const plans = readPlans(text, file);
    if (!measured) return plans;
    const state = await readState<PlanState>(dataset.preprocessed, plansName);
    const isStale = state !== undefined && state.basis !== basisOf(measured);
    const kept = isStale && !context.keepPlans ? await reasonToKeep(dataset, plansName, text, state) : undefined;
    if (isStale && planner && kept === undefined && !context.keepPlans) {
      return writePlans(dataset, measured, { ...context, planner, gpuMemoryGb: state.gpuMemoryGb });
    }
    if (kept !== undefined)
      context.warn('plans-kept', `The dataset has changed since ${basename(file)} was made. ${kept}`);
    await copyDatasetJson(dataset);
    return plans;
  }
  if (!planner) {
    throw new PlansError('plans-missing', `There are no plans "${plansName}"`, {
      where: file,
      hint: `Make them with "nnunet plan", or choose one of ${Object.values(plannerPresets)
        .map((preset) => preset.plansName)
        .join(', ')}.`,
    });
  }
  return measured
    ? writePlans(dataset, measured, { ...context, planner })
    : planDataset(dataset, { ...context, planner });
}

export function plannerOf(plansName: string): PlannerName | undefined {
  return (Object.keys(plannerPresets) as PlannerName[]).find((name) => plannerPresets[name].plansName === plansName);
}

interface PlanState {
  /** Digest of what was planned from. */
  basis: string;
  /** Digest of the file as it was written. */
  plans: string;
  gpuMemoryGb?: number;
}

function basisOf({ raw: { datasetJson }, fingerprint }: MeasuredDataset): string {
  const { channel_names, labels, numTraining, file_ending, overwrite_image_reader_writer } = datasetJson;
  const declared = { channel_names, labels, numTraining, file_ending, overwrite_image_reader_writer };
  return digest([fingerprintToJson(fingerprint), declared]);
}

/** Why plans that no longer fit the dataset are not simply made anew; undefined where they may be. */
async function reasonToKeep(
  dataset: DatasetReference,
  plansName: string,
  text: string,
  state: PlanState,
): Promise<string | undefined> {
  if (state.plans !== digest(text))
    return 'It was edited by hand and is kept; plan again with "nnunet plan" if you want.';
  for (const { plans, configuration, folds } of await listModels(dataset.results)) {
    if (plans !== plansName) continue;
    const trained = await Promise.all(folds.map(({ folder }) => isTrained(folder)));
    if (trained.includes(true))
      return `Folds of ${configuration} were trained with it, so it is kept; "nnunet plan" plans for new trainings.`;
  }
  return undefined;
}

/** The training that asks for the plans has a fold folder as well, but nothing in it yet. */
async function isTrained(foldFolder: string): Promise<boolean> {
  const holder = activeHolder(foldFolder);
  const isOwn = holder?.pid === process.pid;
  return (await listCheckpoints(foldFolder)).length > 0 || (holder !== undefined && !isOwn);
}

/** The copy that trainings and model folders use. */
async function copyDatasetJson(dataset: DatasetReference): Promise<void> {
  const source = await readFile(rawPaths(dataset.raw).datasetJson, 'utf8');
  const copy = preprocessedPaths(dataset.preprocessed).datasetJson;
  const present = (await exists(copy)) ? await readFile(copy, 'utf8') : undefined;
  if (present !== source) await writeFileAtomic(copy, source);
}

async function writePlans(dataset: DatasetReference, measured: MeasuredDataset, options: PlanOptions): Promise<Plans> {
  const { raw, fingerprint } = measured;
  const { planner = 'default', gpuMemoryGb } = options;
  const { plansName } = plannerPresets[planner];
  const paths = preprocessedPaths(dataset.preprocessed);
  const file = paths.plans(plansName);
  options.progress({ stage: 'plan', state: 'started', message: plansName });
  const plans = planExperiment({
    fingerprint,
    datasetJson: raw.datasetJson,
    planner,
    gpuMemoryGb,
    datasetName: dataset.folderName,
    imageReaderWriter: await readerOf(raw),
    existing: await existingPlans(file),
  });
  requireSlices(plans);
  const text = plansToJson(plans);
  await mkdir(dataset.preprocessed, { recursive: true });
  await copyDatasetJson(dataset);
  await takeSplits(rawPaths(dataset.raw).splits, paths.splits);
  await writeFileAtomic(file, text);
  const state: PlanState = { basis: basisOf(measured), plans: digest(text), gpuMemoryGb };
  await writeState(dataset.preprocessed, plansName, state);
  options.progress({ stage: 'plan', state: 'done', message: Object.keys(plans.configurations).join(', ') });
  return plans;
}

/** The plans whose further configurations are to be kept. An unreadable file is not overwritten: a person may have put work into it. */
async function existingPlans(file: string): Promise<Plans | undefined> {
  if (!(await exists(file))) return undefined;
  try {
    return readPlans(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (!(error instanceof NnunetError)) throw error;
    throw new PlansError(error.code, `The plans that are there can't be read: ${error.message}`, {
      where: error.where,
      hint: 'Correct the file, or delete it to have it planned anew.',
      cause: error,
    });
  }
}

/** A splits file that comes with the raw data is used, and must not contradict one that is in use already. */
async function takeSplits(rawFile: string, file: string): Promise<void> {
  if (!(await exists(rawFile))) return;
  const splits = validateSplits(parseJson(await readFile(rawFile, 'utf8'), rawFile), rawFile);
  if (!(await exists(file))) {
    await copyFileAtomic(rawFile, file);
    return;
  }
  const present = validateSplits(parseJson(await readFile(file, 'utf8'), file), file);
  if (JSON.stringify(present) === JSON.stringify(splits)) return;
  throw new DatasetError('splits-differ', 'The folds that come with the raw data differ from those in use', {
    where: rawFile,
    hint: `Delete it, or ${file} (then train all folds again).`,
  });
}

/** True if a file is older than another, or missing. */
export async function isOlder(file: string, than: string): Promise<boolean> {
  const [a, b] = await Promise.all([file, than].map((path) => stat(path).catch(() => undefined)));
  return a === undefined || (b !== undefined && a.mtimeMs < b.mtimeMs);
}
