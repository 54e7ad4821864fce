/** What is done once the masks of a prediction in several steps are written: told beside them, as DICOM where wanted, the steps removed. */
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writePredictionRecord } from '../../dataset/predictionRecord';
import type { PredictionEnd } from '../../jobs/requests';
import type { WrittenMasks } from '../../jobs/results';
import { readModelDatasetJson } from '../../method/datasetJson';
import { exportPredictedSegmentations, readDicomInput } from '../../pipeline/prediction/dicomInput';
import { makeScratch } from '../../storage/scratch';
import type { WorkContext } from './context';

export async function endPrediction(
  { folder, cases }: WrittenMasks,
  { record, parts, dicomSeg }: PredictionEnd,
  context: WorkContext,
): Promise<string[]> {
  if (cases.length > 0) await writePredictionRecord(folder, { time: new Date().toISOString(), ...record });
  const segmentations = dicomSeg && cases.length > 0 ? await writeDicom({ folder, cases }, dicomSeg, context) : [];
  await removeParts(parts, folder);
  return segmentations;
}

/** Only what lies beside the masks under the name that such folders have. */
export async function removeParts(parts: string, output: string): Promise<void> {
  const isOurs = dirname(parts) === dirname(output) && basename(parts).startsWith(`${basename(output)}-parts`);
  if (isOurs) await rm(parts, { recursive: true, force: true });
}

async function writeDicom(
  { folder, cases }: Pick<WrittenMasks, 'folder' | 'cases'>,
  { input, channels }: NonNullable<PredictionEnd['dicomSeg']>,
  context: WorkContext,
): Promise<string[]> {
  const scratch = await makeScratch('images');
  try {
    // What is doubtful in the series was told when they were predicted.
    const quiet = { ...context, warn: () => undefined };
    const dicom = await readDicomInput(input, join(scratch, 'dicom'), channels, quiet);
    if (!dicom) return [];
    const file = join(folder, 'dataset.json');
    const { file_ending: ending } = readModelDatasetJson(await readFile(file, 'utf8'), file);
    const written = cases.map((id) => ({ case: id, output: join(folder, `${id}${ending}`) }));
    return await exportPredictedSegmentations(dicom, written, folder, (code, message) => context.warn(code, message));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
