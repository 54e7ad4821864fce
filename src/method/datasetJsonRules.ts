/** The rules of dataset.json, one function each; every one throws the first thing that breaks it, with the key. */
import { counted } from '../words/counted';
import { closest } from './closest';
import { isVersion1 } from './datasetJsonVersion1';
import { DatasetError } from './errors';
import { keysInFileOrder } from './jsonReader';
import { isObject, isStringList, isWholeNumber, show, type JsonObject } from './jsonShape';
import { objectInOrder } from './jsonWrittenForm';

export function problem(file: string, keyPath: string[], code: string, message: string, hint?: string): DatasetError {
  const where = keyPath.length > 0 ? `${file}, ${keyPath.join('.')}` : file;
  return new DatasetError(code, message, { where, keyPath, hint });
}

/** Name -> label value, or the label values that make up a region. */
export type LabelValues = Record<string, number | number[]>;

const knownKeys = [
  'label_colours',
  'label_colors',
  'channel_names',
  'labels',
  'numTraining',
  'file_ending',
  'regions_class_order',
  'overwrite_image_reader_writer',
  'dataset',
];

/** A key that is not there: another one may be meant to be it. */
function missing(
  json: JsonObject,
  key: string,
  file: string,
  code: string,
  message: string,
  hint: string,
): DatasetError {
  const firstWord = /^[a-z]+?(?=s?_|s$|$)/.exec(key)?.[0] ?? key;
  const meant = Object.keys(json).find((given) => {
    if (knownKeys.includes(given)) return false;
    return given.toLowerCase().startsWith(firstWord) || closest(given, [key]) !== undefined;
  });
  if (meant === undefined) return problem(file, [key], code, message, hint);
  return problem(file, [meant], code, message, `"${meant}" means nothing there: did you mean "${key}"?`);
}

export function refuseVersion1(value: JsonObject, file: string): void {
  if (!isVersion1(value.labels)) return;
  const message = 'The labels are written as number -> name, as in nnU-Net v1 and the Medical Segmentation Decathlon';
  const hint = 'Import the dataset, or write them as name -> number, e.g. "background": 0.';
  throw problem(file, ['labels'], 'dataset-json-version-1', message, hint);
}

export function channelsOf(value: JsonObject, file: string): Record<string, string> {
  const key = value.channel_names === undefined && value.modality !== undefined ? 'modality' : 'channel_names';
  const channels = value[key];
  const hint = 'Example: "channel_names": {"0": "CT"}.';
  if (channels === undefined) {
    throw missing(
      value,
      'channel_names',
      file,
      'dataset-json-channels',
      'The names of the input channels are missing',
      hint,
    );
  }
  if (!isObject(channels) || Object.keys(channels).length === 0) {
    const message = `${key} must say which channel has which name, but it is ${show(channels)}`;
    const names = isStringList(channels) ? channels : typeof channels === 'string' ? [channels] : [];
    const written = names.map((name, index) => `"${index}": ${show(name)}`).join(', ');
    throw problem(file, [key], 'dataset-json-channels', message, written === '' ? hint : `Write {${written}}.`);
  }
  for (const [index, name] of Object.entries(channels)) {
    if (typeof name === 'string') continue;
    const message = `The name of channel ${index} must be text, not ${show(name)}`;
    throw problem(file, [key, index], 'dataset-json-channels', message, hint);
  }
  return channels as Record<string, string>;
}

export function labelsOf(value: JsonObject, file: string): LabelValues {
  const labels = value.labels;
  const hint = 'Example: "labels": {"background": 0, "tumour": 1}.';
  if (labels === undefined) throw missing(value, 'labels', file, 'dataset-json-labels', 'The labels are missing', hint);
  if (!isObject(labels) || Object.keys(labels).length === 0) {
    const message = `The labels must be an object of names and values, but they are ${show(labels)}`;
    throw problem(file, ['labels'], 'dataset-json-labels', message, hint);
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

function usesRegions(labels: LabelValues): boolean {
  return Object.values(labels).some((entry) => Array.isArray(entry) && entry.length > 1);
}

export function checkLabels(result: JsonObject, file: string): void {
  const labels = result.labels as LabelValues;
  if (labels.background !== 0) {
    refuseOtherSpelling(labels, file);
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

/** nnU-Net knows the background by its name, letter by letter. */
function refuseOtherSpelling(labels: LabelValues, file: string): void {
  const spelled = Object.keys(labels).find((name) => name.trim().toLowerCase() === 'background');
  if (labels.background !== undefined || spelled === undefined) return;
  const message = `The label "${spelled}" must be written "background", in small letters`;
  throw problem(file, ['labels', spelled], 'dataset-json-background', message, 'Rename it.');
}

/** Two names for one value are one class: the second would never be told apart, nor shown. */
export function checkValuesAreUnique(labels: LabelValues, file: string): void {
  const names = new Map<string, string>();
  for (const name of keysInFileOrder(labels)) {
    const values = [...new Set([labels[name]!].flat())].sort((a, b) => a - b);
    const first = names.get(values.join());
    if (first !== undefined) {
      const what = values.length === 1 ? `value ${values[0]}` : `values ${values.join(', ')}`;
      const message = `The labels "${first}" and "${name}" have the same ${what}`;
      const hint = 'Give each its own value, in the files too, or keep one of the names.';
      throw problem(file, ['labels', name], 'dataset-json-same-value', message, hint);
    }
    names.set(values.join(), name);
  }
}

/** Without regions the order means nothing, and goes. */
export function checkRegionsClassOrder(result: JsonObject, file: string): void {
  const labels = result.labels as LabelValues;
  if (!usesRegions(labels)) {
    delete result.regions_class_order;
    return;
  }
  const order = result.regions_class_order;
  const key = 'regions_class_order';
  const regions = keysInFileOrder(labels).filter((name) => {
    return name !== 'ignore' && [labels[name]!].flat().some((entry) => entry !== 0);
  });
  const valid = Array.isArray(order) && order.length === regions.length && order.every(isWholeNumber);
  if (valid) return;
  const message = `With regions, regions_class_order must list ${regions.length} label values, one for each of ${regions.join(', ')}`;
  const hint = 'Give the value that each region gets in the label map, large regions first.';
  if (order === undefined) throw missing(result, key, file, 'dataset-json-regions', message, hint);
  throw problem(file, [key], 'dataset-json-regions', message, hint);
}

export function checkNumTraining(json: JsonObject, file: string): void {
  const value = json.numTraining;
  if (isWholeNumber(value) && value >= 0) return;
  const message = `numTraining must be the number of training cases, but it is ${show(value)}`;
  const hint = 'Count the cases in labelsTr.';
  if (value === undefined) throw missing(json, 'numTraining', file, 'dataset-json-num-training', message, hint);
  throw problem(file, ['numTraining'], 'dataset-json-num-training', message, hint);
}

export function checkFileEnding(json: JsonObject, file: string): void {
  const value = json.file_ending;
  if (typeof value === 'string' && /^\.[^/\\]+$/.test(value)) return;
  const message = `file_ending must be the files' ending with its dot, but it is ${show(value)}`;
  const hint = 'Example: "file_ending": ".nii.gz".';
  if (value === undefined) throw missing(json, 'file_ending', file, 'dataset-json-file-ending', message, hint);
  const lacksDot = typeof value === 'string' && /^[a-z][a-z.]*$/i.test(value);
  throw problem(file, ['file_ending'], 'dataset-json-file-ending', message, lacksDot ? `Write ".${value}".` : hint);
}

export function checkReaderChoice(result: JsonObject, file: string): void {
  const key = 'overwrite_image_reader_writer';
  const reader = result[key];
  if (reader === undefined || reader === null || reader === 'None') delete result[key];
  else if (typeof reader !== 'string') {
    throw problem(file, [key], 'dataset-json-reader', `The reader must be a name, not ${show(reader)}`);
  }
}

export function checkFileLists(result: JsonObject, file: string): void {
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
    const message = `Case ${caseId} needs a list of image files (for ${counted(channels, 'channel')}) and a label file`;
    throw problem(file, ['dataset', caseId], 'dataset-json-files', message, hint);
  }
}
