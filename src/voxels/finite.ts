/** Where do voxels hold a value that no arithmetic can use: NaN or an infinity? */

/** Index into `values` of the first value that is not finite; undefined where all are. O(values), no copy. */
export function firstNonFinite(values: Float32Array | Float64Array): number | undefined {
  // Only of finite values the difference from itself is 0; one branch a voxel.
  for (let index = 0; index < values.length; index += 1) {
    if (values[index]! - values[index]! !== 0) return index;
  }
  return undefined;
}
