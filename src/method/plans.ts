/** The plans file: what was planned for a dataset, in nnU-Net's current form or the one before version 2.2. */
import type { Vector3 } from '../geometry/types';
import { PlansError } from './errors';
import { isIntensityProperties } from './fingerprint';
import { parseJson } from './jsonReader';
import { isNumberList, isObject, isStringList, isWholeNumber, show, type JsonObject } from './jsonShape';
import { architectureOf, withBatchNorm, withoutLegacyKeys, type Architecture } from './networkPlan';
import type { IntensityProperties } from './normalization';
import { checkConfiguration } from './planValidation';

export interface ResamplingKwargs {
  is_seg: boolean;
  order?: number;
  order_z?: number;
  /** null: decided by the spacing's anisotropy. */
  force_separate_z?: boolean | null;
  [key: string]: unknown;
}

/** One configuration with everything it inherits. Names are the file's; axes are transposed, (z, y, x) or (y, x). */
export interface Configuration {
  /** Name of the folder of preprocessed cases. */
  data_identifier: string;
  preprocessor_name: string;
  batch_size: number;
  /** Voxels. */
  patch_size: number[];
  /** Median case after resampling, voxels; halves can occur. */
  median_image_size_in_voxels: number[];
  /** mm. */
  spacing: number[];
  /** Per channel. */
  normalization_schemes: string[];
  use_mask_for_norm: boolean[];
  resampling_fn_data: string;
  resampling_fn_seg: string;
  resampling_fn_probabilities: string;
  resampling_fn_data_kwargs: ResamplingKwargs;
  resampling_fn_seg_kwargs: ResamplingKwargs;
  resampling_fn_probabilities_kwargs: ResamplingKwargs;
  architecture: Architecture;
  /** Whether the Dice loss is computed over the whole batch instead of per sample. */
  batch_dice: boolean;
  /** Name of the configuration whose predictions are a further input of this one (cascade). */
  previous_stage?: string;
  /** Configurations that this one's predictions are prepared for. */
  next_stage?: string | string[];
  [key: string]: unknown;
}

/** A plans file. Configurations are as written: `getConfiguration` resolves inheritance and the legacy form. */
export interface Plans {
  dataset_name: string;
  plans_name: string;
  /** mm and voxels, transposed; for information. */
  original_median_spacing_after_transp: number[];
  original_median_shape_after_transp: number[];
  image_reader_writer: string;
  /** Old axis at each new place, and the inverse. */
  transpose_forward: Vector3;
  transpose_backward: Vector3;
  configurations: Record<string, JsonObject>;
  experiment_planner_used: string;
  label_manager: string;
  foreground_intensity_properties_per_channel: Record<string, IntensityProperties>;
  [key: string]: unknown;
}

/**
 * Reads a plans file.
 * @param textOrValue the file's text, or its parsed JSON
 * @param file named in errors
 * @throws JsonError for text that is no JSON; PlansError plans-invalid for missing or wrong keys at the top level.
 *   The configurations themselves are checked when they are asked for.
 */
export function readPlans(textOrValue: unknown, file = 'plans.json'): Plans {
  const value = typeof textOrValue === 'string' ? parseJson(textOrValue, file) : textOrValue;
  if (!isObject(value)) throw invalid(file, [], 'It must be a JSON object');
  const { foreground_intensity_properties_by_modality: legacyIntensities, ...plans } = value;
  plans.foreground_intensity_properties_per_channel ??= legacyIntensities;
  for (const key of ['dataset_name', 'plans_name', 'image_reader_writer']) {
    if (typeof plans[key] !== 'string') throw invalid(file, [key], `It must be text, but it is ${show(plans[key])}`);
  }
  checkTransposition(plans, file);
  const { configurations, foreground_intensity_properties_per_channel: intensities } = plans;
  if (!isObject(configurations) || !Object.values(configurations).every(isObject)) {
    throw invalid(file, ['configurations'], 'There must be an object with the configurations');
  }
  if (!isObject(intensities) || !Object.values(intensities).every(isIntensityProperties)) {
    const key = 'foreground_intensity_properties_per_channel';
    throw invalid(file, [key], 'Each channel needs its intensity statistics');
  }
  return plans as unknown as Plans;
}

function checkTransposition(plans: JsonObject, file: string): void {
  const { transpose_forward: forward, transpose_backward: backward } = plans;
  const isInverse =
    isNumberList(forward, 3) &&
    isNumberList(backward, 3) &&
    [0, 1, 2].every((axis) => forward[backward[axis]!] === axis);
  if (isInverse) return;
  const message = `transpose_forward and transpose_backward must be orders of 0, 1, 2 and undo each other`;
  throw invalid(file, ['transpose_forward'], `${message}, but they are ${show(forward)} and ${show(backward)}`);
}

/**
 * One configuration with inherited keys filled in, the legacy form turned into the current one, and checked.
 * A child's key replaces the parent's as a whole. Every key of the file counts: nothing is planned anew.
 * @throws PlansError configuration-unknown, configuration-inheritance, configuration-invalid, or a code of `checkConfiguration`
 */
export function getConfiguration(plans: Plans, name: string): Configuration {
  const merged = inherit(plans, name, []);
  const where = `plans ${plans.plans_name}, configuration ${name}`;
  checkKeys(merged, where, name);
  const architecture = architectureOf(merged, where);
  const configuration = { ...withoutLegacyKeys(merged), architecture } as Configuration;
  checkConfiguration(configuration, where, name);
  return configuration;
}

/** Puts batch normalisation into a configuration's network. */
export function useBatchNorm(plans: Plans, name: string): void {
  const { architecture } = getConfiguration(plans, name);
  plans.configurations[name]!.architecture = withBatchNorm(architecture);
}

/** Configurations whose input is prepared from this one's predictions. */
export function nextStages(configuration: Configuration): string[] {
  return [configuration.next_stage ?? []].flat();
}

function inherit(plans: Plans, name: string, children: string[]): JsonObject {
  const own = Object.hasOwn(plans.configurations, name) ? plans.configurations[name] : undefined;
  if (!own) {
    const known = Object.keys(plans.configurations).join(', ');
    const message = `There is no configuration "${name}" in the plans ${plans.plans_name}`;
    throw new PlansError('configuration-unknown', message, { hint: `Choose one of: ${known}.` });
  }
  const { inherits_from: parent, ...keys } = own;
  if (parent === undefined || parent === null) return keys;
  const path = [...children, name];
  if (typeof parent !== 'string' || path.includes(parent)) {
    const message = `Configuration "${path[0]}" inherits from itself: ${[...path, show(parent)].join(' -> ')}`;
    const keyPath = ['configurations', name, 'inherits_from'];
    throw new PlansError('configuration-inheritance', message, {
      keyPath,
      hint: 'Remove one of the inherits_from keys.',
    });
  }
  return { ...inherit(plans, parent, path), ...keys };
}

type Check = [test: (value: unknown) => boolean, expected: string];
const text: Check = [(value) => typeof value === 'string', 'text'];
const numbers: Check = [(value) => isNumberList(value) && (value.length === 2 || value.length === 3), '2 or 3 numbers'];
const object: Check = [isObject, 'an object'];
const booleans: Check = [
  (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'boolean'),
  'a list of true and false',
];

const keyChecks: Record<string, Check> = {
  data_identifier: text,
  preprocessor_name: text,
  batch_size: [(value) => isWholeNumber(value) && value > 0, 'a whole number above 0'],
  patch_size: numbers,
  median_image_size_in_voxels: numbers,
  spacing: numbers,
  normalization_schemes: [isStringList, 'a list of names'],
  use_mask_for_norm: booleans,
  resampling_fn_data: text,
  resampling_fn_seg: text,
  resampling_fn_probabilities: text,
  resampling_fn_data_kwargs: object,
  resampling_fn_seg_kwargs: object,
  resampling_fn_probabilities_kwargs: object,
  batch_dice: [(value) => typeof value === 'boolean', 'true or false'],
};

function checkKeys(configuration: JsonObject, where: string, name: string): void {
  for (const [key, [test, expected]] of Object.entries(keyChecks)) {
    if (test(configuration[key])) continue;
    const message = `${key} must be ${expected}, but it is ${show(configuration[key])}`;
    const keyPath = ['configurations', name, key];
    throw new PlansError('configuration-invalid', message, {
      where,
      keyPath,
      hint: 'Correct the plans file, or plan again.',
    });
  }
}

function invalid(file: string, keyPath: string[], message: string): PlansError {
  const where = keyPath.length > 0 ? `${file}, ${keyPath.join('.')}` : file;
  return new PlansError('plans-invalid', message, { where, keyPath, hint: 'Correct the plans file, or plan again.' });
}
