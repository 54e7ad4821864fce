/** Errors of the native voxel library, with the library's code and what the person can do. */
import { NnunetError } from '../method/errors';

/** Voxel work that failed, or whose addon is missing. */
export class VoxelsError extends NnunetError {}

const hints: Record<string, string> = {
  'out-of-memory': 'Close other programs, or work on fewer cases at a time.',
  'too-large': 'Check the spacing of the image against that of the plans: one of them is wrong by orders of magnitude.',
  'unsupported-order': 'Correct the resampling settings of the configuration in the plans file.',
  'rgb-out-of-range': 'Name the channel otherwise in dataset.json, so that it is normalized in another way.',
  'intensities-overflow':
    'Correct the voxels with extreme values, or divide the intensities of all images by a power of ten.',
  'non-finite-logits': 'Train again with a lower learning rate or without half precision, or use another checkpoint.',
  'box-mismatch': 'Preprocess the case again: its properties do not belong to this image.',
};

/** An error of the addon as one for people; wrong arguments are defects of this program and pass unchanged. */
export function voxelsError(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (!(error instanceof Error) || error instanceof TypeError || typeof code !== 'string') return error;
  return new VoxelsError(code, String(message), { hint: hints[code], cause: error });
}
