/** Puts parts of a volume, which came as boxes, where they belong. */
import type { Vector3 } from '../../src/geometry/types';
import type { Voxels } from './slices';

/**
 * @param volume  of this shape, x fastest, as the box
 * @param low     the box's first voxel
 */
export function placeBox(volume: Voxels, shape: Vector3, box: Voxels, low: Vector3, size: Vector3): void {
  const [width, height] = shape;
  let from = 0;
  for (let z = low[2]; z < low[2] + size[2]; z += 1) {
    for (let y = low[1]; y < low[1] + size[1]; y += 1, from += size[0]) {
      volume.set(box.subarray(from, from + size[0]), (z * height + y) * width + low[0]);
    }
  }
}
