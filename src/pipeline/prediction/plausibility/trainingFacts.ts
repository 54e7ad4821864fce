/** What the images were like that a model was trained on: by its fingerprint where that lies beside it, else by its plans. */
import type { Vector3 } from '../../../geometry/types';
import { readFile } from 'node:fs/promises';
import { modelPaths } from '../../../dataset/results';
import type { ReaderName } from '../../../images/types';
import { NnunetError } from '../../../method/errors';
import { validateFingerprint, type Fingerprint } from '../../../method/fingerprint';
import { channelNames } from '../../../method/datasetJson';
import { parseJson } from '../../../method/jsonReader';
import { isNumberList } from '../../../method/jsonShape';
import type { IntensityProperties } from '../../../method/normalization';
import type { Model } from '../../modelFolder';

/** Smallest and largest per axis, array order (z, y, x). */
export interface Range {
  low: Vector3;
  high: Vector3;
}

export interface TrainingFacts {
  channelNames: readonly string[];
  reader: ReaderName;
  /** Per channel. */
  normalization: readonly string[];
  /** Of what is labelled, per channel; undefined where the plans have none. */
  intensities: readonly (IntensityProperties | undefined)[];
  grid?: TrainedGrid;
}

export interface TrainedGrid {
  /** Of all training images; else of the typical one only. */
  isOfCases: boolean;
  /** mm */
  spacing: Range;
  /** Voxels after cropping to what is not 0. */
  shape: Range;
  /** mm, the same. */
  extent: Range;
}

/** @param folder  of the model, where it has one */
export async function readTrainingFacts(model: Model, folder: string | undefined): Promise<TrainingFacts> {
  const { plans, datasetJson, configuration } = model;
  const names = channelNames(datasetJson);
  const fingerprint = folder === undefined ? undefined : await fingerprintIn(folder);
  return {
    channelNames: names,
    reader: plans.image_reader_writer as ReaderName,
    normalization: names.map(
      (_, at) => configuration.normalization_schemes[at] ?? configuration.normalization_schemes[0]!,
    ),
    intensities: names.map((_, at) => {
      const properties = plans.foreground_intensity_properties_per_channel[String(at)];
      return properties && Number.isFinite(properties.mean) ? properties : undefined;
    }),
    grid: fingerprint ? gridOfCases(fingerprint) : typicalGrid(model),
  };
}

/** A model is used without it, and with a damaged one, as well. */
async function fingerprintIn(folder: string): Promise<Fingerprint | undefined> {
  const file = modelPaths(folder).fingerprint;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return validateFingerprint(parseJson(text, file), file);
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}

function gridOfCases({ spacings, shapes_after_crop: shapes }: Fingerprint): TrainedGrid {
  const extents = shapes.map((shape, at) => shape.map((length, axis) => length * spacings[at]![axis]!) as Vector3);
  return { isOfCases: true, spacing: rangeOf(spacings), shape: rangeOf(shapes), extent: rangeOf(extents) };
}

function rangeOf(all: readonly Vector3[]): Range {
  const along = (axis: number): number[] => all.map((one) => one[axis]!);
  const axes = [0, 1, 2];
  return {
    low: axes.map((axis) => along(axis).reduce((a, b) => Math.min(a, b))) as Vector3,
    high: axes.map((axis) => along(axis).reduce((a, b) => Math.max(a, b))) as Vector3,
  };
}

/** The medians are in the plans for information: they may be missing in those of others. */
function typicalGrid({ plans }: Model): TrainedGrid | undefined {
  const { original_median_spacing_after_transp: spacing, original_median_shape_after_transp: shape } = plans;
  const areSizes = [spacing, shape].every((one) => isNumberList(one, 3) && one.every((length) => length > 0));
  if (!areSizes) return undefined;
  const back = (values: readonly number[]): Vector3 => plans.transpose_backward.map((axis) => values[axis]!) as Vector3;
  const one = (values: Vector3): Range => ({ low: values, high: values });
  const [typicalSpacing, typicalShape] = [back(spacing), back(shape)];
  const extent = typicalShape.map((length, axis) => length * typicalSpacing[axis]!) as Vector3;
  return { isOfCases: false, spacing: one(typicalSpacing), shape: one(typicalShape), extent: one(extent) };
}
