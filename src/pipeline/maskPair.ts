/** Brings a predicted mask and its reference onto one grid, as whole label values, and says what had to be done for it. */
import { voxelEdgesMm } from '../geometry/affine';
import { axisCodes } from '../geometry/axes';
import { gridDistanceMm, turnOnto } from '../geometry/grids';
import { isIdentity, reorientVoxels } from '../geometry/reorientation';
import type { Shape3, Vector3 } from '../geometry/types';
import type { ReaderName, Volume } from '../images/types';
import { readSegmentation } from '../images/volumes';
import { counted } from '../words/counted';
import { EvaluationError } from '../method/errors';
import { labelValues } from '../voxels/metrics';
import type { NativeOptions } from '../voxels/types';
import { roundedLabels } from './roundedLabels';
import { gridOf } from './volumeGrid';

interface MaskFiles {
  reference: string;
  prediction: string;
}

export interface MaskPair {
  reference: Mask;
  prediction: Mask;
  /** Of both. */
  shape: Shape3;
  /** The headers place the two differently; the prediction was turned, or (where positions don't count) taken as it is. */
  isMoved: boolean;
  /** That of the reference. */
  grid: MaskGrid;
}

interface MaskGrid {
  /** (z, y, x), mm; of a picture, which lies nowhere, pixels. */
  spacing: Vector3;
  isInSpace: boolean;
}

interface Mask {
  /** Of one shape and order in both. */
  labels: Float32Array;
  values: number[];
  /** Some values were not quite whole, as floating point leaves them. */
  isRounded: boolean;
}

/**
 * @param byVoxel  compares voxel with voxel, whatever the headers say about position, as nnU-Net does
 * @throws EvaluationError `shape-mismatch`, `grid-mismatch`, `label-not-integer`; ImageError for unreadable files
 */
export async function readMaskPair(
  files: MaskFiles,
  reader: ReaderName,
  byVoxel: boolean,
  native: NativeOptions,
): Promise<MaskPair> {
  const reference = await readSegmentation(files.reference, reader);
  const prediction = await readSegmentation(files.prediction, reader);
  const { turned, isMoved } = onReferenceGrid(reference, prediction, files, byVoxel);
  return {
    reference: await wholeLabels(reference, files.reference, native),
    prediction: await wholeLabels(turned, files.prediction, native),
    shape: reference.shape.slice(1) as Shape3,
    isMoved,
    grid: maskGridOf(reference),
  };
}

function maskGridOf(volume: Volume): MaskGrid {
  const grid = gridOf(volume);
  const spacing: Vector3 = grid ? (voxelEdgesMm(grid.affine).reverse() as Vector3) : [1, 1, 1];
  return { spacing, isInSpace: grid !== undefined };
}

function onReferenceGrid(
  reference: Volume,
  prediction: Volume,
  files: MaskFiles,
  byVoxel: boolean,
): { turned: Volume; isMoved: boolean } {
  const [onto, from] = [gridOf(reference), gridOf(prediction)];
  const sameShape = String(reference.shape) === String(prediction.shape);
  // Pictures lie nowhere.
  const turn = onto && from ? turnOnto(onto, from) : undefined;
  if (byVoxel || !onto || !from) {
    if (!sameShape) throw otherGrid('shape-mismatch', reference, prediction, files);
    return { turned: prediction, isMoved: onto !== undefined && !(turn && isIdentity(turn)) };
  }
  if (!turn || reference.shape[0] !== prediction.shape[0]) {
    throw otherGrid(sameShape ? 'grid-mismatch' : 'shape-mismatch', reference, prediction, files);
  }
  const { voxels: data, shape } = reorientVoxels(prediction.data, prediction.shape, turn);
  return { turned: { ...prediction, data, shape }, isMoved: !isIdentity(turn) };
}

function otherGrid(code: string, reference: Volume, prediction: Volume, { prediction: where }: MaskFiles) {
  const [a, b] = [gridOf(prediction), gridOf(reference)];
  const apart =
    code === 'grid-mismatch' && a && b ? `: the same voxels lie up to ${short(gridDistanceMm(a, b))} mm apart` : '';
  const message = `The prediction has ${gridWords(prediction)}, its reference ${gridWords(reference)}${apart}`;
  const hint = apart
    ? 'Compare masks of the same image. If only the headers are wrong, --by-voxel compares voxel with voxel, as nnU-Net does.'
    : 'Compare masks of the same image, on its own grid.';
  return new EvaluationError(code, message, { where, hint });
}

function gridWords(volume: Volume): string {
  const [channels, ...shape] = volume.shape;
  const size = `${channels > 1 ? `${counted(channels, 'channel')} of ` : ''}${[...shape].reverse().join(' x ')} voxels`;
  const grid = gridOf(volume);
  if (!grid) return size;
  const origin = [0, 1, 2].map((row) => short(grid.affine[row]![3]!));
  return `${size} of ${voxelEdgesMm(grid.affine).map(short).join(' x ')} mm from (${origin.join(', ')}) towards ${axisCodes(grid.affine)}`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

async function wholeLabels({ data, shape: [, ...shape] }: Volume, file: string, native: NativeOptions): Promise<Mask> {
  const found = await labelValues(data, native);
  if (!found.nonInteger && !found.nonFinite) return { labels: data, values: found.values, isRounded: false };
  const labels = roundedLabels(data, shape, file);
  const { values } = await labelValues(labels, native);
  return { labels, values, isRounded: true };
}
