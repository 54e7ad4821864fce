/** Compares two segmentations of one image: Dice of each label, and where they differ. */
import { determinantOf } from '../../geometry/affine';
import type { SpaceGrid } from '../../geometry/grids';
import { metricsFromCounts } from '../../method/evaluation';
import { labelOrRegionKey, type LabelOrRegion } from '../../method/labels';
import { mean } from '../../method/means';
import { confusionCounts } from '../../voxels/metrics';
import type { NativeOptions } from '../../voxels/types';
import type { Comparison, ComparisonRow, DifferenceCode } from '../../protocol/volume';
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
  grid: SpaceGrid;
  /** Value of the reference that says "nobody annotated this". */
  ignoreLabel?: number;
}

const mostRows = 256;

export const voxelVolumeMm3 = (grid: SpaceGrid): number => Math.abs(determinantOf(grid.affine));

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
