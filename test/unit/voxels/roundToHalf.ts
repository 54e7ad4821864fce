/** float16 numbers as their bits, made by the native library: what tests compare with. */
import { callNative } from '../../../src/voxels/load';

/** Rounds to the nearest, ties to even; what is too large becomes infinite. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  callNative((voxels) => voxels.floatToHalf(values, bits));
  return bits;
}
