/** How preprocessed data lies on disk: nnUNet_preprocessed/DatasetXXX_Name and one folder of cases per data identifier. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../method/errors';
import { mapConcurrently } from '../storage/mapConcurrently';
import { compareCodePoints } from './names';
import { readNpyHeader } from './npy';

/** Files and folders of one dataset below nnUNet_preprocessed; formats: section 3. */
export function preprocessedPaths(datasetFolder: string) {
  return {
    datasetJson: join(datasetFolder, 'dataset.json'),
    fingerprint: join(datasetFolder, 'dataset_fingerprint.json'),
    splits: join(datasetFolder, 'splits_final.json'),
    groundTruth: join(datasetFolder, 'gt_segmentations'),
    plans: (plansName: string) => join(datasetFolder, `${plansName}.json`),
    /** @param dataIdentifier  the configuration's `data_identifier`, e.g. nnUNetPlans_3d_fullres */
    data: (dataIdentifier: string) => join(datasetFolder, dataIdentifier),
  };
}

interface PreprocessedCaseFiles {
  /** float32 (C, Z, Y, X) */
  data: string;
  /** int16 (1, Z, Y, X) */
  segmentation: string;
  /** Properties under nnU-Net's names. */
  properties: string;
  /** int32 (N, 4): request index, z, y, x */
  locations: string;
}

export function preprocessedCaseFiles(dataFolder: string, caseId: string): PreprocessedCaseFiles {
  return {
    data: join(dataFolder, `${caseId}.npy`),
    segmentation: join(dataFolder, `${caseId}_seg.npy`),
    properties: join(dataFolder, `${caseId}.json`),
    locations: join(dataFolder, `${caseId}_locations.npy`),
  };
}

/** Cases that were preprocessed completely (all four files), sorted as Python sorts. */
export async function listPreprocessedCases(dataFolder: string): Promise<string[]> {
  const names = new Set(await namesIn(dataFolder));
  return [...names]
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((id) => ['.npy', '_seg.npy', '_locations.npy'].every((ending) => names.has(id + ending)))
    .sort(compareCodePoints);
}

/** Those whose arrays are whole, too: another program, or a full disk, may have cut one off since. */
export async function listWholeCases(dataFolder: string): Promise<string[]> {
  const cases = await listPreprocessedCases(dataFolder);
  const whole = await mapConcurrently(cases, 8, async (id) => {
    const { data, segmentation, locations } = preprocessedCaseFiles(dataFolder, id);
    const arrays = await Promise.all([data, segmentation, locations].map(isWholeNpy));
    return arrays.every(Boolean);
  });
  return cases.filter((_, index) => whole[index]);
}

async function isWholeNpy(file: string): Promise<boolean> {
  try {
    await readNpyHeader(file);
    return true;
  } catch (error) {
    if (error instanceof DatasetError) return false;
    throw error;
  }
}

/** Cases that nnU-Net itself preprocessed here (blosc2 files of 2.6 and later, or older npz). */
export async function listForeignCases(
  dataFolder: string,
): Promise<{ ending: '.b2nd' | '.npz'; cases: string[] } | undefined> {
  const names = await namesIn(dataFolder);
  for (const ending of ['.b2nd', '.npz'] as const) {
    const cases = names
      .filter((name) => name.endsWith(ending) && !name.endsWith(`_seg${ending}`))
      .map((name) => name.slice(0, -ending.length))
      .filter((id) => names.includes(`${id}.pkl`));
    if (cases.length > 0) return { ending, cases: cases.sort(compareCodePoints) };
  }
  return undefined;
}

/** Names of the plans files in a dataset's preprocessed folder, without `.json`. Not opened: decided by what else can lie there. */
export async function listPlansNames(datasetFolder: string): Promise<string[]> {
  const others = new Set(['dataset.json', 'dataset_fingerprint.json', 'splits_final.json']);
  return (await namesIn(datasetFolder))
    .filter((name) => name.endsWith('.json') && !others.has(name) && !name.startsWith('.'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort(compareCodePoints);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
