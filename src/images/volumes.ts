/** Reads the images and the segmentation of a case as nnU-Net's readers do: float32, (channel, z, y, x), with the properties needed to write back. */
import { ImageError } from '../method/errors';
import { readOne } from './readOne';
import { channelLength, type ReaderName, type Volume } from './types';

/**
 * The channels of one case, stacked in the order of `files`; a file with several channels brings them all.
 * Properties are those of the first file. Shapes and spacings must agree; origins and directions are `check`'s business.
 * @throws ImageError shape-mismatch, spacing-mismatch, and what is wrong with a single file
 */
export async function readImages(files: readonly string[], reader: ReaderName): Promise<Volume> {
  const [firstFile, ...otherFiles] = files;
  if (firstFile === undefined) {
    throw new ImageError('no-files', 'A case without image files was asked for', {
      hint: 'Check imagesTr: one file per channel is needed.',
    });
  }
  const first = await readOne(firstFile, reader);
  if (otherFiles.length === 0) return first;
  const volumes = [first];
  for (const file of otherFiles) {
    const volume = await readOne(file, reader);
    requireSameGrid(first, firstFile, volume, file);
    volumes.push(volume);
  }
  return stack(volumes);
}

/** A segmentation with the values of the file, not rounded. */
export async function readSegmentation(file: string, reader: ReaderName): Promise<Volume> {
  return readOne(file, reader, 'label');
}

function requireSameGrid(first: Volume, firstFile: string, other: Volume, file: string): void {
  const [, ...expected] = first.shape;
  const [, ...found] = other.shape;
  if (found.some((length, axis) => length !== expected[axis])) {
    throw new ImageError(
      'shape-mismatch',
      `The channels of a case differ in shape: ${show(expected)} in ${firstFile}, here ${show(found)}`,
      {
        where: file,
        hint: 'Resample them to one grid.',
      },
    );
  }
  if (!other.properties.spacing.every((step, axis) => isClose(step, first.properties.spacing[axis] ?? 0))) {
    const [a, b] = [first.properties.spacing, other.properties.spacing].map(show);
    throw new ImageError(
      'spacing-mismatch',
      `The channels of a case differ in spacing: ${a} mm in ${firstFile}, here ${b} mm`,
      {
        where: file,
        hint: 'Resample them to one grid, or correct the header.',
      },
    );
  }
}

const show = (values: readonly number[]): string => `(${values.join(', ')})`;

/** numpy's allclose. */
const isClose = (value: number, reference: number): boolean =>
  Math.abs(value - reference) <= 1e-8 + 1e-5 * Math.abs(reference);

function stack(volumes: Volume[]): Volume {
  const [first] = volumes as [Volume, ...Volume[]];
  const channels = volumes.reduce((sum, volume) => sum + volume.shape[0], 0);
  const [, z, y, x] = first.shape;
  const data = new Float32Array(channels * channelLength([z, y, x]));
  let offset = 0;
  for (const volume of volumes) {
    data.set(volume.data, offset);
    offset += volume.data.length;
  }
  return { data, shape: [channels, z, y, x], properties: first.properties };
}
