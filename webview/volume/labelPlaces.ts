/** Where labels are: their boxes, and a voxel to go to. */
import type { Vector3 } from '../../src/geometry/types';
import type { Layer } from './slices';

export interface Box {
  low: Vector3;
  high: Vector3;
}

/** The box of every label that occurs, in one pass; first and last voxel. */
export function labelBoxes({ grid, voxels }: Layer): Map<number, Box> {
  const [nx, ny, nz] = grid.shape;
  const boxes = new Map<number, Box>();
  let i = 0;
  // Neighbours mostly have one label: it is looked up where it changes only.
  let last = 0;
  let box: Box | undefined;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, i++) {
        const label = voxels[i] ?? 0;
        if (label !== last) {
          last = label;
          box = label === 0 ? undefined : boxes.get(label);
          if (label !== 0 && !box) {
            box = { low: [x, y, z], high: [x, y, z] };
            boxes.set(label, box);
          }
        }
        if (!box) continue;
        if (x < box.low[0]) box.low[0] = x;
        if (y < box.low[1]) box.low[1] = y;
        if (x > box.high[0]) box.high[0] = x;
        if (y > box.high[1]) box.high[1] = y;
        box.high[2] = z;
      }
  return boxes;
}

/** The label's voxel closest to the middle of its box. */
export function labelMiddle(layer: Layer, label: number): Vector3 | undefined {
  const box = labelBoxes(layer).get(label);
  if (!box) return undefined;
  const middle = box.low.map((low, axis) => (low + (box.high[axis] ?? low)) / 2);
  const [nx, ny] = layer.grid.shape;
  let best: Vector3 | undefined;
  let closest = Infinity;
  for (let z = box.low[2]; z <= box.high[2]; z++)
    for (let y = box.low[1]; y <= box.high[1]; y++)
      for (let x = box.low[0]; x <= box.high[0]; x++) {
        if (layer.voxels[(z * ny + y) * nx + x] !== label) continue;
        const distance = (x - (middle[0] ?? 0)) ** 2 + (y - (middle[1] ?? 0)) ** 2 + (z - (middle[2] ?? 0)) ** 2;
        if (distance < closest) [closest, best] = [distance, [x, y, z]];
      }
  return best;
}
