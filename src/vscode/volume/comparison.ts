/** Compares two segmentations of one image: Dice of each label, where they differ, and the list of errors by size. */
import { determinant3, linearPart } from '../../images/matrix';
import type { Shape3 } from '../../images/types';
import { metricsFromCounts } from '../../method/evaluation';
import { labelOrRegionKey, type LabelOrRegion } from '../../method/labels';
import { mean } from '../../method/means';
import { connectedComponents } from '../../voxels/components';
import { confusionCounts } from '../../voxels/metrics';
import type { NativeOptions } from '../../voxels/types';
import type {
  Comparison,
  ComparisonRow,
  DifferenceCode,
  DifferenceLoaded,
  ErrorComponent,
  Vec3,
} from '../../protocol/volume';
import type { Grid } from './displayGrid';
import type { LabelArray } from './labelMap';

/** One line of the table: a label or region, and its name. */
export interface ComparedClass {
  entry: LabelOrRegion;
  name: string;
}

export interface ComparedPair {
  /** (z, y, x), of one length. */
  reference: LabelArray;
  prediction: LabelArray;
  grid: Grid;
  /** Value of the reference that says "nobody annotated this". */
  ignoreLabel?: number;
}

const mostRows = 256;
const mostErrors = 500;

const voxelVolumeMm3 = (grid: Grid): number => Math.abs(determinant3(linearPart(grid.affine)));

export async function compareLabels(
  pair: ComparedPair,
  classes: readonly ComparedClass[],
  options?: NativeOptions,
): Promise<Omit<Comparison, 'warnings'>> {
  const shown = classes.slice(0, mostRows);
  const sets = shown.map(({ entry }) => [entry].flat() as number[]);
  const counts = await confusionCounts(pair.reference, pair.prediction, sets, pair.ignoreLabel, options);
  const mm3 = voxelVolumeMm3(pair.grid);
  const rows = counts.map((count, i): ComparisonRow => {
    const { Dice, IoU } = metricsFromCounts(count);
    return {
      key: labelOrRegionKey(shown[i]!.entry),
      name: shown[i]!.name,
      labels: sets[i]!,
      dice: Number.isNaN(Dice) ? null : Dice,
      iou: Number.isNaN(IoU) ? null : IoU,
      truePositive: count.tp,
      falsePositive: count.fp,
      falseNegative: count.fn,
      referenceVolumeMm3: (count.tp + count.fn) * mm3,
      predictionVolumeMm3: (count.tp + count.fp) * mm3,
    };
  });
  const dices = rows.flatMap(({ dice }) => (dice === null ? [] : [dice]));
  return { rows, meanDice: dices.length > 0 ? mean(dices) : null };
}

const [agreement, truePositive, falsePositive, falseNegative, otherLabel] = [0, 1, 2, 3, 4] as const;

/**
 * One DifferenceCode per voxel.
 * @param labels  only these count as foreground, and all as one; otherwise every label for itself
 */
export function differenceMap(
  { reference, prediction, ignoreLabel }: ComparedPair,
  labels?: readonly number[],
): Uint8Array {
  const out = new Uint8Array(reference.length);
  const chosen = labels && new Set(labels);
  for (let i = 0; i < out.length; i++) {
    const r = reference[i]!;
    const p = prediction[i]!;
    if (r === 0 && p === 0) continue;
    if (r === ignoreLabel) continue;
    out[i] = chosen ? codeOf(chosen.has(r) ? 1 : 0, chosen.has(p) ? 1 : 0) : codeOf(r, p);
  }
  return out;
}

function codeOf(reference: number, prediction: number): DifferenceCode {
  if (reference === prediction) return reference === 0 ? agreement : truePositive;
  if (reference === 0) return falsePositive;
  return prediction === 0 ? falseNegative : otherLabel;
}

const errorKinds = [
  [falsePositive, 'falsePositive'],
  [falseNegative, 'falseNegative'],
  [otherLabel, 'otherLabel'],
] as const;

/** Connected errors, largest first; voxels on the full grid. @param difference  of `differenceMap` */
export async function listErrors(
  pair: ComparedPair,
  difference: Uint8Array,
  nameOf: (label: number) => string,
  options?: NativeOptions,
): Promise<DifferenceLoaded> {
  const found: Measured[] = [];
  let total = 0;
  for (const [code, kind] of errorKinds) {
    const box = boxOf(difference, pair.grid.shape, code);
    if (!box) continue;
    const { mask, shape } = cropped(difference, pair.grid.shape, box, code);
    const components = await connectedComponents(mask, shape, 'full', options);
    total += components.sizes.length;
    const largest = components.sizes
      .map((voxels, index) => ({ voxels, index }))
      .sort((a, b) => b.voxels - a.voxels)
      .slice(0, mostErrors);
    found.push(...measure(pair, kind, components.labels, shape, box, largest));
  }
  const mm3 = voxelVolumeMm3(pair.grid);
  const errors = found
    .sort((a, b) => b.voxels - a.voxels)
    .slice(0, mostErrors)
    .map((component): ErrorComponent => {
      const { kind, voxels, voxel, low, high } = component;
      return {
        kind,
        voxels,
        volumeMm3: voxels * mm3,
        voxel,
        box: [low, high],
        referenceLabel: nameOf(mostFrequent(component.reference)),
        predictionLabel: nameOf(mostFrequent(component.prediction)),
      };
    });
  return { errors, total };
}

interface Box {
  /** (x, y, z), both inside. */
  low: Vec3;
  high: Vec3;
}

function boxOf(map: Uint8Array, [depth, height, width]: Shape3, code: number): Box | undefined {
  const low: Vec3 = [width, height, depth];
  const high: Vec3 = [-1, -1, -1];
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++, i += width) {
      const row = map.subarray(i, i + width);
      const first = row.indexOf(code);
      if (first < 0) continue;
      low[0] = Math.min(low[0], first);
      high[0] = Math.max(high[0], row.lastIndexOf(code));
      low[1] = Math.min(low[1], y);
      high[1] = Math.max(high[1], y);
      low[2] = Math.min(low[2], z);
      high[2] = z;
    }
  }
  return high[0] < 0 ? undefined : { low, high };
}

function cropped(map: Uint8Array, [, height, width]: Shape3, { low, high }: Box, code: number) {
  const shape: Shape3 = [high[2] - low[2] + 1, high[1] - low[1] + 1, high[0] - low[0] + 1];
  const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
  let target = 0;
  for (let z = low[2]; z <= high[2]; z++) {
    for (let y = low[1]; y <= high[1]; y++) {
      const row = (z * height + y) * width;
      for (let x = low[0]; x <= high[0]; x++) mask[target++] = map[row + x] === code ? 1 : 0;
    }
  }
  return { mask, shape };
}

interface Measured extends Box {
  kind: ErrorComponent['kind'];
  voxels: number;
  voxel: Vec3;
  reference: Map<number, number>;
  prediction: Map<number, number>;
}

/** Two passes: sums and boxes, then the voxel nearest to each centre, so that the place to jump to lies inside. */
function measure(
  { reference, prediction, grid }: ComparedPair,
  kind: ErrorComponent['kind'],
  components: Int32Array,
  shape: Shape3,
  { low }: Box,
  largest: readonly { voxels: number; index: number }[],
): Measured[] {
  const [, height, width] = grid.shape;
  const measured = new Map(
    largest.map(({ voxels, index }) => [
      index + 1,
      {
        kind,
        voxels,
        voxel: [0, 0, 0] as Vec3,
        low: [Infinity, Infinity, Infinity] as Vec3,
        high: [-1, -1, -1] as Vec3,
        reference: new Map<number, number>(),
        prediction: new Map<number, number>(),
        sum: [0, 0, 0],
        distance: Infinity,
      },
    ]),
  );
  const each = (visit: (entry: Measured & { sum: number[]; distance: number }, voxel: Vec3) => void): void => {
    let i = 0;
    for (let z = 0; z < shape[0]; z++)
      for (let y = 0; y < shape[1]; y++)
        for (let x = 0; x < shape[2]; x++, i++) {
          const entry = components[i] ? measured.get(components[i]!) : undefined;
          if (entry) visit(entry, [low[0] + x, low[1] + y, low[2] + z]);
        }
  };
  each((entry, voxel) => {
    for (let axis = 0; axis < 3; axis++) {
      entry.sum[axis]! += voxel[axis]!;
      entry.low[axis] = Math.min(entry.low[axis]!, voxel[axis]!);
      entry.high[axis] = Math.max(entry.high[axis]!, voxel[axis]!);
    }
    const at = (voxel[2] * height + voxel[1]) * width + voxel[0];
    count(entry.reference, reference[at]!);
    count(entry.prediction, prediction[at]!);
  });
  each((entry, voxel) => {
    const distance = voxel.reduce((sum, index, axis) => sum + (index - entry.sum[axis]! / entry.voxels) ** 2, 0);
    if (distance < entry.distance) {
      entry.distance = distance;
      entry.voxel = voxel;
    }
  });
  return [...measured.values()].map(({ sum: _sum, distance: _distance, ...rest }) => rest);
}

function count(counts: Map<number, number>, label: number): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

function mostFrequent(counts: Map<number, number>): number {
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0];
}
