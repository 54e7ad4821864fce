/** How strongly training patches may be turned and mirrored, and how large they must be loaded for that. */

interface AugmentationPlan {
  /** Rotations are drawn from ± this angle, about each axis (3D) or in the plane (2D). */
  rotationDegrees: number;
  /** Rotate and scale within slices only: the patch is much thinner along axis 0 than elsewhere. */
  dummy2d: boolean;
  /** Axes that may be mirrored, in training and in prediction. */
  mirrorAxes: number[];
  /** Voxels to load, so that the turned and scaled patch stays inside; not larger than needed along axis 0 for `dummy2d`. */
  initialPatchSize: number[];
}

const anisotropyThreshold = 3;
/** Objects are enlarged at most by 1/0.85, as far as the loaded patch is concerned. */
const smallestScale = 0.85;

/**
 * @param patchSize voxels per axis, 2 or 3 entries, transposed
 * @param dims 2 or 3, the number of entries
 * Source: nnU-Net 2.8.1, nnUNetTrainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size.
 */
export function augmentationPlan(patchSize: readonly number[], dims: number = patchSize.length): AugmentationPlan {
  const largest = Math.max(...patchSize);
  if (dims === 2) {
    const rotationDegrees = largest / Math.min(...patchSize) > 1.5 ? 15 : 180;
    return {
      rotationDegrees,
      dummy2d: false,
      mirrorAxes: [0, 1],
      initialPatchSize: initialPatch(patchSize, rotationDegrees),
    };
  }
  const dummy2d = largest / patchSize[0]! > anisotropyThreshold;
  const rotationDegrees = dummy2d ? 180 : 30;
  const initialPatchSize = initialPatch(patchSize, rotationDegrees);
  if (dummy2d) initialPatchSize[0] = patchSize[0]!;
  return { rotationDegrees, dummy2d, mirrorAxes: [0, 1, 2], initialPatchSize };
}

/** Extent of the patch after rotation about each axis in turn, divided by the smallest scale. */
function initialPatch(patchSize: readonly number[], rotationDegrees: number): number[] {
  const angle = Math.min((90 / 360) * 2 * Math.PI, (rotationDegrees / 360) * 2 * Math.PI);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const extent = [...patchSize];
  const planes =
    patchSize.length === 2
      ? [[0, 1]]
      : [
          [1, 2],
          [2, 0],
          [0, 1],
        ];
  for (const [a, b] of planes as [number, number][]) {
    // The row vector of sizes times the rotation matrix [[cos, -sin], [sin, cos]] in the plane (a, b).
    extent[a] = Math.max(extent[a]!, Math.abs(patchSize[a]! * cos + patchSize[b]! * sin));
    extent[b] = Math.max(extent[b]!, Math.abs(patchSize[b]! * cos - patchSize[a]! * sin));
  }
  return extent.map((voxels) => Math.floor(voxels / smallestScale));
}
