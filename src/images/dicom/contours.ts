/** Which voxels of a slice lie inside a contour? */

/** Column and row, in voxels; whole numbers are the middles of voxels. */
export type Point = readonly [column: number, row: number];

/**
 * Turns the voxels inside the contour over (0 becomes 1, 1 becomes 0): holes are contours inside contours. A contour that runs
 * into a hole and back on the same way (keyhole) has the hole, too.
 */
export function fillContour(mask: Uint8Array, rows: number, columns: number, contour: readonly Point[]): void {
  const heights = contour.map(([, row]) => row);
  const first = Math.max(0, Math.ceil(Math.min(...heights)));
  const last = Math.min(rows - 1, Math.floor(Math.max(...heights)));
  for (let row = first; row <= last; row++) {
    const crossings: number[] = [];
    contour.forEach(([x1, y1], i) => {
      const [x0, y0] = contour[(i + contour.length - 1) % contour.length]!;
      if (y0 <= row !== y1 <= row) crossings.push(x0 + ((row - y0) / (y1 - y0)) * (x1 - x0));
    });
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const to = Math.min(columns, Math.ceil(crossings[i + 1]!));
      for (let c = Math.max(0, Math.ceil(crossings[i]!)); c < to; c++) mask[row * columns + c]! ^= 1;
    }
  }
}
