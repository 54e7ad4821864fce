/** The dataset fingerprint: the few numbers about a dataset from which everything is planned. */
import type { Vector3 } from '../geometry/types';
import { PlansError } from './errors';
import { pyFloat, stringifyJson } from './jsonWriter';
import { isNumberList, isObject, show, type JsonObject } from './jsonShape';
import { isUsableForCt, normalizationScheme, type IntensityProperties } from './normalization';

/** dataset_fingerprint.json, names as in the file. Axes in array order (z, y, x), before any transposition. */
export interface Fingerprint {
  /** Per case, mm. */
  spacings: Vector3[];
  /** Per case, voxels after cropping to nonzero. */
  shapes_after_crop: Vector3[];
  /** Channel index -> statistics over the foreground voxels of all cases. */
  foreground_intensity_properties_per_channel: Record<string, IntensityProperties>;
  /** Median over cases of the share of voxels that cropping keeps, 0…1. */
  median_relative_size_after_cropping: number;
}

const statistics = ['mean', 'median', 'std', 'min', 'max', 'percentile_99_5', 'percentile_00_5'] as const;

/**
 * Checks a parsed fingerprint.
 * @throws PlansError fingerprint-invalid
 */
export function validateFingerprint(value: unknown, file = 'dataset_fingerprint.json'): Fingerprint {
  if (!isObject(value)) throw invalid(file, [], 'It must be a JSON object');
  checkGeometry(value, file);
  const median = value.median_relative_size_after_cropping;
  if (typeof median !== 'number') {
    throw invalid(file, ['median_relative_size_after_cropping'], `It must be a number, but it is ${show(median)}`);
  }
  checkIntensities(value.foreground_intensity_properties_per_channel, file);
  return value as unknown as Fingerprint;
}

function checkGeometry(value: JsonObject, file: string): void {
  const { spacings, shapes_after_crop: shapes } = value;
  if (!Array.isArray(spacings) || spacings.length === 0) {
    throw invalid(file, ['spacings'], 'There must be one spacing for each case, at least one');
  }
  spacings.forEach((spacing, index) => {
    if (isNumberList(spacing, 3) && spacing.every((mm) => mm > 0 && Number.isFinite(mm))) return;
    throw invalid(file, ['spacings', index], `A spacing must be three lengths above 0, not ${show(spacing)}`);
  });
  if (!Array.isArray(shapes) || shapes.length !== spacings.length) {
    throw invalid(file, ['shapes_after_crop'], `There must be ${spacings.length} shapes, as many as spacings`);
  }
  shapes.forEach((shape, index) => {
    if (isNumberList(shape, 3) && shape.every((size) => Number.isInteger(size) && size > 0)) return;
    throw invalid(file, ['shapes_after_crop', index], `A shape must be three sizes above 0, not ${show(shape)}`);
  });
}

/** Also used for the copy of these statistics in a plans file. */
export function isIntensityProperties(value: unknown): value is IntensityProperties {
  return isObject(value) && statistics.every((name) => typeof value[name] === 'number');
}

function checkIntensities(value: unknown, file: string): void {
  const key = 'foreground_intensity_properties_per_channel';
  if (!isObject(value)) throw invalid(file, [key], 'The intensity statistics are missing');
  for (const [channel, properties] of Object.entries(value)) {
    if (isIntensityProperties(properties)) continue;
    throw invalid(file, [key, channel], `A channel needs the numbers ${statistics.join(', ')}`);
  }
}

/**
 * Refuses what can be read, but not planned from.
 * @throws PlansError `no-foreground`, `intensities-overflow`
 */
export function requireUsableIntensities(
  { foreground_intensity_properties_per_channel: intensities }: Fingerprint,
  channelNames: readonly string[],
): void {
  for (const [channel, properties] of Object.entries(intensities)) {
    if (Number.isNaN(properties.min)) {
      throw new PlansError('no-foreground', 'No case of this dataset has any foreground: there is nothing to learn', {
        hint: 'Look at the labels: masks are often lost on conversion. Then measure the dataset again.',
      });
    }
    const isCt = normalizationScheme(channelNames[Number(channel)] ?? '') === 'CTNormalization';
    if (!isCt || isUsableForCt(properties)) continue;
    throw new PlansError(
      'intensities-overflow',
      `The foreground of channel ${channel} has intensities too large for single precision, up to ${Number(properties.max.toPrecision(7))}`,
      { hint: 'Correct the voxels with extreme values, then measure the dataset again.' },
    );
  }
}

function invalid(file: string, keyPath: (string | number)[], message: string): PlansError {
  const where = keyPath.length > 0 ? `${file}, ${keyPath.join('.')}` : file;
  const hint = 'Delete the file so that the fingerprint is extracted again.';
  return new PlansError('fingerprint-invalid', message, { where, keyPath, hint });
}

/**
 * Text of dataset_fingerprint.json as nnU-Net writes it.
 * @param integerSpacings true for readers that give whole numbers as spacing (2D images without one: 999, 1, 1)
 */
export function fingerprintToJson(fingerprint: Fingerprint, integerSpacings = false): string {
  const file = {
    foreground_intensity_properties_per_channel: pyFloat(fingerprint.foreground_intensity_properties_per_channel),
    median_relative_size_after_cropping: pyFloat(fingerprint.median_relative_size_after_cropping),
    shapes_after_crop: fingerprint.shapes_after_crop,
    spacings: integerSpacings ? fingerprint.spacings : pyFloat(fingerprint.spacings),
  };
  return stringifyJson(file, { sortKeys: true });
}
