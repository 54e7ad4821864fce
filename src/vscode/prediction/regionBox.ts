/** Reads how large a region is to be, as a person writes it, and places it in an image. */
import { t } from '@vscode/l10n';
import type { Vector3, VoxelBox } from '../../geometry/types';
import type { Region } from '../../protocol/volume';
import { threeDigits } from '../../words/quantities';
import type { ImagePlace } from '../volume/place';

/**
 * @param text  "60", "60 80 40" (x, y, z) in mm, or "64 64 32 voxels"
 * @returns the box around the place, cut at the image's edges; or what is wrong with the text
 */
export function regionAround(text: string, { voxel, shape, spacing }: ImagePlace): VoxelBox | string {
  const match = /^([\d.,x×\s]+?)\s*(mm|vox(?:els?)?)?$/i.exec(text.trim());
  const sizes = (match?.[1] ?? '')
    .split(/[\s,x×]+/i)
    .filter(Boolean)
    .map(Number);
  if (!match || ![1, 3].includes(sizes.length)) return t('Write one number, or three with blanks between them.');
  if (!sizes.every((size) => Number.isFinite(size) && size > 0)) return t('Write numbers above 0.');
  const isVoxels = /^vox/i.test(match[2] ?? '');
  const axes = [0, 1, 2].map((axis) => {
    const size = sizes[axis] ?? sizes[0]!;
    const count = Math.max(1, Math.round(isVoxels ? size : size / spacing[axis]!));
    const low = voxel[axis]! - Math.floor(count / 2);
    return { low: Math.max(0, low), high: Math.min(shape[axis]!, low + count) };
  });
  return arrayBox({ low: axes.map(({ low }) => low) as Vector3, high: axes.map(({ high }) => high) as Vector3 });
}

/** From (x, y, z) to the array's (z, y, x). */
export function arrayBox({ low, high }: Region): VoxelBox {
  return { low: [...low].reverse() as VoxelBox['low'], high: [...high].reverse() as VoxelBox['high'] };
}

/** "42 × 38 × 40 mm" */
export function regionSize({ low, high }: Region, spacing: Vector3): string {
  const sizes = spacing.map((mm, axis) => (high[axis]! - low[axis]!) * mm);
  return `${sizes.map(threeDigits).join(' × ')} mm`;
}
