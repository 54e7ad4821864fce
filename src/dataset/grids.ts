/** How far two grids in space lie apart. */
import type { ScanHeader } from './scans';

/**
 * Greatest distance between a corner of one grid and the same corner of the other.
 * @returns in units of the smallest voxel edge of `b`
 */
export function gridDistance(a: ScanHeader, b: ScanHeader): number {
  const [z, y, x] = b.shape;
  let greatest = 0;
  for (const corner of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const voxel = [corner & 1 ? x - 1 : 0, corner & 2 ? y - 1 : 0, corner & 4 ? z - 1 : 0, 1];
    let squares = 0;
    for (let row = 0; row < 3; row++) {
      const difference = voxel.reduce(
        (sum, index, column) => sum + index * (a.affine[row]![column]! - b.affine[row]![column]!),
        0,
      );
      squares += difference * difference;
    }
    greatest = Math.max(greatest, Math.sqrt(squares));
  }
  return greatest / Math.min(...b.spacing);
}

/** As nnU-Net compares spacings: numpy's allclose. */
export function sameSpacing(a: readonly number[], b: readonly number[]): boolean {
  return a.every((mm, i) => Math.abs(mm - b[i]!) <= 1e-8 + 1e-5 * Math.abs(b[i]!));
}
