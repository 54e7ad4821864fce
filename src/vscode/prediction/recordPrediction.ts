/** Says beside a mask what made it, of which image, and what its labels are called: the explorer and the volume editor show it. */
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  maskRecordName,
  readPredictionRecord,
  writePredictionRecord,
  type PredictionRecord,
} from '../../dataset/predictionRecord';
import type { LabelInfo } from '../../protocol/volume';

export interface PredictedMask {
  mask: string;
  /** An .onnx file or a model folder. */
  model: string;
  /** The files that it was predicted of. */
  images: readonly string[];
  labels: readonly LabelInfo[];
  /** Only a part of the image was predicted. */
  isOfRegion: boolean;
  /** Whether its folder is one of predictions; else the mask lies among other files, and has a record of its own. */
  isFolderOfPredictions: boolean;
}

export async function recordPrediction(predicted: PredictedMask): Promise<void> {
  const { mask, model, images, isOfRegion, isFolderOfPredictions } = predicted;
  const folder = dirname(mask);
  const name = basename(mask);
  const labels = predicted.labels.map(({ value, name, colour }) => ({ value, name, ...(colour && { colour }) }));
  const own: PredictionRecord = { time: new Date().toISOString(), model: [model], labels };
  const before = isFolderOfPredictions ? await readPredictionRecord(folder) : undefined;
  const isOthers = before?.model !== undefined && (before.model.length !== 1 || before.model[0] !== model);
  if (!before || isOthers) {
    const record = { ...own, input: [...images], ...(isOfRegion && { regionOnly: [name] }) };
    return writePredictionRecord(folder, record, maskRecordName(mask));
  }
  const input = [...new Set([...(before.input ?? []), ...images])];
  const regionOnly = [...(before.regionOnly ?? []).filter((one) => one !== name), ...(isOfRegion ? [name] : [])];
  const parts = regionOnly.length > 0 ? regionOnly : undefined;
  await writePredictionRecord(folder, { ...before, ...own, input, regionOnly: parts });
}

/** With the mask goes its own record, if it has one. */
export function deleteRecord(mask: string): Promise<void> {
  return rm(join(dirname(mask), maskRecordName(mask)), { force: true });
}
