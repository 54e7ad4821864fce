/** How strongly training patches may be turned and mirrored, and how large they must be loaded for that. */
import type { TrainerSettings } from './trainerVariants';

interface AugmentationPlan {
  /** Rotations are drawn from ± this angle, about each axis (3D) or in the plane (2D). */
  rotationDegrees: number;
  /** Rotate and scale within slices only: the patch is much thinner along axis 0 than elsewhere. */
  dummy2d: boolean;
  /** Axes that may be mirrored, in training and in prediction. */
  mirrorAxes: number[];
  /** nnU-Net's stronger transforms in place of the usual ones. */
  strong: boolean;
  /** Turned label maps take the nearest voxel's label, and its neighbours have no vote. */
  nearestLabels: boolean;
  /** False: patches are trained on as they lie in the image. */
  enabled: boolean;
  /** Voxels to load, so that the turned and scaled patch stays inside; not larger than needed along axis 0 for `dummy2d`. */
  initialPatchSize: number[];
}

const anisotropyThreshold = 3;
/** Objects are enlarged at most by 1/0.85 (strong: 1/0.7), as far as the loaded patch is concerned. */
const [smallestScale, smallestStrongScale] = [0.85, 0.7];

/**
 * @param patchSize  voxels per axis, 2 or 3 entries, transposed
 * @param settings  what of it is not as in nnU-Net's plain trainer
 * Source: nnU-Net 2.8.1, nnUNetTrainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size and variants/data_augmentation.
 */
export function augmentationPlan(
  patchSize: readonly number[],
  { augmentation = 'default', mirroring = 'all' }: Pick<TrainerSettings, 'augmentation' | 'mirroring'> = {},
): AugmentationPlan {
  const enabled = augmentation !== 'none';
  const strong = augmentation.startsWith('strong');
  const isFlat = patchSize.length === 2;
  const largest = Math.max(...patchSize);
  const dummy2d = !isFlat && augmentation !== 'no-dummy-2d' && largest / patchSize[0]! > anisotropyThreshold;
  const turnsFully = isFlat ? largest / Math.min(...patchSize) <= 1.5 : dummy2d;
  const rotationDegrees = turnsFully ? 180 : isFlat ? 15 : 30;
  const scale = strong ? smallestStrongScale : smallestScale;
  const initialPatchSize = enabled ? initialPatch(patchSize, rotationDegrees, scale) : [...patchSize];
  if (dummy2d) initialPatchSize[0] = patchSize[0]!;
  const mirrorAxes = enabled ? axesOf(mirroring, patchSize.length) : [];
  const nearestLabels = augmentation.endsWith('nearest-labels');
  return { rotationDegrees, dummy2d, mirrorAxes, strong, nearestLabels, enabled, initialPatchSize };
}

/** In a slice, "the first two" of a volume's axes is its first. */
function axesOf(mirroring: NonNullable<TrainerSettings['mirroring']>, dims: number): number[] {
  if (mirroring === 'none') return [];
  const axes = [0, 1, 2].slice(0, dims);
  return mirroring === 'all' ? axes : axes.slice(0, -1);
}

/** Extent of the patch after rotation about each axis in turn, divided by the smallest scale. */
function initialPatch(patchSize: readonly number[], rotationDegrees: number, scale: number): number[] {
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
  return extent.map((voxels) => Math.floor(voxels / scale));
}
