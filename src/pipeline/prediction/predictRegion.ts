/** The part of an image that is wanted, in a mask: everything else becomes background. */
import type { Shape3, Vector3, VoxelBox } from '../../geometry/types';

/** Only the box keeps its labels. */
export function clearOutside(
  labels: Uint8Array | Uint16Array,
  [depth, height, width]: Shape3,
  { low, high }: VoxelBox,
): void {
  const [left, right] = [low[2], high[2]].map((edge) => Math.min(width, Math.max(0, edge))) as [number, number];
  for (let z = 0; z < depth; z += 1) {
    for (let y = 0; y < height; y += 1) {
      const row = (z * height + y) * width;
      const isInside = z >= low[0] && z < high[0] && y >= low[1] && y < high[1];
      labels.fill(0, row, row + (isInside ? left : width));
      labels.fill(0, row + right, row + width);
    }
  }
}

/** The box as seen from another origin. */
export function shifted({ low, high }: VoxelBox, origin: Vector3): VoxelBox {
  const shift = (corner: Vector3): Vector3 => corner.map((edge, axis) => edge - origin[axis]!) as Vector3;
  return { low: shift(low), high: shift(high) };
}
