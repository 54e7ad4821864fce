/** What dataset.json says about a raw dataset, and whether it makes sense. */
import {
  channelsOf,
  checkFileEnding,
  checkFileLists,
  checkLabels,
  checkNumTraining,
  checkReaderChoice,
  checkRegionsClassOrder,
  checkValuesAreUnique,
  labelsOf,
  problem,
  refuseVersion1,
  type LabelValues,
} from './datasetJsonRules';
import { currentForm } from './datasetJsonVersion1';
import type { DatasetError } from './errors';
import { keysInFileOrder, parseJson } from './jsonReader';
import { isObject, type JsonObject } from './jsonShape';

/** nnU-Net's dataset.json, version 2. Names are the file's. */
export interface DatasetJson {
  /** Channel index -> name; the name chooses the normalization. Order: the file's. Empty where only labels are of interest. */
  channel_names: Record<string, string>;
  /** Name -> label value, or the label values that make up a region. Order: the file's. */
  labels: LabelValues;
  /** Only planning needs it; `TrainingDatasetJson` has it for sure. */
  numTraining?: number;
  /** With its dot, e.g. ".nii.gz". */
  file_ending: string;
  /** Per region, the value written into the label map; later regions overwrite earlier ones. */
  regions_class_order?: number[];
  overwrite_image_reader_writer?: string;
  /** Explicit file lists instead of the folders imagesTr and labelsTr. */
  dataset?: Record<string, { images: string[]; label: string }>;
  [key: string]: unknown;
}

/** A dataset.json that can be planned and trained with. */
export interface TrainingDatasetJson extends DatasetJson {
  numTraining: number;
}

/** A trained model needs channels and labels; to compare masks, labels and file_ending are enough. */
export type DatasetJsonUse = 'model' | 'evaluation';

/** Names of the input channels, in channel order. */
export function channelNames(datasetJson: DatasetJson): string[] {
  return keysInFileOrder(datasetJson.channel_names).map((key) => datasetJson.channel_names[key]!);
}

/**
 * Colours of labels by name, "#rrggbb", where the dataset has them under `label_colours` (or `label_colors`): a key that nnU-Net
 * leaves alone. What is no colour, or of no label, is left out.
 */
export function labelColours({ labels, label_colours, label_colors }: DatasetJson): Record<string, string> {
  const given = label_colours ?? label_colors;
  if (!isObject(given)) return {};
  return Object.fromEntries(
    Object.keys(labels).flatMap((name) => {
      const colour = Object.hasOwn(given, name) ? given[name] : undefined;
      return typeof colour === 'string' && /^#[0-9a-f]{6}$/i.test(colour) ? [[name, colour.toLowerCase()]] : [];
    }),
  );
}

/**
 * Checks a parsed dataset.json and returns it in the form the program works with: label values that were written as
 * text ("1") become numbers, the old key `modality` becomes `channel_names`, an empty reader choice is left out.
 * @param file named in errors
 * @throws DatasetError dataset-json-…; one problem at a time, the first in reading order
 */
export function validateDatasetJson(value: unknown, file = 'dataset.json'): TrainingDatasetJson {
  if (!isObject(value)) throw notAnObject(file);
  refuseVersion1(value, file);
  const result: JsonObject = { ...value, channel_names: channelsOf(value, file), labels: labelsOf(value, file) };
  delete result.modality;
  checkLabels(result, file);
  checkValuesAreUnique(result.labels as LabelValues, file);
  checkNumTraining(value, file);
  checkFileEnding(value, file);
  checkRegionsClassOrder(result, file);
  checkReaderChoice(result, file);
  checkFileLists(result, file);
  return result as TrainingDatasetJson;
}

/**
 * The dataset.json that lies with a trained model or with masks to compare. What only a training needs may be missing
 * there, and the forms of nnU-Net version 1 are read, too.
 * @throws JsonError; DatasetError dataset-json-…
 */
export function readModelDatasetJson(text: string, file: string, use: DatasetJsonUse = 'model'): DatasetJson {
  return validateModelDatasetJson(parseJson(text, file), file, use);
}

/** The same for a value that was parsed already. */
export function validateModelDatasetJson(value: unknown, file: string, use: DatasetJsonUse = 'model'): DatasetJson {
  if (!isObject(value)) throw notAnObject(file);
  const current = currentForm(value, file);
  const hasChannels = (current.channel_names ?? current.modality) !== undefined;
  const channels = use === 'model' || hasChannels ? channelsOf(current, file) : {};
  const result: JsonObject = { ...current, channel_names: channels, labels: labelsOf(current, file) };
  delete result.modality;
  // The cases that it was trained on are long gone.
  delete result.dataset;
  checkLabels(result, file);
  checkFileEnding(result, file);
  if (use === 'model') checkRegionsClassOrder(result, file);
  checkReaderChoice(result, file);
  return result as DatasetJson;
}

function notAnObject(file: string): DatasetError {
  return problem(file, [], 'dataset-json-invalid', 'It must be a JSON object');
}
