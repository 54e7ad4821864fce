/** Says beside the masks of a folder what made them: the explorer and the volume editor show it. */
import { dirname } from 'node:path';
import { readPredictionRecord, writePredictionRecord } from '../../dataset/predictionRecord';

/** @param images  the files that `mask` was predicted of */
export async function recordPrediction(mask: string, model: string, images: readonly string[]): Promise<void> {
  const folder = dirname(mask);
  const before = await readPredictionRecord(folder);
  const isOthers = before.model !== undefined && (before.model.length !== 1 || before.model[0] !== model);
  if (isOthers) return;
  const input = [...new Set([...(before.input ?? []), ...images])];
  await writePredictionRecord(folder, { ...before, time: new Date().toISOString(), input, model: [model] });
}
