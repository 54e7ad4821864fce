/** The part of stage "evaluate" that compares surfaces: from one case's masks to an entry of surface.json. */
import { join } from 'node:path';
import { isJsonWith } from '../dataset/outputPlace';
import type { ConfusionCounts } from '../method/evaluation';
import { labelOrRegionKey, type LabelManager } from '../method/labels';
import type { LengthUnit, SurfaceCase, SurfaceValues } from '../method/surfaceEvaluation';
import { surfaceMetrics } from '../voxels/surfaces';
import type { NativeOptions } from '../voxels/types';
import type { MaskPair } from './maskPair';

/** mm, unless the person says otherwise. */
export const defaultToleranceMm = 1;
/** Of the surface: that of HD95. */
const percentile = 95;

/** Beside the summary.json of the same masks. */
export const surfaceFileIn = (folder: string): string => join(folder, 'surface.json');

export const isSurfaceSummary = (file: string): Promise<boolean> =>
  isJsonWith(file, ['units', 'tolerance', 'metric_per_case']);

export const unitOf = ({ grid }: MaskPair): LengthUnit => (grid.isInSpace ? 'mm' : 'pixel');

/** @param counts  of the same masks, in the order of `labels.foreground` */
export async function surfaceCase(
  { reference, prediction, shape, grid }: MaskPair,
  counts: readonly ConfusionCounts[],
  labels: LabelManager,
  files: Pick<SurfaceCase, 'prediction_file' | 'reference_file'>,
  tolerance: number,
  native: NativeOptions,
): Promise<SurfaceCase> {
  const { spacing, isInSpace } = grid;
  const labelsOrRegions = labels.foreground.map((entry) => [entry].flat() as number[]);
  const { ignoreLabel } = labels;
  const question = { shape, spacing, labelsOrRegions, ignoreLabel, percentile, tolerance };
  const found = await surfaceMetrics(reference.labels, prediction.labels, question, native);
  const ml = isInSpace ? spacing.reduce((product, edge) => product * edge, 1) / 1000 : 1;
  const metrics = labels.foreground.map((entry, at) => {
    const { tp, fp, fn } = counts[at]!;
    const one = found[at]!;
    const values: SurfaceValues = {
      HD95: one.percentileDistance,
      HD: one.hausdorffDistance,
      ASSD: one.averageDistance,
      ASD_ref: one.referenceToPrediction,
      ASD_pred: one.predictionToReference,
      NSD: one.surfaceDice,
      area_ref: one.referenceArea,
      area_pred: one.predictionArea,
      volume_ref: (tp + fn) * ml,
      volume_pred: (tp + fp) * ml,
    };
    return [labelOrRegionKey(entry), values] as const;
  });
  return { metrics: Object.fromEntries(metrics), ...files };
}
