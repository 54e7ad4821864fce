/** Which spacing all cases are resampled to, how large they are then, and which axis comes first. */
import type { Vector3 } from '../../geometry/types';
import type { Fingerprint } from '../fingerprint';
import { argMax, median, percentile, roundHalfEven } from '../rounding';

const anisotropyThreshold = 3;

/**
 * Spacing that all cases are resampled to at full resolution.
 * @returns mm per axis, array order, before any transposition
 * Source: Isensee et al. 2021, supplementary note 2; nnU-Net 2.8.1 default experiment planner.
 */
export function targetSpacing(fingerprint: Fingerprint): Vector3 {
  const { spacings, shapes_after_crop: shapes } = fingerprint;
  const target = perAxis((axis) => percentile(column(spacings, axis), 50));
  const size = perAxis((axis) => percentile(column(shapes, axis), 50));
  const coarsest = argMax(target);
  const others = [0, 1, 2].filter((axis) => axis !== coarsest);
  const finestOther = Math.max(...others.map((axis) => target[axis]!));
  const smallestOther = Math.min(...others.map((axis) => size[axis]!));
  const isAnisotropic =
    target[coarsest]! > anisotropyThreshold * finestOther && size[coarsest]! * anisotropyThreshold < smallestOther;
  if (isAnisotropic) {
    // The median would throw away slices of the better half of the cases, so take the 10th percentile of that axis.
    const fine = percentile(column(spacings, coarsest), 10);
    target[coarsest] = fine < finestOther ? finestOther + 1e-5 : fine;
  }
  return target;
}

/**
 * Median shape of all cases after resampling to `spacing`.
 * @returns voxels per axis, array order; halves can occur
 */
export function medianResampledShape(fingerprint: Fingerprint, spacing: Vector3): Vector3 {
  const { spacings, shapes_after_crop: shapes } = fingerprint;
  return perAxis((axis) => {
    return median(
      shapes.map((shape, index) => roundHalfEven((spacings[index]![axis]! / spacing[axis]!) * shape[axis]!)),
    );
  });
}

/** Median spacing (mm) and shape (voxels, rounded) as the cases are, array order: information for the reader of plans. */
export function originalMedians(fingerprint: Fingerprint): { spacing: Vector3; shape: Vector3 } {
  return {
    spacing: perAxis((axis) => median(column(fingerprint.spacings, axis))),
    shape: perAxis((axis) => roundHalfEven(median(column(fingerprint.shapes_after_crop, axis)))),
  };
}

/** Axis order that puts the coarsest axis first, and its inverse: `forward[k]` is the old axis at new place k. */
export function transposition(spacing: Vector3): { forward: Vector3; backward: Vector3 } {
  const first = argMax(spacing);
  const forward = [first, ...[0, 1, 2].filter((axis) => axis !== first)] as Vector3;
  return { forward, backward: perAxis((axis) => forward.indexOf(axis)) };
}

export function transposed(vector: Vector3, forward: Vector3): Vector3 {
  return perAxis((axis) => vector[forward[axis]!]!);
}

function perAxis(value: (axis: number) => number): Vector3 {
  return [value(0), value(1), value(2)];
}

function column(rows: readonly Vector3[], axis: number): number[] {
  return rows.map((row) => row[axis]!);
}
