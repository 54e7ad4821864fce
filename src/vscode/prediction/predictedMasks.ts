/** Which masks of an image were made by a program, as what is written beside them says? Only these are moved or deleted. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  maskRecordName,
  parsePredictionRecord,
  predictionRecordName,
  readPredictionRecord,
  type PredictionRecord,
} from '../../dataset/predictionRecord';
import { imageEndings, splitEnding } from '../../images/endings';

/** What is written about one mask: its own record, or that of its folder; undefined where nobody says that it was predicted. */
export async function recordOfMask(mask: string): Promise<PredictionRecord | undefined> {
  const folder = dirname(mask);
  const own = await readFile(join(folder, maskRecordName(mask)), 'utf8').catch(() => undefined);
  const record = own === undefined ? await readPredictionRecord(folder) : parsePredictionRecord(own);
  return record.model || record.input ? record : undefined;
}

/**
 * @param image  a file of the image
 * @param caseId  what its masks are called in folders of predictions
 * @param folders  of predictions, where it may have one
 */
export async function predictedMasks(image: string, caseId: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of new Set([dirname(image), ...folders])) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => isVolume(name));
    for (const name of names) {
      const file = join(folder, name);
      if (file === image || !(await mayBeOf(file, folder, image, caseId))) continue;
      const record = await recordOfMask(file);
      if (record && isMadeOf(record, image)) found.push(file);
    }
  }
  return found;
}

/** In a folder of predictions by its name; beside the image by having a record of its own. */
async function mayBeOf(file: string, folder: string, image: string, caseId: string): Promise<boolean> {
  if (folder !== dirname(image)) return splitEnding(basename(file)).stem === caseId;
  return (await readdir(folder)).includes(maskRecordName(file));
}

/** @returns true, too, where only the folder's name of the images is told, or nothing of them */
function isMadeOf({ input }: PredictionRecord, image: string): boolean {
  if (!input) return true;
  const paths = input.map((path) => resolve(path));
  return paths.includes(resolve(image)) || paths.includes(dirname(resolve(image)));
}

function isVolume(name: string): boolean {
  return !name.endsWith(predictionRecordName) && imageEndings.includes(splitEnding(name).ending.toLowerCase());
}
