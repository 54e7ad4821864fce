/** How far do the surfaces of a prediction lie from those of its reference? */
import type { Shape3, Vector3 } from '../geometry/types';
import { runNative } from './load';
import type { NativeSurfaceMetrics } from './native';
import type { LabelData, NativeOptions } from './types';

interface SurfaceQuestion {
  /** One slice: a picture, of which contours are compared. */
  shape: Readonly<Shape3>;
  /** (z, y, x); distances are in its unit. */
  spacing: Readonly<Vector3>;
  /** Lists of labels, each a class. */
  labelsOrRegions: readonly (readonly number[])[];
  /** Voxels that have it in the reference belong to no class. */
  ignoreLabel?: number;
  /** Of the surface's area: 95 gives HD95. */
  percentile: number;
  /** For the surface Dice, in the unit of the spacing. */
  tolerance: number;
}

/** One entry per class, in order; the elements of a surface count by their area. */
export function surfaceMetrics(
  reference: LabelData,
  prediction: LabelData,
  { shape, spacing, labelsOrRegions, ignoreLabel, percentile, tolerance }: SurfaceQuestion,
  options?: NativeOptions,
): Promise<NativeSurfaceMetrics[]> {
  const settings = { percentile, tolerances: [tolerance] };
  return runNative(options, (voxels, run) =>
    voxels.surfaceMetrics(reference, prediction, shape, spacing, labelsOrRegions, ignoreLabel ?? null, settings, run),
  );
}
