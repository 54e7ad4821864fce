/** Refuses an image whose header gives its voxels no size. */
import { ImageError } from '../method/errors';

/** In whatever unit: less than an atom, so what was read is no length. */
const smallestStep = 1e-12;

/**
 * @param spacing  (x, y, z) as the file states it; negative steps only turn an axis round
 * @param shape    (x, y, z); along an axis of one voxel no step is needed
 * @throws ImageError `bad-spacing`
 */
export function requireSpacing(spacing: readonly number[], shape: readonly number[], file: string): void {
  const isLength = (step: number): boolean => Number.isFinite(step) && Math.abs(step) >= smallestStep;
  const axis = [0, 1, 2].find((i) => (shape[i] ?? 1) > 1 && !isLength(spacing[i]!));
  if (axis === undefined) return;
  throw new ImageError('bad-spacing', `The header says that voxels are ${spacing[axis]} mm long along ${'xyz'[axis]}`, {
    where: file,
    hint: 'Set the spacing in the header (pixdim in NIfTI) to the true one: planning, resampling and volumes rest on it.',
  });
}
