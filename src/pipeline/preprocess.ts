/** Stage "preprocess": brings every training case into the form that the core maps into memory; only what is missing or stale. */
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists } from '../storage/exists';
import { mapConcurrently } from '../storage/mapConcurrently';
import { npyArray, npyParts } from '../dataset/npy';
import { listForeignCases, listWholeCases, preprocessedCaseFiles, preprocessedPaths } from '../dataset/preprocessed';
import type { RawCase, RawDataset } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { syncFolder } from '../storage/atomicFile';
import { sweepOnce, temporaryPath } from '../storage/temporaryFiles';
import type { ReaderName } from '../images/types';
import { channelNames } from '../method/datasetJson';
import { stringifyJson } from '../method/jsonWriter';
import { LabelManager } from '../method/labels';
import type { Configuration, Plans } from '../method/plans';
import { classLocations } from '../voxels/locations';
import type { NativeOptions } from '../voxels/types';
import { writeFiles } from '../voxels/writeFiles';
import { forEachCase, readHeaders } from './eachCase';
import type { MeasuredDataset } from './measureDataset';
import { loadTrainingCase } from './loadCase';
import { preprocessCase } from './preprocessCase';
import type { StageContext } from './progress';
import { requireSpaceForPreprocessing } from './resources';
import { digest, StateList } from './stageState';
import { isOlder } from './plan';

/** Increased when the same input gives other files than before. */
const formatVersion = 2;

interface PreprocessOptions extends StageContext {
  workers?: number;
}

export interface PreprocessResult {
  folder: string;
  cases: number;
  /** Cases that were not up to date. */
  preprocessed: number;
}

interface DoneCase {
  case: string;
  sources: string;
}

export async function preprocessStage(
  dataset: DatasetReference,
  { raw, sources }: Pick<MeasuredDataset, 'raw' | 'sources'>,
  plans: Plans,
  configuration: Configuration,
  options: PreprocessOptions,
): Promise<PreprocessResult> {
  const folder = preprocessedPaths(dataset.preprocessed).data(configuration.data_identifier);
  const labels = new LabelManager(raw.datasetJson);
  const key = digest(settingsOf(plans, configuration, labels));
  const { list, entries, isNew } = await StateList.open<DoneCase>(
    dataset.preprocessed,
    configuration.data_identifier,
    key,
  );
  const isComplete = new Set(isNew ? [] : await listWholeCases(folder));
  const done = new Map(entries.map((entry) => [entry.case, entry.sources]));
  const stale = raw.cases.filter(({ id }) => !isComplete.has(id) || done.get(id) !== sources[id]);
  await removeOtherCases(folder, isNew ? [] : raw.cases.map(({ id }) => id));
  await copyGroundTruth(dataset, raw);
  const result = { folder, cases: raw.cases.length, preprocessed: stale.length };
  if (stale.length === 0) return result;

  await warnOfForeignFiles(folder, options);
  await mkdir(folder, { recursive: true });
  const headers = await readHeaders(stale);
  await requireSpaceForPreprocessing(stale, headers, folder, plans, configuration, options);
  const reader = plans.image_reader_writer as ReaderName;
  const expected = { reader, channels: channelNames(raw.datasetJson).length, labels };
  let count = 0;
  options.progress({ stage: 'preprocess', state: 'started', done: 0, total: stale.length, message: basename(folder) });
  const work = forEachCase(stale, { ...options, headers }, async (rawCase, _, native) => {
    const { image, segmentation } = await loadTrainingCase(rawCase, expected, native.signal);
    const preprocessed = await preprocessCase(rawCase, image, segmentation, plans, configuration, native);
    await saveCase(folder, rawCase, preprocessed, labels, native);
    await list.add({ case: rawCase.id, sources: sources[rawCase.id]! });
    count += 1;
    options.progress({ stage: 'preprocess', state: 'progress', done: count, total: stale.length, message: rawCase.id });
  });
  await work.finally(() => list.close());
  await syncFolder(folder);
  options.progress({ stage: 'preprocess', state: 'done', done: count, total: stale.length });
  return result;
}

async function saveCase(
  folder: string,
  { id }: RawCase,
  { data, segmentation, shape, properties }: Awaited<ReturnType<typeof preprocessCase>>,
  labels: LabelManager,
  native: NativeOptions,
): Promise<void> {
  const [, ...space] = shape;
  const files = preprocessedCaseFiles(folder, id);
  const { rows } = await classLocations(
    segmentation,
    space as [number, number, number],
    labels.locationRequests(),
    native,
  );
  native.signal?.throwIfAborted();
  await writeFiles(
    [
      { path: files.data, parts: npyParts(npyArray(data, shape)) },
      { path: files.segmentation, parts: npyParts(npyArray(segmentation, [1, ...space])) },
      { path: files.locations, parts: npyParts(npyArray(rows, [rows.length / 4, 4])) },
      // Last, because a case counts as there when it has this file.
      { path: files.properties, parts: [Buffer.from(stringifyJson(properties))] },
    ],
    native,
  );
}

/** Everything that the preprocessed files depend on besides the raw files. */
function settingsOf(plans: Plans, configuration: Configuration, labels: LabelManager): unknown {
  const usesIntensities = configuration.normalization_schemes.includes('CTNormalization');
  return {
    formatVersion,
    reader: plans.image_reader_writer,
    transpose: plans.transpose_forward,
    spacing: configuration.spacing,
    normalization: [configuration.normalization_schemes, configuration.use_mask_for_norm],
    resampling: [
      configuration.resampling_fn_data,
      configuration.resampling_fn_data_kwargs,
      configuration.resampling_fn_seg,
      configuration.resampling_fn_seg_kwargs,
    ],
    intensities: usesIntensities ? plans.foreground_intensity_properties_per_channel : null,
    locations: labels.locationRequests(),
  };
}

/** Removes files of ours that belong to no case any more; nnU-Net's own files stay. */
async function removeOtherCases(folder: string, keep: readonly string[]): Promise<void> {
  if (!(await exists(folder))) return;
  const kept = new Set(
    keep.flatMap((id) => Object.values(preprocessedCaseFiles(folder, id)).map((file) => basename(file))),
  );
  const ours = (await readdir(folder)).filter((name) => /\.(npy|json|tmp)$/.test(name) && !kept.has(name));
  await Promise.all(ours.map((name) => rm(join(folder, name), { force: true })));
}

async function warnOfForeignFiles(folder: string, options: StageContext): Promise<void> {
  const foreign = await listForeignCases(folder);
  if (!foreign) return;
  options.warn(
    'foreign-preprocessed-data',
    `nnU-Net's own preprocessed files lie in ${folder}; they stay, but nnU-Net must preprocess again before it trains from this folder.`,
  );
}

/** Copies of the labels, for validation without the raw data; renewed where the label is newer. */
async function copyGroundTruth(dataset: DatasetReference, raw: RawDataset): Promise<void> {
  const folder = preprocessedPaths(dataset.preprocessed).groundTruth;
  await mkdir(folder, { recursive: true });
  sweepOnce(folder);
  await mapConcurrently(raw.cases, 8, async ({ id, label }) => {
    const copy = join(folder, `${id}${raw.datasetJson.file_ending}`);
    if (!(await isOlder(copy, label))) return;
    // Half a copy must never be taken for a whole one; the time says which label it is of.
    const temporary = temporaryPath(copy);
    const { atime, mtime } = await stat(label);
    try {
      await copyFile(label, temporary);
      await utimes(temporary, atime, mtime);
      await rename(temporary, copy);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}
