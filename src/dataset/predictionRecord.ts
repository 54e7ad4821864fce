/** What made the masks of a folder, or one mask: which model and folds, of what images, when? Beside the masks, for people and for the views. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../storage/atomicFile';
import { splitEnding } from '../images/endings';
import { stringifyJson } from '../method/jsonWriter';
import { parseModelFolderName } from './results';

export interface PredictionRecord {
  /** ISO 8601; of the end. */
  time?: string;
  /** Folder or files of the images. */
  input?: string[];
  /** Folder of the model, or .onnx files. */
  model?: string[];
  configuration?: string;
  /** Numbers and "all". */
  folds?: string[];
  checkpoint?: string;
  mirroring?: boolean;
  stepSize?: number;
  /** What the masks' values are called, where no dataset.json lies beside them. */
  labels?: RecordedLabel[];
  /** File names of the masks that were predicted in a part of the image only; the rest of them is empty. */
  regionOnly?: string[];
}

interface RecordedLabel {
  value: number;
  name: string;
  /** red, green, blue */
  colour?: [number, number, number];
}

/** nnU-Net's own file about a prediction does not name the model. */
export const predictionRecordName = 'predicted_with.json';
/** Of one mask that lies among other files. */
export function maskRecordName(mask: string): string {
  return `${splitEnding(mask).stem}.${predictionRecordName}`;
}
/** As nnU-Net names and writes it. */
export const predictionCallName = 'predict_from_raw_data_args.json';

export async function writePredictionRecord(
  folder: string,
  record: PredictionRecord,
  name = predictionRecordName,
): Promise<void> {
  const [model, ...others] = record.model ?? [];
  const configuration =
    model === undefined || others.length > 0
      ? undefined
      : parseModelFolderName(basename(resolve(model)))?.configuration;
  await writeFileAtomic(join(folder, name), stringifyJson({ configuration, ...record }));
}

/** All that the folder's files tell; what is missing or damaged is left out. */
export async function readPredictionRecord(folder: string): Promise<PredictionRecord> {
  const own = await readObject(join(folder, predictionRecordName));
  if (own) return checked(own);
  const file = join(folder, predictionCallName);
  const call = await readObject(file);
  return call ? { ...ofCall(call), time: (await stat(file)).mtime.toISOString() } : {};
}

/** @param text  of `predictionCallName` */
export function parsePredictionCall(text: string): PredictionRecord {
  return ofCall(objectOf(text) ?? {});
}

function ofCall(call: Record<string, unknown>): PredictionRecord {
  return checked({ input: [call['list_of_lists_or_source_folder']].flat(2) });
}

/** @param text  of `predictionRecordName` */
export function parsePredictionRecord(text: string): PredictionRecord {
  return checked(objectOf(text) ?? {});
}

/** "2d, fold 0"; undefined where it is not known. */
export function modelText({ configuration, model, folds }: PredictionRecord): string | undefined {
  const name = configuration ?? model?.map(nameOf).join(', ');
  if (name === undefined) return undefined;
  const [first] = folds ?? [];
  if (first === undefined) return name;
  if (folds!.length > 1) return `${name}, folds ${folds!.join(', ')}`;
  return first === 'all' ? `${name}, trained on all cases` : `${name}, fold ${first}`;
}

/** Of a model folder its configuration; what stands for several networks is called after its folder. */
function nameOf(model: string): string {
  const name = basename(model);
  const folder = basename(dirname(model));
  if (name === 'inference_information.json') return `best model of ${folder.replace(/^Dataset\d{3}_/, '')}`;
  if (name === 'nnunet_ensemble.json') return folder;
  return parseModelFolderName(name)?.configuration ?? name;
}

/** Less was computed than nnU-Net does unless told otherwise. */
export function isFast({ mirroring, stepSize = 0.5 }: PredictionRecord): boolean {
  return mirroring === false || stepSize > 0.5;
}

async function readObject(file: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : objectOf(text);
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function checked(found: Record<string, unknown>): PredictionRecord {
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const texts = (value: unknown): string[] | undefined =>
    Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string') ? value : undefined;
  const { mirroring, stepSize, labels } = found;
  return {
    time: Number.isNaN(Date.parse(String(found.time))) ? undefined : text(found.time),
    input: texts(found.input),
    model: texts(found.model),
    configuration: text(found.configuration),
    folds: texts(found.folds),
    checkpoint: text(found.checkpoint),
    mirroring: typeof mirroring === 'boolean' ? mirroring : undefined,
    stepSize: typeof stepSize === 'number' ? stepSize : undefined,
    labels: Array.isArray(labels) ? labels.flatMap(recordedLabel) : undefined,
    regionOnly: texts(found.regionOnly),
  };
}

function recordedLabel(found: unknown): RecordedLabel[] {
  const { value, name, colour } = (found ?? {}) as Record<string, unknown>;
  if (typeof value !== 'number' || typeof name !== 'string') return [];
  const isColour = Array.isArray(colour) && colour.length === 3 && colour.every((part) => Number.isInteger(part));
  return [{ value, name, ...(isColour && { colour: colour as [number, number, number] }) }];
}
