/** Small datasets on disk for the tests of src/dataset; removed after the test. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ImportOptions } from '../../../src/dataset/importers/plan';
import { importDataset } from '../../../src/dataset/importers/importDataset';
import { writeScan } from '../../../src/dataset/scans';
import type { Geometry, Shape3, VoxelArray } from '../../../src/geometry/types';

/** A folder whose path has blanks and letters of other scripts, as people's folders do. */
export async function scratchFolder(context: TestContext): Promise<string> {
  const outer = await mkdtemp(join(tmpdir(), 'nnunet dataset ü-'));
  context.after(() => rm(outer, { recursive: true, force: true, maxRetries: 5 }));
  const folder = join(outer, 'Meine Daten Ω');
  await mkdir(folder);
  return folder;
}

/** A folder to import and a place for what becomes of it. */
export async function importPlaces(context: TestContext) {
  const folder = await scratchFolder(context);
  const source = join(folder, 'source');
  const rawRoot = join(folder, 'nnUNet_raw');
  const run = (options: Partial<ImportOptions> = {}, from = source) => importDataset(from, { rawRoot, ...options });
  return { folder, source, rawRoot, run };
}

export const smallShape: Shape3 = [4, 5, 6];
export const oblique: Geometry = {
  spacing: [0.8, 0.9, 2.5],
  origin: [-10.5, 20.25, 3],
  direction: [0.96, -0.28, 0, 0.28, 0.96, 0, 0, 0, 1],
};

/** Writes a volume; folders are made. Values come from a function of the voxel's index. */
export async function writeSmall(
  file: string,
  value: (index: number) => number,
  options: { type?: 'uint8' | 'int16' | 'float32'; shape?: Shape3; geometry?: Geometry } = {},
): Promise<void> {
  const { type = 'uint8', shape = smallShape, geometry = oblique } = options;
  const length = shape[0] * shape[1] * shape[2];
  const data: VoxelArray =
    type === 'uint8' ? new Uint8Array(length) : type === 'int16' ? new Int16Array(length) : new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = value(i);
  await mkdir(dirname(file), { recursive: true });
  await writeScan(file, data, shape, geometry);
}

export async function writeText(file: string, content: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}

/** Relative paths of all files below a folder, sorted, separated by `/`. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

/** A correct dataset of three CT cases with labels 0, 1, 2. */
export async function writeGoodDataset(folder: string): Promise<void> {
  for (const [n, id] of ['a', 'b', 'c'].entries()) {
    await writeSmall(join(folder, 'imagesTr', `${id}_0000.nii.gz`), (i) => i * 10 - 500 + n, { type: 'int16' });
    await writeSmall(join(folder, 'labelsTr', `${id}.nii.gz`), (i) => (i + n) % 3);
  }
  await writeText(join(folder, 'dataset.json'), {
    channel_names: { 0: 'CT' },
    labels: { background: 0, liver: 1, tumour: 2 },
    numTraining: 3,
    file_ending: '.nii.gz',
  });
}
