/** Connected components of label maps. */
import type { Shape3 } from '../geometry/types';
import { runNative } from './load';
import type { NativeOptions } from './types';

interface Components {
  /** (z, y, x): 0 background, else the component's number, in the order of their first voxels. */
  labels: Int32Array;
  /** Voxels of component i + 1. */
  sizes: number[];
}

/** @param connectivity  'full': corners touch, too (26, or 8 in one slice); 'faces': 6 neighbours */
export function connectedComponents(
  mask: Uint8Array,
  shape: Readonly<Shape3>,
  connectivity: 'full' | 'faces' = 'full',
  options?: NativeOptions,
): Promise<Components> {
  return runNative(options, (voxels, run) => voxels.connectedComponents(mask, shape, connectivity === 'full', run));
}

/**
 * A copy in which, of the voxels with one of `labels` taken together, only the largest component is left; all of them
 * where several are equally large. What is removed becomes 0; other labels stay.
 */
export async function keepLargestComponent<T extends Uint8Array | Uint16Array | Int16Array | Int32Array>(
  segmentation: T,
  shape: Readonly<Shape3>,
  labels: readonly number[],
  options?: NativeOptions,
): Promise<{ segmentation: T; removed: number }> {
  const copy = segmentation.slice() as T;
  const removed = await runNative(options, (voxels, run) => voxels.keepLargestComponent(copy, shape, labels, run));
  return { segmentation: copy, removed };
}
