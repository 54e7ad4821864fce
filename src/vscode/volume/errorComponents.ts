/** Finds the connected errors of a segmentation: for each kind and label by itself, so that their sizes add up to the table's counts. */
import type { Vector3 } from '../../geometry/types';
import { setImmediate } from 'node:timers/promises';
import type { DifferenceLoaded, ErrorComponent } from '../../protocol/volume';
import { voxelVolumeMm3, type ComparedPair } from './comparison';

const mostErrors = 500;
/** After so many voxels a cancellation can come in between. */
const voxelsPerTurn = 2 ** 21;

const kindOf = new Map<number, ErrorComponent['kind']>([
  [2, 'falsePositive'],
  [3, 'falseNegative'],
  [4, 'otherLabel'],
]);

/** Connected errors (26 neighbours) of one kind and one pair of labels, largest first; voxels on the full grid. @param difference  of `differenceMap` */
export async function listErrors(
  pair: ComparedPair,
  difference: Uint8Array,
  signal?: AbortSignal,
): Promise<DifferenceLoaded> {
  const left = difference.map((code) => (kindOf.has(code) ? code : 0));
  const mm3 = voxelVolumeMm3(pair.grid);
  let errors: ErrorComponent[] = [];
  let [total, voxelsOfTurn] = [0, 0];
  for (let start = 0; start < left.length; start++) {
    if (left[start] === 0) continue;
    const kind = kindOf.get(left[start]!)!;
    const { voxels, voxel, box } = measure(takeConnected(pair, left, start), pair);
    const [referenceLabel, predictionLabel] = [pair.reference[start]!, pair.prediction[start]!];
    errors.push({ kind, voxels, volumeMm3: voxels * mm3, voxel, box, referenceLabel, predictionLabel });
    total++;
    if (errors.length > 4 * mostErrors) errors = largest(errors);
    voxelsOfTurn += voxels;
    if (voxelsOfTurn < voxelsPerTurn) continue;
    voxelsOfTurn = 0;
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { errors: largest(errors), total };
}

const largest = (errors: ErrorComponent[]): ErrorComponent[] =>
  errors.sort((a, b) => b.voxels - a.voxels).slice(0, mostErrors);

/** Voxels that lie side by side along x, first and last: a component has far fewer of these than voxels. */
type Run = [first: number, last: number];

/** The runs of voxels that hang together with one and are wrong in the same way; they are removed from what is left. */
function takeConnected({ reference, prediction, grid }: ComparedPair, left: Uint8Array, start: number): Run[] {
  const [depth, height, width] = grid.shape;
  const [code, r, p] = [left[start], reference[start], prediction[start]];
  const isAlike = (at: number): boolean => left[at] === code && reference[at] === r && prediction[at] === p;
  const runs: Run[] = [];
  const takeRun = (at: number): number => {
    const rowStart = at - (at % width);
    let [first, last] = [at, at];
    while (first > rowStart && isAlike(first - 1)) first--;
    while (last < rowStart + width - 1 && isAlike(last + 1)) last++;
    left.fill(0, first, last + 1);
    runs.push([first, last]);
    return last;
  };
  takeRun(start);
  for (let next = 0; next < runs.length; next++) {
    const [first, last] = runs[next]!;
    const x = first % width;
    const y = Math.floor(first / width) % height;
    const z = Math.floor(first / (width * height));
    const [from, to] = [Math.max(x - 1, 0), Math.min(x + last - first + 1, width - 1)];
    for (let k = Math.max(z - 1, 0); k <= Math.min(z + 1, depth - 1); k++)
      for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, height - 1); j++) {
        const row = (k * height + j) * width;
        for (let at = row + from; at <= row + to; at++) if (isAlike(at)) at = takeRun(at);
      }
  }
  return runs;
}

/** Size and box, and the voxel nearest to the centre: the centre itself may lie outside of a hollow error. */
function measure(runs: readonly Run[], { grid }: ComparedPair): Pick<ErrorComponent, 'voxels' | 'voxel' | 'box'> {
  const [, height, width] = grid.shape;
  const placed = (at: number): Vector3 => [
    at % width,
    Math.floor(at / width) % height,
    Math.floor(at / (width * height)),
  ];
  const low: Vector3 = [Infinity, Infinity, Infinity];
  const high: Vector3 = [-1, -1, -1];
  const sum: Vector3 = [0, 0, 0];
  let voxels = 0;
  for (const [first, last] of runs) {
    const [start, length] = [placed(first), last - first + 1];
    const end: Vector3 = [start[0] + length - 1, start[1], start[2]];
    voxels += length;
    for (let axis = 0; axis < 3; axis++) {
      sum[axis]! += (length * (start[axis]! + end[axis]!)) / 2;
      low[axis] = Math.min(low[axis]!, start[axis]!);
      high[axis] = Math.max(high[axis]!, end[axis]!);
    }
  }
  const centre = sum.map((total) => total / voxels);
  let [nearest, shortest] = [low, Infinity];
  for (const [first, last] of runs) {
    const start = placed(first);
    const x = Math.min(Math.max(Math.round(centre[0]!), start[0]), start[0] + last - first);
    const voxel: Vector3 = [x, start[1], start[2]];
    const distance = voxel.reduce((far, index, axis) => far + (index - centre[axis]!) ** 2, 0);
    if (distance < shortest) [nearest, shortest] = [voxel, distance];
  }
  return { voxels, voxel: nearest, box: [low, high] };
}
