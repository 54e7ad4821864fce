/** Mirror images of a batch of tiles: which there are, and how voxels move. */

/**
 * All non-empty subsets of the axes, smaller ones first: the order in which nnU-Net adds the mirrored predictions.
 * @param axes  of the patch, 0 its first
 */
export function mirrorings(axes: readonly number[]): number[][] {
  const subsets: number[][] = [];
  for (let size = 1; size <= axes.length; size += 1) addSubsets([], 0, size);
  return subsets;

  function addSubsets(chosen: number[], from: number, size: number): void {
    if (chosen.length === size) {
      subsets.push(chosen);
      return;
    }
    for (let at = from; at < axes.length; at += 1) addSubsets([...chosen, axes[at]!], at + 1, size);
  }
}

/**
 * Mirrors every patch. Undoes itself.
 * @param patches  any number of patches one behind the other (samples and channels), shape `patch` (2 or 3 axes) each
 */
export function mirrored(patches: Float32Array, patch: readonly number[], axes: readonly number[]): Float32Array {
  const result = new Float32Array(patches.length);
  forEachRow(patches.length, patch, axes, (from, to, length, reversed) => {
    const row = result.subarray(to, to + length);
    row.set(patches.subarray(from, from + length));
    if (reversed) row.reverse();
  });
  return result;
}

/** sum += mirror image of `patches`, which has the same length. */
export function addMirrored(
  sum: Float32Array,
  patches: Float32Array,
  patch: readonly number[],
  axes: readonly number[],
): void {
  forEachRow(patches.length, patch, axes, (from, to, length, reversed) => {
    if (reversed) for (let at = 0; at < length; at += 1) sum[to + at]! += patches[from + length - 1 - at]!;
    else for (let at = 0; at < length; at += 1) sum[to + at]! += patches[from + at]!;
  });
}

/** Calls `work` for every row of x, with where it lies and where its mirror image does. */
function forEachRow(
  values: number,
  patch: readonly number[],
  axes: readonly number[],
  work: (from: number, to: number, length: number, reversed: boolean) => void,
): void {
  const [depth, height, width] = (patch.length === 2 ? [1, ...patch] : patch) as [number, number, number];
  const offset = 3 - patch.length;
  const [flipZ, flipY, flipX] = [0, 1, 2].map((axis) => axes.includes(axis - offset));
  const size = depth * height * width;
  for (let start = 0; start < values; start += size) {
    for (let z = 0; z < depth; z += 1) {
      const targetZ = flipZ ? depth - 1 - z : z;
      for (let y = 0; y < height; y += 1) {
        const targetY = flipY ? height - 1 - y : y;
        work(start + (z * height + y) * width, start + (targetZ * height + targetY) * width, width, flipX!);
      }
    }
  }
}
