/** Reorders the axes of a volume. */
import type { Shape4 } from '../geometry/types';
import { runNative } from './load';
import type { Axes3, LabelData, NativeOptions } from './types';

/** @param axes  as numpy.transpose over (z, y, x); the channels stay in front. The result is a new array. */
export async function transposeVolume<T extends LabelData>(
  data: T,
  shape: Readonly<Shape4>,
  axes: Axes3,
  options?: NativeOptions,
): Promise<{ data: T; shape: Shape4 }> {
  const result = new (data.constructor as new (length: number) => T)(data.length);
  await runNative(options, (voxels, run) => voxels.transposeVolume(data, result, shape, axes, run));
  const [z, y, x] = axes.map((axis) => shape[axis + 1]!) as [number, number, number];
  return { data: result, shape: [shape[0], z, y, x] };
}
