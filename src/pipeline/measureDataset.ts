/** Stage "fingerprint": measures spacings, shapes and foreground intensities of all training cases. */
import type { Vector3 } from '../geometry/types';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatasetReference } from '../dataset/references';
import { preprocessedPaths } from '../dataset/preprocessed';
import type { RawDataset } from '../dataset/rawDataset';
import { writeFileAtomic } from '../storage/atomicFile';
import { chooseReader } from '../images/readers';
import type { ReaderName } from '../images/types';
import { counted } from '../words/counted';
import { channelNames } from '../method/datasetJson';
import { DatasetError } from '../method/errors';
import {
  fingerprintToJson,
  requireUsableIntensities,
  validateFingerprint,
  type Fingerprint,
} from '../method/fingerprint';
import { parseJson } from '../method/jsonReader';
import { LabelManager } from '../method/labels';
import { isUsableForCt, normalizationScheme, type NormalizationScheme } from '../method/normalization';
import { median } from '../method/rounding';
import { exists } from '../storage/exists';
import { cropToNonzero } from '../voxels/crop';
import { intensityStatistics, sampleForeground, type ForegroundSample } from '../voxels/foregroundIntensities';
import type { ChannelNormalization } from '../voxels/normalize';
import { forEachCase } from './eachCase';
import { greatestVoxel, notNormalizable } from './intensityErrors';
import { loadTrainingCase } from './loadCase';
import { normalizeCase } from './normalizeCase';
import type { StageContext } from './progress';
import { sameSources, sourcesOfAll, type DatasetSources } from './sources';
import { readState, writeState } from './stageState';

/** Foreground voxels drawn over all cases, per channel. */
const samplesOfAllCases = 1e8;
const stateName = 'fingerprint';

/** A dataset whose raw files were looked at: what the later stages need to know of them, so that they need not look again. */
export interface MeasuredDataset {
  raw: RawDataset;
  sources: DatasetSources;
  fingerprint: Fingerprint;
}

/**
 * The dataset's fingerprint; measured anew only where it is missing or the raw files have changed since this program measured it.
 * A fingerprint that nnU-Net wrote is taken as it is.
 */
export async function fingerprintStage(
  dataset: DatasetReference,
  raw: RawDataset,
  context: StageContext & { workers?: number; force?: boolean },
): Promise<MeasuredDataset> {
  const file = preprocessedPaths(dataset.preprocessed).fingerprint;
  const sources = await sourcesOfAll(raw.cases);
  if (!context.force && (await exists(file))) {
    const fingerprint = validateFingerprint(parseJson(await readFile(file, 'utf8'), file), file);
    const state = await readState<DatasetSources>(dataset.preprocessed, stateName);
    if (state === undefined || sameSources(state, sources)) {
      requireUsableIntensities(fingerprint, channelNames(raw.datasetJson));
      return { raw, sources, fingerprint };
    }
    context.warn('raw-data-changed', 'The raw data has changed: the dataset is measured again.');
  }
  const { fingerprint, integerSpacings } = await measure(raw, context);
  await mkdir(dataset.preprocessed, { recursive: true });
  await writeFileAtomic(file, fingerprintToJson(fingerprint, integerSpacings));
  await writeState(dataset.preprocessed, stateName, sources);
  return { raw, sources, fingerprint };
}

export async function readerOf(raw: RawDataset): Promise<ReaderName> {
  const { file_ending, overwrite_image_reader_writer } = raw.datasetJson;
  return chooseReader(file_ending, raw.cases[0]!.images[0]!, overwrite_image_reader_writer);
}

async function measure(
  raw: RawDataset,
  context: StageContext & { workers?: number },
): Promise<{ fingerprint: Fingerprint; integerSpacings: boolean }> {
  const { cases, datasetJson } = raw;
  const reader = await readerOf(raw);
  const schemes = channelNames(datasetJson).map(normalizationScheme);
  const labels = new LabelManager(datasetJson);
  const samplesPerCase = Math.floor(samplesOfAllCases / cases.length);
  const spacings: Vector3[] = [];
  const shapes: Vector3[] = [];
  const relativeSizes: number[] = [];
  const samples: ForegroundSample[][] = [];
  const rehearsed = schemes.map(rehearsedNormalization);
  let hasForeground = false;
  let done = 0;
  context.progress({ stage: 'fingerprint', state: 'started', total: cases.length });
  await forEachCase(cases, context, async (rawCase, at, native) => {
    const loaded = await loadTrainingCase(rawCase, { reader, channels: schemes.length, labels }, native.signal);
    const { image, segmentation } = loaded;
    hasForeground ||= loaded.hasForeground;
    const before = image.shape[1] * image.shape[2] * image.shape[3];
    const cropped = await cropToNonzero(image.data, image.shape, segmentation, native);
    const shape = cropped.shape.slice(1) as Vector3;
    samples[at] = await sampleForeground(cropped.data, cropped.shape, cropped.segmentation, samplesPerCase, native);
    await normalizeCase(rawCase, image, cropped, rehearsed, native);
    spacings[at] = [...image.properties.spacing];
    shapes[at] = shape;
    relativeSizes[at] = (shape[0] * shape[1] * shape[2]) / before;
    done += 1;
    context.progress({ stage: 'fingerprint', state: 'progress', done, total: cases.length, message: rawCase.id });
  });
  if (!hasForeground) throw noForeground(raw);
  const intensities = await intensityStatistics(samples, { signal: context.signal });
  for (const [channel, scheme] of schemes.entries()) {
    if (scheme !== 'CTNormalization' || isUsableForCt(intensities[channel]!)) continue;
    const worst = cases[indexOfGreatest(samples.map((ofCase) => ofCase[channel]!.values))]!;
    const { image, segmentation } = await loadTrainingCase(worst, { reader, channels: schemes.length, labels });
    throw notNormalizable(worst, image, greatestVoxel(image, channel, segmentation));
  }
  context.progress({ stage: 'fingerprint', state: 'done', done, total: cases.length });
  return {
    fingerprint: {
      spacings,
      shapes_after_crop: shapes,
      foreground_intensity_properties_per_channel: intensities,
      median_relative_size_after_cropping: median(relativeSizes),
    },
    integerSpacings: reader === 'NaturalImage2DIO',
  };
}

/**
 * Images that are normalised by themselves are normalised here, too, so that one that can't be is found before anything is
 * written. Inside the mask: where that works, it is the weaker demand.
 */
function rehearsedNormalization(scheme: NormalizationScheme): ChannelNormalization {
  const isAlone = scheme !== 'CTNormalization';
  return { scheme: isAlone ? scheme : 'NoNormalization', useMask: scheme === 'ZScoreNormalization' };
}

function noForeground({ cases }: RawDataset): DatasetError {
  return new DatasetError('no-foreground', `No label map has any foreground (${counted(cases.length, 'case')})`, {
    where: dirname(cases[0]!.label),
    hint: 'There is nothing to learn. Look at the labels: masks are often lost on conversion.',
  });
}

/** Which of the lists holds the value farthest from zero. */
function indexOfGreatest(lists: readonly Float32Array[]): number {
  const sizes = lists.map((values) => values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0));
  return sizes.indexOf(Math.max(...sizes));
}
