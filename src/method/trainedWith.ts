/** What of plans and dataset.json a network's weights depend on: folds for which it differs belong to different models. */
import { channelNames, type DatasetJson } from './datasetJson';
import { keysInFileOrder } from './jsonReader';
import { isObject, show, type JsonObject } from './jsonShape';
import { LabelManager } from './labels';
import type { Configuration, Plans } from './plans';

/** Under the names of the files, so that a difference can be looked up there. */
export type TrainedWith = JsonObject & { configuration: string };

const configurationKeys = [
  'preprocessor_name',
  'patch_size',
  'spacing',
  'normalization_schemes',
  'use_mask_for_norm',
  'resampling_fn_data',
  'resampling_fn_data_kwargs',
  'resampling_fn_seg',
  'resampling_fn_seg_kwargs',
  'resampling_fn_probabilities',
  'resampling_fn_probabilities_kwargs',
  'architecture',
  'previous_stage',
] as const;

/** What only CT normalization looks at. */
const usedIntensities = ['mean', 'std', 'percentile_00_5', 'percentile_99_5'] as const;

/** Keys of which a prediction may have others than the training: what comes out is the same structures, at most less exact. */
const choicesOfPrediction = new Set([
  'image_reader_writer',
  'patch_size',
  'resampling_fn_data',
  'resampling_fn_data_kwargs',
  'resampling_fn_seg',
  'resampling_fn_seg_kwargs',
  'resampling_fn_probabilities',
  'resampling_fn_probabilities_kwargs',
  'channel_names',
  'labels',
  'regions_class_order',
]);

interface Training {
  plans: Pick<Plans, 'image_reader_writer' | 'transpose_forward' | 'foreground_intensity_properties_per_channel'>;
  configurationName: string;
  configuration: Configuration;
  datasetJson: DatasetJson;
}

export function trainedWith({ plans, configurationName, configuration, datasetJson }: Training): TrainedWith {
  const labels = new LabelManager(datasetJson);
  return {
    configuration: configurationName,
    image_reader_writer: plans.image_reader_writer,
    transpose_forward: plans.transpose_forward,
    ...Object.fromEntries(configurationKeys.map((key) => [key, configuration[key]])),
    foreground_intensity_properties_per_channel: intensitiesUsed(plans, configuration),
    channel_names: channelNames(datasetJson),
    labels: namedLabels(datasetJson, labels.usesRegions),
    regions_class_order: labels.usesRegions ? labels.regionsClassOrder : undefined,
  };
}

/** Their order is that of the outputs with regions, and without meaning otherwise. */
function namedLabels({ labels }: DatasetJson, usesRegions: boolean): [string, number | number[]][] {
  const named = keysInFileOrder(labels).map((name): [string, number | number[]] => [name, labels[name]!]);
  return usesRegions ? named : named.sort(([, a], [, b]) => Number(a) - Number(b));
}

function intensitiesUsed(plans: Training['plans'], { normalization_schemes: schemes }: Configuration): JsonObject {
  const all = plans.foreground_intensity_properties_per_channel;
  const channels = schemes.flatMap((scheme, channel) => (scheme === 'CTNormalization' ? [String(channel)] : []));
  return Object.fromEntries(
    channels.map((channel) => [
      channel,
      Object.fromEntries(usedIntensities.map((name) => [name, all[channel]?.[name]])),
    ]),
  );
}

export interface Difference {
  /** "architecture.arch_kwargs.n_stages" */
  key: string;
  before: unknown;
  after: unknown;
}

export function differences(before: unknown, after: unknown, path: readonly string[] = []): Difference[] {
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return isSame(before, after) ? [] : [{ key: path.join('.'), before, after }];
}

/** A missing value and null are the same: nnU-Net writes either. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** Whether dataset.json says it, and not the plans. */
export function isOfDataset({ key }: Difference): boolean {
  return ['channel_names', 'labels', 'regions_class_order'].includes(key);
}

/** Whether a prediction with this difference would feed the network what it never learned from. */
export function changesInput({ key }: Difference): boolean {
  return !choicesOfPrediction.has(key.split('.')[0]!);
}

/** "patch_size was [40, 56, 40] and is [48, 48, 48], …", the first three. */
export function showDifferences(
  all: readonly Difference[],
  [was, is]: readonly [was: string, is: string] = ['was', 'is'],
): string {
  const shown = all
    .slice(0, 3)
    .map(({ key, before, after }) => `${key} ${was} ${show(before)} and ${is} ${show(after)}`);
  const more = all.length > shown.length ? [`and ${all.length - shown.length} more`] : [];
  return [...shown, ...more].join(', ');
}
