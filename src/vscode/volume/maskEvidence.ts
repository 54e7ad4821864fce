/** What made a mask, and what are its labels called? By the records beside it and the folders that it lies in, never by words in names. */
import { t } from '@vscode/l10n';
import { posix } from 'node:path';
import type { MaskOrigin } from '../../dataset/maskOrigin';
import {
  isFast,
  maskRecordName,
  modelText,
  parsePredictionCall,
  parsePredictionRecord,
  predictionCallName,
  predictionRecordName,
  type PredictionRecord,
} from '../../dataset/predictionRecord';
import { parseModelFolderName } from '../../dataset/results';
import { readModelDatasetJson, type DatasetJson } from '../../method/datasetJson';
import type { LabelInfo } from '../../protocol/volume';
import { namesBeside, readDatasetJson } from './caseContext';
import type { Files } from './files';
import { labelInfos } from './labelNames';

export interface MaskEvidence {
  isPrediction: boolean;
  /** "2d, fold 0", where it is known. */
  model?: string;
  origin: MaskOrigin;
  /** The record is of this mask alone, not of its folder. */
  isOwnRecord: boolean;
  isOfRegion: boolean;
  /** Names that the model gives. */
  labels?: LabelInfo[];
  /** Of the model, or what lies with the mask. */
  datasetJson?: DatasetJson;
}

const { basename, dirname, join } = posix;

export async function evidenceOf(mask: string, files: Files): Promise<MaskEvidence> {
  const { record, isOwn } = await recordOf(mask, files);
  const model = record && modelText(record);
  const isOfModel = dirname(mask)
    .split('/')
    .some((part) => parseModelFolderName(part) !== undefined);
  const datasetJson = (await namesBeside(mask, files)) ?? (record && (await namesOfModel(record, files)));
  return {
    // nnU-Net copies its plans beside what it predicts.
    isPrediction: record !== undefined || isOfModel || (await files.exists(join(dirname(mask), 'plans.json'))),
    model: model !== undefined && isFast(record!) ? t('{0}, fast', model) : model,
    origin: { input: record?.input, reference: await referenceOf(mask, files) },
    isOwnRecord: isOwn,
    isOfRegion: record?.regionOnly?.includes(basename(mask)) ?? false,
    labels: record?.labels?.map((label) => ({ ...label, isIgnored: false })) ?? infosOf(datasetJson),
    datasetJson,
  };
}

const infosOf = (datasetJson: DatasetJson | undefined): LabelInfo[] | undefined =>
  datasetJson && labelInfos(datasetJson);

/** The mask's own record before that of its folder; undefined where there is none. */
async function recordOf(mask: string, files: Files): Promise<{ record?: PredictionRecord; isOwn: boolean }> {
  const folder = dirname(mask);
  for (const name of [maskRecordName(mask), predictionRecordName]) {
    const text = await files.readText(join(folder, name));
    if (text !== undefined) return { record: parsePredictionRecord(text), isOwn: name !== predictionRecordName };
  }
  const call = await files.readText(join(folder, predictionCallName));
  return { record: call === undefined ? undefined : parsePredictionCall(call), isOwn: false };
}

async function namesOfModel({ model = [] }: PredictionRecord, files: Files): Promise<DatasetJson | undefined> {
  const [first] = model;
  if (first === undefined) return undefined;
  return readDatasetJson(first, files, (text) => readModelDatasetJson(text, 'dataset.json', 'evaluation'));
}

/** What an evaluation of the folder compared the mask with. */
async function referenceOf(mask: string, files: Files): Promise<string | undefined> {
  const text = await files.readText(join(dirname(mask), 'summary.json'));
  if (text === undefined) return undefined;
  try {
    const { metric_per_case: cases } = JSON.parse(text) as { metric_per_case?: unknown };
    const entries = (Array.isArray(cases) ? cases : []) as Record<string, unknown>[];
    const own = entries.find(
      ({ prediction_file: file }) => typeof file === 'string' && file.split(/[\\/]/).at(-1) === basename(mask),
    );
    return typeof own?.reference_file === 'string' ? own.reference_file : undefined;
  } catch {
    // A damaged summary says nothing.
    return undefined;
  }
}
