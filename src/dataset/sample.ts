/** Writes a synthetic labelled dataset: real NIfTI files on which the whole pipeline can be tried in minutes. */
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '../storage/atomicFile';
import type { DatasetJson } from '../method/datasetJson';
import { stringifyJson } from '../method/jsonWriter';
import { datasetFolderName } from './names';
import { createFolder } from './newFolder';
import { imageFileName, rawPaths } from './rawDataset';
import { listDatasets, lowestFreeId } from './references';
import { rootFolderNames, rootsBelow } from './roots';
import { sampleMark } from './sample/mark';
import { type SampleModality, type SampleScan, makeScan } from './sample/scan';
import { writeScan } from './scans';

interface SampleOptions {
  /** Labelled training cases; default 20. */
  cases?: number;
  /** Scans in imagesTs with reference labels in labelsTs, to predict and evaluate; default 4. */
  testCases?: number;
  /** Same seed, same bytes; default 1. */
  seed?: number;
  /** Default `ct`. */
  modality?: SampleModality;
  /** Thick slices instead of nearly cubic voxels. */
  anisotropic?: boolean;
  signal?: AbortSignal;
  progress?: (done: number, total: number, message: string) => void;
}

export interface SampleResult {
  /** The dataset's folder. */
  folder: string;
  cases: string[];
  testCases: string[];
  datasetJson: DatasetJson;
}

/**
 * @param folder  the dataset's folder, new or empty; inside a folder called nnUNet_raw the next free
 *   `DatasetXXX_Sample` is made
 * Nothing is left behind when it fails or is cancelled.
 */
export async function writeSampleDataset(folder: string, options: SampleOptions = {}): Promise<SampleResult> {
  const { cases = 20, testCases = 4, seed = 1, modality = 'ct', anisotropic = false, signal, progress } = options;
  const target = await datasetFolderIn(resolve(folder), modality);
  const name = (index: number) => `sample_${String(index + 1).padStart(3, '0')}`;
  const total = cases + testCases;
  const datasetJson: DatasetJson = {
    channel_names: { '0': modality === 'ct' ? 'CT' : 'MRI' },
    labels: { background: 0, large_organ: 1, small_organ: 2 },
    numTraining: cases,
    file_ending: '.nii.gz',
    ...sampleMark(modality === 'ct' ? 'CT' : 'MR', seed),
    licence: 'CC0',
  };
  await createFolder(
    target,
    async (unfinished) => {
      const paths = rawPaths(unfinished);
      for (const path of [paths.images, paths.labels, paths.testImages, paths.testLabels]) await mkdir(path);
      for (let index = 0; index < total; index++) {
        signal?.throwIfAborted();
        const isTest = index >= cases;
        const scan = makeScan(seed, index, modality, anisotropic);
        const images = isTest ? paths.testImages : paths.images;
        const labels = isTest ? paths.testLabels : paths.labels;
        await writeScan(
          join(images, imageFileName(name(index), 0, '.nii.gz')),
          scan.image,
          scan.shape,
          geometryOf(scan),
        );
        await writeScan(join(labels, `${name(index)}.nii.gz`), scan.labels, scan.shape, geometryOf(scan));
        progress?.(index + 1, total, name(index));
        // Rendering is synchronous: let others have a turn between two scans.
        await new Promise(setImmediate);
      }
      await writeFileAtomic(paths.datasetJson, stringifyJson(datasetJson));
    },
    signal,
  );
  const names = Array.from({ length: total }, (_, index) => name(index));
  return { folder: target, cases: names.slice(0, cases), testCases: names.slice(cases), datasetJson };
}

async function datasetFolderIn(folder: string, modality: SampleModality): Promise<string> {
  if (basename(folder) !== rootFolderNames.raw) return folder;
  const id = lowestFreeId(await listDatasets(rootsBelow(resolve(folder, '..'))));
  return join(folder, datasetFolderName({ id, name: `Sample${modality.toUpperCase()}` }));
}

function geometryOf(scan: SampleScan) {
  return { spacing: scan.spacing, origin: scan.origin, direction: scan.direction.flat() };
}
