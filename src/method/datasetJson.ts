/** What dataset.json says about a raw dataset, and whether it makes sense. */
import { currentForm, isVersion1 } from './datasetJsonVersion1';
import { DatasetError } from './errors';
import { keysInFileOrder, parseJson } from './jsonReader';
import { isObject, isStringList, isWholeNumber, show, type JsonObject } from './jsonShape';
import { objectInOrder } from './jsonWrittenForm';

/** nnU-Net's dataset.json, version 2. Names are the file's. */
export interface DatasetJson {
  /** Channel index -> name; the name chooses the normalization. Order: the file's. Empty where only labels are of interest. */
  channel_names: Record<string, string>;
  /** Name -> label value, or the label values that make up a region. Order: the file's. */
  labels: Record<string, number | number[]>;
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
  checkNumTraining(value.numTraining, file);
  checkFileEnding(value.file_ending, file);
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
  checkFileEnding(result.file_ending, file);
  if (use === 'model') checkRegionsClassOrder(result, file);
  checkReaderChoice(result, file);
  return result as DatasetJson;
}

function notAnObject(file: string): DatasetError {
  return problem(file, [], 'dataset-json-invalid', 'It must be a JSON object');
}

function problem(file: string, keyPath: string[], code: string, message: string, hint?: string): DatasetError {
  const where = keyPath.length > 0 ? `${file}, ${keyPath.join('.')}` : file;
  return new DatasetError(code, message, { where, keyPath, hint });
}

function refuseVersion1(value: JsonObject, file: string): void {
  if (!isVersion1(value.labels)) return;
  const message = 'The labels are written as number -> name, as in nnU-Net v1 and the Medical Segmentation Decathlon';
  const hint = 'Import the dataset, or write them as name -> number, e.g. "background": 0.';
  throw problem(file, ['labels'], 'dataset-json-version-1', message, hint);
}

function channelsOf(value: JsonObject, file: string): Record<string, string> {
  const key = value.channel_names === undefined && value.modality !== undefined ? 'modality' : 'channel_names';
  const channels = value[key];
  const hint = 'Example: "channel_names": {"0": "CT"}.';
  if (!isObject(channels) || Object.keys(channels).length === 0) {
    throw problem(file, [key], 'dataset-json-channels', 'The names of the input channels are missing', hint);
  }
  for (const [index, name] of Object.entries(channels)) {
    if (typeof name === 'string') continue;
    const message = `The name of channel ${index} must be text, not ${show(name)}`;
    throw problem(file, [key, index], 'dataset-json-channels', message, hint);
  }
  return channels as Record<string, string>;
}

function labelsOf(value: JsonObject, file: string): Record<string, number | number[]> {
  const labels = value.labels;
  const hint = 'Example: "labels": {"background": 0, "tumour": 1}.';
  if (!isObject(labels) || Object.keys(labels).length === 0) {
    throw problem(file, ['labels'], 'dataset-json-labels', 'The labels are missing', hint);
  }
  const members = keysInFileOrder(labels).map((name): [string, number | number[]] => {
    const entry = labels[name];
    const numbers = (Array.isArray(entry) ? entry : [entry]).map(asLabelValue);
    if (numbers.length === 0 || numbers.includes(undefined)) {
      const message = `Label "${name}" must be a whole number of 0 or more, or a list of them, not ${show(entry)}`;
      throw problem(file, ['labels', name], 'dataset-json-labels', message, hint);
    }
    return [name, Array.isArray(entry) ? (numbers as number[]) : numbers[0]!];
  });
  return objectInOrder(members);
}

function asLabelValue(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return isWholeNumber(number) && number >= 0 ? number : undefined;
}

function usesRegions(labels: DatasetJson['labels']): boolean {
  return Object.values(labels).some((entry) => Array.isArray(entry) && entry.length > 1);
}

function checkLabels(result: JsonObject, file: string): void {
  const labels = result.labels as DatasetJson['labels'];
  if (labels.background !== 0) {
    const message = `There must be a label "background" with the value 0, but it is ${show(labels.background)}`;
    throw problem(file, ['labels'], 'dataset-json-background', message, 'Add "background": 0 to the labels.');
  }
  const { ignore, ...others } = labels;
  const values = [...new Set(Object.values(others).flat())].sort((a, b) => a - b);
  const gap = values.findIndex((entry, index) => entry !== index);
  // Regions need no output per value, so gaps (as in BraTS's 1, 2, 4) do no harm there.
  if (gap >= 0 && !usesRegions(labels)) {
    const message = `The label values must be 0, 1, 2, … without a gap, but ${gap} is missing before ${values[gap]}`;
    throw problem(file, ['labels'], 'dataset-json-consecutive', message, 'Renumber the labels, in the files too.');
  }
  const expected = values[values.length - 1]! + 1;
  if (ignore !== undefined && ignore !== expected) {
    const message = `The ignore label must be one more than the largest label, ${expected}, not ${show(ignore)}`;
    throw problem(
      file,
      ['labels', 'ignore'],
      'dataset-json-ignore',
      message,
      `Set it to ${expected}, in the files too.`,
    );
  }
}

/** Without regions the order means nothing, and goes. */
function checkRegionsClassOrder(result: JsonObject, file: string): void {
  const labels = result.labels as DatasetJson['labels'];
  if (!usesRegions(labels)) {
    delete result.regions_class_order;
    return;
  }
  const order = result.regions_class_order;
  const regions = keysInFileOrder(labels).filter((name) => {
    return name !== 'ignore' && [labels[name]!].flat().some((entry) => entry !== 0);
  });
  const valid = Array.isArray(order) && order.length === regions.length && order.every(isWholeNumber);
  if (valid) return;
  const message = `With regions, regions_class_order must list ${regions.length} label values, one for each of ${regions.join(', ')}`;
  const hint = 'Give the value that each region gets in the label map, large regions first.';
  throw problem(file, ['regions_class_order'], 'dataset-json-regions', message, hint);
}

function checkNumTraining(value: unknown, file: string): void {
  if (isWholeNumber(value) && value >= 0) return;
  const message = `numTraining must be the number of training cases, but it is ${show(value)}`;
  throw problem(file, ['numTraining'], 'dataset-json-num-training', message, 'Count the cases in labelsTr.');
}

function checkFileEnding(value: unknown, file: string): void {
  if (typeof value === 'string' && /^\.[^/\\]+$/.test(value)) return;
  const message = `file_ending must be the files' ending with its dot, but it is ${show(value)}`;
  throw problem(file, ['file_ending'], 'dataset-json-file-ending', message, 'Example: "file_ending": ".nii.gz".');
}

function checkReaderChoice(result: JsonObject, file: string): void {
  const key = 'overwrite_image_reader_writer';
  const reader = result[key];
  if (reader === undefined || reader === null || reader === 'None') delete result[key];
  else if (typeof reader !== 'string') {
    throw problem(file, [key], 'dataset-json-reader', `The reader must be a name, not ${show(reader)}`);
  }
}

function checkFileLists(result: JsonObject, file: string): void {
  const lists = result.dataset;
  if (lists === undefined || lists === null) {
    delete result.dataset;
    return;
  }
  const hint = 'Example: "dataset": {"case_1": {"images": ["a.nii.gz"], "label": "b.nii.gz"}}.';
  if (!isObject(lists))
    throw problem(file, ['dataset'], 'dataset-json-files', 'The file lists must be an object', hint);
  const channels = Object.keys(result.channel_names as object).length;
  for (const [caseId, entry] of Object.entries(lists)) {
    const fits =
      isObject(entry) && isStringList(entry.images) && entry.images.length > 0 && typeof entry.label === 'string';
    if (fits) continue;
    const message = `Case ${caseId} needs a list of image files (for ${channels} channels) and a label file`;
    throw problem(file, ['dataset', caseId], 'dataset-json-files', message, hint);
  }
}
