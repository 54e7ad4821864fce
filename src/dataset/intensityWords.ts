/** What is said of an intensity that can't be used: the same words wherever it is found. */

/** @param shape  (c, z, y, x) @param index  in `data` */
export function voxelWords(
  data: ArrayLike<number>,
  shape: readonly [number, number, number, number],
  index: number,
): string {
  const [channels, depth, height, width] = shape;
  const at = index % (depth * height * width);
  const voxel = [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height))];
  const channel = channels > 1 ? ` of channel ${Math.floor(index / (depth * height * width))}` : '';
  return `voxel (${voxel.join(', ')})${channel} is ${Number(data[index]!.toPrecision(7))}`;
}

/** @param subject  "Case c", "This image" @param voxel  from `voxelWords` */
export function overflowWords(subject: string, voxel: string): string {
  return `${subject} can't be normalised: its intensities are too large for single precision, ${voxel}`;
}

export const overflowHint =
  'Correct the voxels with extreme values (often a placeholder for "no data"), or divide the intensities of all images by a power of ten.';

export const notFiniteHint = 'Replace them, for example by the intensity of the background.';
