/** What an exported model says about itself, in the entry "nnunet" of the .onnx file: all that predicting a raw image needs. */
import { channelNames, validateModelDatasetJson, type DatasetJson } from '../method/datasetJson';
import { parseJson } from '../method/jsonReader';
import { stringifyJson } from '../method/jsonWriter';
import { isNumberList, isObject, isStringList, isWholeNumber, show, type JsonObject } from '../method/jsonShape';
import { LabelManager } from '../method/labels';
import { getConfiguration, readPlans, type Plans } from '../method/plans';
import { InferenceError } from './inferenceError';
import { readOnnxSummary, type OnnxSummary } from './export/summary';

export const metadataKey = 'nnunet';
export const metadataVersion = 1;

export type ModelPrecision = 'fp32' | 'fp16' | 'int8';
const precisions: readonly unknown[] = ['fp32', 'fp16', 'int8'];

export interface ModelMetadata {
  version: number;
  datasetName: string;
  configuration: string;
  /** As in plans.json. */
  plans: Plans;
  /** As in dataset.json, without its lists of files. */
  datasetJson: DatasetJson;
  dims: 2 | 3;
  /** Voxels, array order. */
  patchSize: number[];
  /** Of the graph: the image's, and in a cascade one for each label of the previous stage. */
  inputChannels: number;
  imageChannels: number;
  /** Channels of the logits. */
  heads: number;
  /** Spatial axes that prediction may mirror; none: empty. */
  mirrorAxes: number[];
  /** Whose logits are averaged in the graph. */
  folds: (number | 'all')[];
  precision: ModelPrecision;
  /** Mean Dice over the labels between what this file and the exact model segment, on patches of so many cases. */
  measuredDice?: { cases: number; agreement: number };
  /** Label name to #rrggbb. */
  labelColours?: Record<string, string>;
  licence?: string;
  author?: string;
  description?: string;
  createdBy?: string;
  /** ISO 8601. */
  createdAt?: string;
}

/** The entry's text. */
export function modelMetadataText(metadata: ModelMetadata): string {
  // File lists name patients and folders, and predicting does not need them.
  const { dataset: _dataset, training: _training, test: _test, ...datasetJson } = metadata.datasetJson as JsonObject;
  return stringifyJson({ ...metadata, datasetJson });
}

/**
 * The metadata of a model file.
 * @returns undefined for another program's model
 * @throws InferenceError `model-damaged`, and as `parseModelMetadata`
 */
export async function readModelMetadata(file: string): Promise<ModelMetadata | undefined> {
  return metadataOfSummary(await readOnnxSummary(file));
}

/** The same for a file whose summary was read before. */
export function metadataOfSummary({ metadata, file }: OnnxSummary): ModelMetadata | undefined {
  const text = Object.hasOwn(metadata, metadataKey) ? metadata[metadataKey] : undefined;
  return text === undefined ? undefined : parseModelMetadata(text, file);
}

/**
 * Reads and checks the entry's text, which may come from anyone.
 * @param file named in errors
 * @throws JsonError; PlansError, DatasetError for what they describe; InferenceError `metadata-invalid`, `metadata-newer`
 */
export function parseModelMetadata(text: string, file: string): ModelMetadata {
  const value = parseJson(text, file);
  if (!isObject(value)) throw invalid(file, 'they must be a JSON object');
  if (isWholeNumber(value.version) && value.version > metadataVersion) {
    throw new InferenceError('metadata-newer', `The model was exported by a newer version (format ${value.version})`, {
      where: file,
      hint: 'Update nnU-Net for VS Code.',
    });
  }
  const { configuration } = value;
  if (typeof configuration !== 'string') {
    throw invalid(file, `configuration must be a name, but it is ${show(configuration)}`);
  }
  const plans = readPlans(value.plans, file);
  const datasetJson = validateModelDatasetJson(value.datasetJson, file);
  requireAgreement(value, plans, datasetJson, file);
  requireTexts(value, file);
  return {
    ...value,
    configuration,
    datasetName: typeof value.datasetName === 'string' ? value.datasetName : plans.dataset_name,
    plans,
    datasetJson,
    mirrorAxes: value.mirrorAxes ?? [],
  } as ModelMetadata;
}

/** What the entry repeats for other readers must be what plans and dataset.json say. */
function requireAgreement(value: JsonObject, plans: Plans, datasetJson: DatasetJson, file: string): void {
  const configuration = getConfiguration(plans, value.configuration as string);
  const labels = new LabelManager(datasetJson);
  const imageChannels = channelNames(datasetJson).length;
  const patchSize = configuration.patch_size;
  const expected: JsonObject = {
    version: metadataVersion,
    dims: patchSize.length,
    patchSize,
    imageChannels,
    inputChannels: imageChannels + (configuration.previous_stage ? labels.foregroundLabels.length : 0),
    heads: labels.numHeads,
  };
  for (const [key, right] of Object.entries(expected)) {
    if (JSON.stringify(value[key]) === JSON.stringify(right)) continue;
    throw invalid(file, `${key} is ${show(value[key])}, but by its plans and labels it is ${show(right)}`);
  }
  const { mirrorAxes = [], folds, precision } = value;
  if (mirrorAxes !== null && !isAxes(mirrorAxes, patchSize.length)) {
    throw invalid(file, `mirrorAxes must be axes from 0 to ${patchSize.length - 1}, but it is ${show(mirrorAxes)}`);
  }
  if (!Array.isArray(folds) || folds.length === 0 || !folds.every((fold) => fold === 'all' || isWholeNumber(fold))) {
    throw invalid(file, `folds must be numbers or "all", but it is ${show(folds)}`);
  }
  if (!precisions.includes(precision)) throw invalid(file, `precision is ${show(precision)}`);
}

function isAxes(value: unknown, dims: number): boolean {
  if (!isNumberList(value) || new Set(value).size !== value.length) return false;
  return value.every((axis) => isWholeNumber(axis) && axis >= 0 && axis < dims);
}

/** Shown to people: they must be texts. */
function requireTexts(value: JsonObject, file: string): void {
  for (const key of ['datasetName', 'licence', 'author', 'description', 'createdBy', 'createdAt']) {
    if (value[key] === undefined || typeof value[key] === 'string') continue;
    throw invalid(file, `${key} must be text, but it is ${show(value[key])}`);
  }
  const { labelColours, measuredDice } = value;
  const isColours =
    isObject(labelColours) &&
    isStringList(Object.values(labelColours)) &&
    Object.values(labelColours).every((colour) => /^#[0-9a-f]{6}$/i.test(colour as string));
  if (labelColours !== undefined && !isColours) {
    throw invalid(file, 'labelColours must name a colour like "#1f77b4" for each label');
  }
  const isDice = isObject(measuredDice) && isNumberList([measuredDice.cases, measuredDice.agreement]);
  if (measuredDice !== undefined && !isDice) throw invalid(file, 'measuredDice must be numbers');
}

function invalid(file: string, what: string): InferenceError {
  return new InferenceError('metadata-invalid', `The model's description can't be used: ${what}`, {
    where: file,
    hint: 'Export the model again.',
  });
}
