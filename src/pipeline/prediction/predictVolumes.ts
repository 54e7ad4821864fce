/** How large each label or region of a segmentation is. */
import type { LabelManager } from '../../method/labels';
import type { LabelVolume } from './predictMessages';

/** @param spacing mm */
export function labelVolumes(
  segmentation: Uint8Array | Uint16Array,
  labels: Pick<LabelManager, 'foreground' | 'foregroundNames'>,
  spacing: readonly number[],
): LabelVolume[] {
  const counts = new Float64Array(segmentation instanceof Uint8Array ? 256 : 65536);
  for (let at = 0; at < segmentation.length; at += 1) counts[segmentation[at]!]! += 1;
  const voxelMm3 = spacing.reduce((product, mm) => product * mm, 1);
  return labels.foreground.map((value, index) => {
    const values = typeof value === 'number' ? [value] : [...value];
    const voxels = values.reduce((sum, one) => sum + counts[one]!, 0);
    const shown = typeof value === 'number' ? value : values;
    return { value: shown, name: labels.foregroundNames[index]!, voxels, mm3: voxels * voxelMm3 };
  });
}
